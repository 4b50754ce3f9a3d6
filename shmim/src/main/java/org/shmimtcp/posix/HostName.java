package org.shmimtcp.posix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The name of this machine. */
public final class HostName {
    private HostName() {}

    /** The name up to the first dot, as {@code hostname -s} prints it. */
    public static String get() {
        try {
            String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            return name.split("\\.", 2)[0];
        } catch (IOException e) {
            throw new UncheckedIOException("this machine has no name", e);
        }
    }
}
