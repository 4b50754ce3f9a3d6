package org.shmimtcp.posix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;

/** Makes this process a background process, which yields the CPU to others. */
public final class Background {
    private static final Path OWN_THREADS = Path.of("/proc/self/task");
    private static final int PRIO_PROCESS = 0;

    /** Gives about a tenth of an ordinary thread's CPU time; half way to the maximum, 19. */
    private static final int NICE = 10;

    private Background() {}

    /**
     * Lowers the priority of all threads of this process, the JVM's included, and of those that
     * they start. Also keeps them off the reserved CPUs, unless there are no others.
     *
     * @return 0 or an {@link Errno}, of the first failure
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
                    result = 0; // its priority is lower than that already
                }
                if (result == 0 && !others.isEmpty()) {
                    result = RealTime.setAffinity(id, cpus);
                }
                if (result < 0 && errno == 0 && Files.exists(thread)) { // it may have ended
                    errno = (int) -result;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return errno;
    }
}
