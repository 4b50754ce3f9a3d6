package org.shmimtcp.demo;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.posix.Clock;

/** One program of the demo, as a separate process whose output goes to a file. */
final class DemoProcess implements AutoCloseable {
    private static final long END_S = 3;
    private static final long POLL_NS = 5_000_000;
    private static final Pattern SUM = Pattern.compile("end: .* frames=(\\d+) skipped=(\\d+)");

    private final String name;
    private final Path log;
    private final Process process;

    private DemoProcess(String name, Path log, Process process) {
        this.name = name;
        this.log = log;
        this.process = process;
    }

    /**
     * Starts a program.
     *
     * @param streams its directory of streams
     * @param log the file for its output
     */
    static DemoProcess start(String name, Path streams, Path log, List<String> command)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(new File("/dev/null"))
                        .redirectOutput(log.toFile());
        builder.environment().put("MILK_SHM_DIR", streams.toString());
        builder.environment().put("SHMIMTCP_PROCINFO", "off"); // keep the demo out of milk's list
        return new DemoProcess(name, log, builder.start());
    }

    /**
     * Waits until the program has printed a word.
     *
     * @throws IOException if the program ends first, or does not print it in time; the message
     *     contains its last line
     */
    void awaitWord(String word, long timeoutNs) throws IOException {
        long deadlineNs = Clock.monotonicNs() + timeoutNs;
        while (!Files.readString(log).contains(word)) {
            if (!process.isAlive() || Clock.monotonicNs() > deadlineNs) {
                throw new IOException(
                        "the " + name + " did not say '" + word + "', but: " + lastLine());
            }
            Backoff.sleep(POLL_NS, () -> false);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    private String lastLine() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return lines.isEmpty() ? "(nothing)" : lines.getLast();
    }

    /** The counts in the last line that a program prints. */
    record Sum(long frames, long skipped) {}

    /** Ends the program as Ctrl-C does, and reads the counts from its last line. */
    Sum end() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(END_S, TimeUnit.SECONDS)) {
                throw new IOException("the " + name + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Matcher sum = SUM.matcher(Files.readString(log));
        if (!sum.find()) {
            throw new IOException("the " + name + " printed no sum, but: " + lastLine());
        }
        return new Sum(Long.parseLong(sum.group(1)), Long.parseLong(sum.group(2)));
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
