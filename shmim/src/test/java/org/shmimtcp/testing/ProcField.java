package org.shmimtcp.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads a named field from a file of proc(5). */
public final class ProcField {
    private ProcField() {}

    /**
     * Returns the number in a line, for example 1234 for {@code VmRSS: 1234 kB}; throws
     * NoSuchElementException if there is no such line.
     */
    public static long of(Path file, String name) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(name))
                .findFirst()
                .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .orElseThrow();
    }

    /** Returns a number from {@code /proc/PID/status}. */
    public static long ofStatus(long pid, String name) throws IOException {
        return of(Path.of("/proc", Long.toString(pid), "status"), name);
    }

    /** Returns the text after a name; empty if the file is gone or has no such line. */
    public static String text(Path file, String name) throws IOException {
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> line.startsWith(name))
                    .findFirst()
                    .map(line -> line.substring(name.length()).strip())
                    .orElse("");
        } catch (NoSuchFileException gone) {
            return "";
        }
    }
}
