package org.shmimtcp.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Fuzz target for PEM files, for {@code org.shmimtcp.fuzz}. */
public final class PemFuzz {
    private static final Path FILE = file();

    private PemFuzz() {}

    private static Path file() {
        try {
            Path file = Files.createTempFile("fuzz", ".pem");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void fuzzerTestOneInput(byte[] data) throws IOException {
        Files.write(FILE, data);
        try {
            new PemFiles(FILE, FILE, FILE).load();
        } catch (PemFiles.Unusable refused) {
            String message = String.valueOf(refused.getMessage());
            if (message.contains("\n")) {
                throw new IllegalStateException("refused by '" + message + "'", refused);
            }
        }
    }
}
