package org.shmimtcp.tmux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The tmux of this machine, for programs that keep running when the terminal closes. */
public final class Tmux {
    private static final long COMMAND_TIMEOUT_S = 5;
    private static final long END_TIMEOUT_NS = 2_000_000_000L;
    private static final int POLL_MS = 20;

    private Tmux() {}

    /** True if tmux is installed. */
    public static boolean isInstalled() {
        try {
            return run(List.of("-V")).exitCode() == 0;
        } catch (IOException none) {
            return false;
        }
    }

    /**
     * A session.
     *
     * @param id tmux's id, which cannot be confused with a name
     * @param mark the mark; empty for none
     * @param command the command of its pane, as quoted by tmux
     */
    public record Session(String id, String name, String mark, String command) {}

    /** Returns all sessions; none if no tmux server runs. */
    public static List<Session> sessions() throws IOException {
        Output output =
                run(
                        List.of(
                                "list-sessions",
                                "-F",
                                "#{session_id} M#{"
                                        + SessionMark.OPTION
                                        + "} #{session_name}\t#{pane_start_command}"));
        if (output.exitCode() != 0) {
            return List.of();
        }
        List<Session> sessions = new ArrayList<>();
        for (String line : output.text().lines().toList()) {
            String[] word = line.split(" ", 3);
            if (word.length == 3 && word[0].startsWith("$") && word[1].startsWith("M")) {
                String[] rest = word[2].split("\t", 2);
                sessions.add(
                        new Session(
                                word[0],
                                rest[0],
                                word[1].substring(1),
                                rest.length == 2 ? rest[1] : ""));
            }
        }
        return sessions;
    }

    /**
     * Starts a program in a new detached session, which ends with the program. If another session
     * has the wanted name, a suffix is added.
     *
     * @param environment variables for the program, because a running tmux server has its own,
     *     older environment: each with its value, or without one to unset the variable
     * @return the session's name; empty if another session with that mark exists or has just
     *     appeared
     * @throws IOException if tmux refuses; the message is tmux's
     */
    public static Optional<String> start(
            String wanted,
            String mark,
            Map<String, Optional<String>> environment,
            List<String> command)
            throws IOException {
        StringBuilder shell = new StringBuilder("exec env");
        environment.forEach((name, value) -> { // env expects -u options before assignments
            if (value.isEmpty()) {
                shell.append(" -u ").append(name);
            }
        });
        environment.forEach((name, value) ->
                value.ifPresent(v -> shell.append(' ').append(ShellWords.quote(name + "=" + v))));
        command.forEach(word -> shell.append(' ').append(ShellWords.quote(word)));
        List<Session> there = sessions();
        if (there.stream().anyMatch(s -> s.mark().equals(mark))) {
            return Optional.empty();
        }
        String name = freeName(wanted, mark, there.stream().map(Session::name).toList());
        String target = "=" + name + ":";
        // In one call, so that the session is never visible without its mark.
        List<String> arguments =
                new ArrayList<>(List.of("new-session", "-d", "-s", name, shell.toString()));
        arguments.addAll(List.of(";", "set-option", "-t", target, SessionMark.OPTION, mark));
        String by = System.getenv().getOrDefault(SessionMark.RUN_VARIABLE, "");
        if (!by.isEmpty()) {
            arguments.addAll(List.of(";", "set-option", "-t", target, SessionMark.RUN_OPTION, by));
        }
        Output output = run(arguments);
        if (output.exitCode() != 0) {
            if (output.text().contains("duplicate session")) {
                return Optional.empty();
            }
            throw new IOException("tmux cannot start session " + name + ": " + output.text());
        }
        return Optional.of(name);
    }

    private static String freeName(String wanted, String mark, List<String> taken) {
        String name = wanted;
        for (int i = 1; taken.contains(name); i++) {
            name = wanted + "-" + SessionName.hash(mark) + (i > 1 ? "-" + i : "");
        }
        return name;
    }

    /** True if the session exists, or if tmux does not answer. */
    public static boolean hasSession(String name) {
        try {
            return sessions().stream().anyMatch(s -> s.name().equals(name));
        } catch (IOException busy) {
            return true;
        }
    }

    /**
     * Determines the name of this process's session on a thread of its own, and passes it to {@code
     * hear}, unless there is none.
     */
    public static void nameOwnSession(Consumer<String> hear) {
        String pane = System.getenv("TMUX_PANE");
        if (pane == null || System.getenv("TMUX") == null) {
            return;
        }
        Thread.ofPlatform()
                .daemon()
                .name("tmux-session")
                .start(() -> {
                    try {
                        Output name = run(List.of("display-message", "-p", "-t", pane, "#S"));
                        if (name.exitCode() == 0) {
                            hear.accept(name.text());
                        }
                    } catch (IOException none) {
                        // without tmux, there is no name to pass on
                    }
                });
    }

    /** Ends the programs of a session with SIGTERM and waits until they are gone. */
    public static void end(Session session) throws IOException {
        List<ProcessHandle> programs = programs(session);
        programs.forEach(ProcessHandle::destroy);
        long deadlineNs = System.nanoTime() + END_TIMEOUT_NS;
        while (programs.stream().anyMatch(ProcessHandle::isAlive)
                && System.nanoTime() < deadlineNs) {
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        run(List.of("kill-session", "-t", session.id())); // usually already gone with its program
    }

    private static List<ProcessHandle> programs(Session session) throws IOException {
        Output output = run(List.of("list-panes", "-s", "-t", session.id(), "-F", "#{pane_pid}"));
        return output.exitCode() != 0
                ? List.of()
                : output.text()
                        .lines()
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
