package org.shmimtcp.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * A process started by a test. Its output is kept, and waiting for its end has a deadline.
 *
 * <p>Annotate a test class that starts processes with {@code @ExtendWith(ChildProcesses.class)}:
 * processes left running are then killed after each test, and a failure shows what each process
 * printed.
 */
public final class ChildProcess implements AutoCloseable {
    private static final List<ChildProcess> STARTED = new CopyOnWriteArrayList<>();

    private final String label;
    private final Process process;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private final Thread outputPump;
    private final Thread errorsPump;

    private ChildProcess(String label, Process process) {
        this.label = label;
        this.process = process;
        this.outputPump = pump(process.getInputStream(), output);
        this.errorsPump = pump(process.getErrorStream(), errors);
    }

    /**
     * Starts a command.
     *
     * @param environment variables added to this process's environment
     */
    public static ChildProcess start(Map<String, String> environment, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        Path program = Path.of(command.getFirst());
        List<String> words = new ArrayList<>(command);
        words.set(0, String.valueOf(program.getFileName()));
        try {
            int classPath = words.indexOf("-cp") + 1;
            if (classPath > 0) {
                words.set(classPath, "…");
            }
            ChildProcess child = new ChildProcess(String.join(" ", words), builder.start());
            child.process.getOutputStream().close();
            STARTED.add(child);
            return child;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + command, e);
        }
    }

    /** Starts the main method of a class in a JVM with this JVM's executable and class path. */
    public static ChildProcess startJava(List<String> jvmOptions, Class<?> main, String... args) {
        return start(Map.of(), javaCommand(jvmOptions, main, args));
    }

    /** Returns the command of {@link #startJava}, for callers that add a prefix. */
    public static List<String> javaCommand(List<String> jvmOptions, Class<?> main, String... args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("@" + Programs.BIN.resolve("jvm/native.args"));
        command.addAll(jvmOptions);
        command.add("-cp");
        command.add(
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(main.getName());
        command.addAll(List.of(args));
        return command;
    }

    /** Returns all processes started and not yet removed by {@link ChildProcesses}. */
    static List<ChildProcess> started() {
        return STARTED;
    }

    private static Thread pump(InputStream from, ByteArrayOutputStream to) {
        return Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try (from) {
                        from.transferTo(to);
                    } catch (IOException closedByItsKiller) {
                        // the output until then is kept
                    }
                });
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Returns its standard output so far. */
    public String output() {
        return output.toString(StandardCharsets.UTF_8);
    }

    /** Returns its standard error so far. */
    public String errors() {
        return errors.toString(StandardCharsets.UTF_8);
    }

    /**
     * Waits until it has printed a text on either stream.
     *
     * @throws AssertionError if the process ends before that, or at the deadline
     */
    public ChildProcess awaitOutput(String text, Duration deadline) {
        Await.until(
                deadline,
                "'" + text + "' from " + this,
                () -> {
                    boolean ended = !process.isAlive();
                    if (ended) {
                        joinPumps();
                    }
                    boolean there = output().contains(text) || errors().contains(text);
                    if (ended && !there) {
                        throw new AssertionError("ended without '" + text + "': " + report());
                    }
                    return there;
                });
        return this;
    }

    /**
     * Waits for its end.
     *
     * @return its exit code; 128 and the signal's number after a signal
     * @throws AssertionError at the deadline; it is then killed
     */
    public int awaitExit(Duration deadline) {
        try {
            if (!process.waitFor(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
                kill9();
                throw new AssertionError(
                        "still running after " + deadline.toMillis() / 1e3 + " s: " + report());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for " + this, e);
        }
        joinPumps();
        return process.exitValue();
    }

    /** Waits for its end, which must be successful; returns its standard output. */
    public String awaitSuccess(Duration deadline) {
        int code = awaitExit(deadline);
        if (code != 0) {
            throw new AssertionError("failed: " + report());
        }
        return output();
    }

    private void joinPumps() {
        try {
            // Not indefinitely: its own children may keep the pipes open.
            outputPump.join(Duration.ofSeconds(2));
            errorsPump.join(Duration.ofSeconds(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sends a signal by name, for example {@code INT}. */
    public void signal(String name) {
        start(Map.of(), List.of("kill", "-" + name, Long.toString(pid())))
                .awaitSuccess(Duration.ofSeconds(10));
    }

    /**
     * Sends SIGTERM. Uses the handle, because Process.destroy would discard the remaining output.
     */
    public void terminate() {
        process.toHandle().destroy();
    }

    /** Sends SIGKILL, and waits until the process is gone. */
    public void kill9() {
        process.toHandle().destroyForcibly();
        process.onExit().join();
    }

    /** Kills the process if it is still running. */
    @Override
    public void close() {
        kill9();
    }

    /** Returns command, state, and all output. */
    public String report() {
        return this + section("printed", output()) + section("and to standard error", errors());
    }

    private static String section(String title, String text) {
        return text.isEmpty() ? "" : "\n--- " + title + ":\n" + text.stripTrailing();
    }

    @Override
    public String toString() {
        String state = process.isAlive() ? "running" : "exit " + process.exitValue();
        return "'" + label + "' (pid " + pid() + ", " + state + ")";
    }
}
