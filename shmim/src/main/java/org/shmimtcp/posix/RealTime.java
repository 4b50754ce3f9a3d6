package org.shmimtcp.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * Real-time scheduling, CPU affinity and memory locking. Each method returns 0 or an {@link Errno}:
 * lack of permission is ordinary, and the caller reports it.
 */
public final class RealTime {
    private static final int SCHED_FIFO = 1;

    /** Threads that this thread starts later get ordinary scheduling. */
    private static final int SCHED_RESET_ON_FORK = 0x4000_0000;

    private static final int MCL_CURRENT = 1;
    private static final int MCL_FUTURE = 2;

    /**
     * Locks a page when it is first touched: locking all memory that a JVM reserves takes 0.4 s and
     * 300 MB.
     */
    private static final int MCL_ONFAULT = 4;

    private static final int PR_SET_TIMERSLACK = 29;

    private static final int CPU_SET_BYTES = 128;

    private static volatile boolean memoryLocked;

    private RealTime() {}

    /** Gives the calling thread, and no other, SCHED_FIFO priority 1 to 99. */
    public static int setFifo(int priority) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment param = arena.allocateFrom(JAVA_INT, priority);
            return errno(
                    Libc.call(
                            Libc.function("sched_setscheduler"),
                            0,
                            SCHED_FIFO | SCHED_RESET_ON_FORK,
                            param.address()));
        }
    }

    /**
     * Makes the calling thread's timers expire on time. For threads without real-time priority, the
     * kernel otherwise adds up to 50 µs, to wake less often.
     */
    public static int setPunctualTimers() {
        return errno(Libc.call(Libc.function("prctl"), PR_SET_TIMERSLACK, 1));
    }

    /** Binds the calling thread to these CPUs. */
    public static int setAffinity(BitSet cpus) {
        try (Arena arena = Arena.ofConfined()) {
            return errno(setAffinity(0, cpuSet(arena, cpus)));
        }
    }

    /** Binds another thread of this process to CPUs; returns -errno. */
    static long setAffinity(int thread, MemorySegment cpus) {
        MemorySegment setAffinity = Libc.function("sched_setaffinity");
        return Libc.call(setAffinity, thread, CPU_SET_BYTES, cpus.address());
    }

    static MemorySegment cpuSet(Arena arena, BitSet cpus) {
        MemorySegment set = arena.allocate(CPU_SET_BYTES, 8);
        byte[] bits = cpus.toByteArray();
        MemorySegment.copy(bits, 0, set, JAVA_BYTE, 0, Math.min(bits.length, CPU_SET_BYTES));
        return set;
    }

    /** The CPUs that the calling thread may use; empty if they cannot be determined. */
    static BitSet affinity() {
        return affinity(0);
    }

    /** The CPUs that another thread of this process may use. */
    private static BitSet affinity(int thread) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocate(CPU_SET_BYTES, 8);
            MemorySegment getAffinity = Libc.function("sched_getaffinity");
            Libc.call(getAffinity, thread, CPU_SET_BYTES, set.address());
            return BitSet.valueOf(set.toArray(JAVA_BYTE));
        }
    }

    /**
     * Lets the calling thread use the CPUs that the process may use. These are the CPUs of the
     * process's first thread, which only waits, and which this program never binds.
     */
    public static int useCpusOfProcess() {
        BitSet cpus = affinity(Processes.ownPid());
        return cpus.isEmpty() ? Errno.ESRCH : setAffinity(cpus);
    }

    /**
     * Keeps this process's memory, present and future, from being swapped out once it was touched.
     */
    public static int lockMemory() {
        int errno =
                errno(
                        Libc.call(
                                Libc.function("mlockall"),
                                MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT,
                                0));
        memoryLocked = errno == 0;
        return errno;
    }

    /** Undoes {@link #lockMemory}. */
    static void unlockMemory() {
        memoryLocked = false;
        Libc.call(Libc.function("munlockall"), 0, 0);
    }

    static boolean isMemoryLocked() {
        return memoryLocked;
    }

    private static int errno(long result) {
        return result < 0 ? (int) -result : 0;
    }
}
