package org.shmimtcp.bridge;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The tmux of this machine, for programs that go on when the terminal closes. */
public final class Tmux {
    private static final long COMMAND_TIMEOUT_S = 5;
    private static final long END_TIMEOUT_NS = 2_000_000_000L;
    private static final int LOOK_MS = 20;

    private Tmux() {}

    /** True if there is a tmux to run. */
    public static boolean isInstalled() {
        try {
            return run(List.of("-V")).exitCode() == 0;
        } catch (IOException none) {
            return false;
        }
    }

    /** A name as tmux takes it: it replaces dots and colons itself, and would then not find it. */
    public static String sessionName(String wanted) {
        return wanted.replace('.', '_').replace(':', '_');
    }

    public static boolean hasSession(String session) throws IOException {
        return run(List.of("has-session", "-t", "=" + session)).exitCode() == 0;
    }

    /**
     * Starts a program in a new detached session, which ends with it.
     *
     * @param environment for the program, as a running tmux server has its own, older one: each
     *     variable with its value, or without one to have it unset
     * @throws IOException if tmux refuses, its words as the message
     */
    public static void start(
            String session, Map<String, Optional<String>> environment, List<String> command)
            throws IOException {
        StringBuilder shell = new StringBuilder("exec env");
        environment.forEach((name, value) -> { // env wants what it removes before what it sets
            if (value.isEmpty()) {
                shell.append(" -u ").append(name);
            }
        });
        environment.forEach((name, value) ->
                value.ifPresent(v -> shell.append(' ').append(Shell.quote(name + "=" + v))));
        command.forEach(word -> shell.append(' ').append(Shell.quote(word)));
        Output output = run(List.of("new-session", "-d", "-s", session, shell.toString()));
        if (output.exitCode() != 0) {
            throw new IOException("tmux cannot start session " + session + ": " + output.text());
        }
    }

    /**
     * Ends the program of a session as a terminal would that is closed, and waits until it is gone.
     *
     * @return false if there is no such session
     */
    public static boolean end(String session) throws IOException {
        if (!hasSession(session)) {
            return false;
        }
        List<ProcessHandle> programs = programs(session);
        programs.forEach(ProcessHandle::destroy);
        long deadlineNs = System.nanoTime() + END_TIMEOUT_NS;
        while (programs.stream().anyMatch(ProcessHandle::isAlive)
                && System.nanoTime() < deadlineNs) {
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        run(List.of("kill-session", "-t", "=" + session)); // usually gone with its program
        return true;
    }

    private static List<ProcessHandle> programs(String session) throws IOException {
        String pids =
                run(List.of("list-panes", "-s", "-t", "=" + session, "-F", "#{pane_pid}")).text();
        return pids.lines()
                .map(Long::parseLong)
                .map(ProcessHandle::of)
                .flatMap(Optional::stream)
                .toList();
    }

    private record Output(int exitCode, String text) {}

    private static Output run(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("tmux"));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        try {
            if (!process.waitFor(COMMAND_TIMEOUT_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("tmux does not answer");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        byte[] output = process.getInputStream().readAllBytes();
        return new Output(process.exitValue(), new String(output, StandardCharsets.UTF_8).strip());
    }
}
