package org.shmimtcp.testing;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** What this JVM prints on standard error, log lines above all, until it is closed. */
public final class CapturedErr implements AutoCloseable {
    private final PrintStream before = System.err;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    public CapturedErr() {
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    }

    /** The lines so far, without the time that a log line starts with. */
    public List<String> lines() {
        return bytes.toString(StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.replaceFirst("^\\d\\d:\\d\\d:\\d\\d\\.\\d\\d\\d ", ""))
                .toList();
    }

    /** Waits until there is a warning; returns all of them. */
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
