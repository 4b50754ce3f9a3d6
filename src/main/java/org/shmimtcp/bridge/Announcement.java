package org.shmimtcp.bridge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One line from a program in a tmux session to the command that started it: that it runs, or why
 * not. The line is passed in a file, because the two share nothing else.
 */
public final class Announcement implements AutoCloseable {
    private static final int POLL_MS = 10;
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

    /** Waits for the line; empty after the time-out. */
    public Optional<String> await(long timeoutNs) throws IOException {
        long deadlineNs = System.nanoTime() + timeoutNs;
        while (Files.notExists(file)) {
            if (System.nanoTime() > deadlineNs) {
                return Optional.empty();
            }
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.empty();
            }
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
