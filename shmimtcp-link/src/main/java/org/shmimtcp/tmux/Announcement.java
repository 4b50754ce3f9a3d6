package org.shmimtcp.tmux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * One line from a program in a tmux session to the command that started it: that it runs, or why
 * not. The line is passed in a file, because the two share nothing else.
 */
public final class Announcement implements AutoCloseable {
    private static final int POLL_MS = 10;
    private static final long CHECK_PERIOD_NS = 500_000_000L;
    private static final String UNFINISHED = "unfinished";

    private final Path directory;
    private final Path file;

    /** Creates a directory for the line; {@link #close} removes it. */
    public Announcement() throws IOException {
        directory = Files.createTempDirectory("shmimtcp");
        file = directory.resolve("line");
        // In case of Ctrl-C while waiting. Files are deleted in the reverse order.
        directory.toFile().deleteOnExit();
        directory.resolve(UNFINISHED).toFile().deleteOnExit();
        file.toFile().deleteOnExit();
    }

    /** Returns the file that the program must {@link #make}. */
    public Path file() {
        return file;
    }

    /** Writes the line atomically. Does nothing if the waiting command has given up. */
    public static void make(Path file, String line) {
        Path unfinished = file.resolveSibling(UNFINISHED);
        try {
            Files.writeString(unfinished, line);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException nobodyListens) {
            // the command that asked has given up waiting
        }
    }

    /**
     * Waits for the line; empty after the time-out, or when the program has ended without it.
     *
     * @param runs whether the program still runs; called twice a second
     */
    public Optional<String> await(long timeoutNs, BooleanSupplier runs) throws IOException {
        long nowNs = System.nanoTime();
        long deadlineNs = nowNs + timeoutNs;
        long nextCheckNs = nowNs + CHECK_PERIOD_NS;
        boolean ended = false;
        while (Files.notExists(file)) {
            if (ended || nowNs - deadlineNs > 0) {
                return Optional.empty();
            }
            if (nowNs - nextCheckNs > 0) {
                ended = !runs.getAsBoolean(); // its last act may have been the line
                nextCheckNs = nowNs + CHECK_PERIOD_NS;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.empty();
            }
            nowNs = System.nanoTime();
        }
        return Optional.of(Files.readString(file));
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(directory.resolve(UNFINISHED));
        Files.deleteIfExists(file);
        Files.deleteIfExists(directory);
    }
}
