package org.shmimtcp.posix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;

/** Makes a process one that others need not wait for. */
public final class Background {
    private static final Path OWN_THREADS = Path.of("/proc/self/task");
    private static final int PRIO_PROCESS = 0;

    /** Half way to the most modest: a tenth of the CPU time that an ordinary thread gets. */
    private static final int NICE = 10;

    private Background() {}

    /**
     * Has all threads of this process, those of the JVM too, and those they start, give way to
     * ordinary ones, and keeps them off these CPUs unless there are no others.
     *
     * @return 0 or an {@link Errno}, of what went wrong first
     */
    public static int enter(BitSet reserved) {
        BitSet others = RealTime.affinity();
        others.andNot(reserved);
        int errno = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(OWN_THREADS);
                Arena arena = Arena.ofConfined()) {
            MemorySegment setPriority = Libc.function("setpriority");
            MemorySegment cpus = RealTime.cpuSet(arena, others);
            for (Path thread : threads) {
                int id = Integer.parseInt(thread.getFileName().toString());
                long result = Libc.call(setPriority, PRIO_PROCESS, id, NICE);
                if (result == -Errno.EACCES) {
                    result = 0; // it gives way more than that already
                }
                if (result == 0 && !others.isEmpty()) {
                    result = RealTime.setAffinity(id, cpus);
                }
                if (result < 0 && errno == 0 && Files.exists(thread)) { // it may end meanwhile
                    errno = (int) -result;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return errno;
    }
}
