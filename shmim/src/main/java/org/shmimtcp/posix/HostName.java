package org.shmimtcp.posix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The name of this machine. */
public final class HostName {
    /** It hardly ever changes, and hundreds of links show it. */
    private static final long KEPT_NS = 10_000_000_000L;

    private record Read(String name, long atNs) {}

    private static volatile @Nullable Read last;

    private HostName() {}

    /**
     * The name up to the first dot, as {@code hostname -s} prints it, or as it was up to ten
     * seconds ago.
     */
    public static String get() {
        long nowNs = Clock.monotonicNs();
        Read known = last;
        if (known == null || nowNs - known.atNs > KEPT_NS) {
            known = new Read(read(), nowNs);
            last = known;
        }
        return known.name;
    }

    private static String read() {
        try {
            String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            return name.split("\\.", 2)[0];
        } catch (IOException e) {
            throw new UncheckedIOException("this machine has no name", e);
        }
    }
}
