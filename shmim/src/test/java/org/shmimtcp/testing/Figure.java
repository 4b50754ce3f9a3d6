package org.shmimtcp.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Prints a measured value as one line of a test's output, with the load of the machine. */
public final class Figure {
    private Figure() {}

    /** Prints {@code FIGURE ... (load 0.4)}. */
    @SuppressWarnings("AnnotateFormatMethod") // the annotation would need another dependency
    public static void print(String format, Object... values) {
        System.out.println(
                "FIGURE " + String.format(Locale.ROOT, format, values) + " (load " + load() + ")");
    }

    private static String load() {
        try {
            return Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0];
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
