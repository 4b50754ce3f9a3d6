package org.shmimtcp.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A number or text in a file of proc(5) that has a name on each line. */
public final class ProcField {
    private ProcField() {}

    /**
     * Of {@code VmRSS: 1234 kB} the 1234; throws NoSuchElementException if there is no such line.
     */
    public static long of(Path file, String name) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(name))
                .findFirst()
                .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .orElseThrow();
    }

    /** The same of {@code /proc/PID/status}. */
    public static long ofStatus(long pid, String name) throws IOException {
        return of(Path.of("/proc", Long.toString(pid), "status"), name);
    }

    /** What follows a name on its line; empty if the file is gone, or has no such line. */
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
