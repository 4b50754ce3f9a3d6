package org.shmimtcp.testing;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** Captures what this JVM prints on standard error, mostly log lines, until it is closed. */
public final class CapturedErr implements AutoCloseable {
    private final PrintStream before = System.err;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    public CapturedErr() {
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    }

    /** Returns the lines so far, without the time at the start of a log line. */
    public List<String> lines() {
        return bytes.toString(StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.replaceFirst("^\\d\\d:\\d\\d:\\d\\d\\.\\d\\d\\d ", ""))
                .toList();
    }

    /** Waits for a warning; returns all warnings. */
    public List<String> awaitWarnings() {
        Await.until(Duration.ofSeconds(10), "a warning", () -> !warnings().isEmpty());
        return warnings();
    }

    public List<String> warnings() {
        return lines().stream().filter(line -> line.startsWith("WARN")).toList();
    }

    @Override
    public void close() {
        System.setErr(before);
        before.print(bytes.toString(StandardCharsets.UTF_8));
        before.flush();
    }
}
