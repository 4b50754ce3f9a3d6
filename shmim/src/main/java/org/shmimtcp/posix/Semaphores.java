package org.shmimtcp.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;

/**
 * glibc's process-shared semaphores, at an offset in a mapped file, shared with C processes.
 *
 * <pre>
 *    0        4         8         12                  32
 *    +--------+---------+---------+-------------------+
 *    | value  | waiters | private |      unused       |
 *    +--------+---------+---------+-------------------+
 *    one 64-bit word      128 = shared between processes
 * </pre>
 *
 * The algorithm is glibc's own for 64-bit machines (nptl/sem_post.c, sem_waitcommon.c, since 2.21):
 * a post adds one to the value and wakes a futex on it if there are waiters; a waiter counts itself
 * in the upper half while it sleeps. It is implemented here instead of calling {@code sem_post},
 * for two reasons. Without a waiter, a post costs a compare-and-set, 4 ns, instead of a native
 * call. And if another process truncates the file, an access from Java ends in an {@link
 * InternalError}, which can be caught; an access from C raises SIGBUS and kills the JVM. The
 * exception is {@code compareAndSet} in interpreted code, which kills the JVM too. So a read
 * precedes each one, and only an instant remains unguarded. {@code getAndAdd} reads by itself.
 * {@link #selfCheck} compares the result with the C library's once.
 */
public final class Semaphores {
    /** sizeof(sem_t). */
    public static final long BYTES = 32;

    private static final long VALUE_MASK = 0xFFFF_FFFFL;
    private static final long ONE_WAITER = 1L << 32;
    private static final int PRIVATE_OFFSET = 8;
    private static final int SHARED = 128;

    private static final MemorySegment SYSCALL = Libc.function("syscall");
    private static final long SYS_FUTEX = 202; // x86-64
    private static final int FUTEX_WAIT = 0;
    private static final int FUTEX_WAKE = 1;

    private static final int REPAIRS = 5;
    private static final long BACK_TO_SLEEP_NS = 1_000_000;

    static {
        selfCheck();
    }

    private Semaphores() {}

    /**
     * Initializes a process-shared semaphore of value 0, bit for bit like {@code sem_init(s, 1,
     * 0)}.
     */
    public static void init(MemorySegment memory, long offset) {
        memory.asSlice(offset, BYTES).fill((byte) 0);
        NativeMemory.putInt(memory, offset + PRIVATE_OFFSET, SHARED);
    }

    public static int value(MemorySegment memory, long offset) {
        return (int) (NativeMemory.getLongVolatile(memory, offset) & VALUE_MASK);
    }

    /** Adds one and wakes a waiter, if any. Earlier writes are visible to the thread that wakes. */
    public static void post(MemorySegment memory, long offset) {
        long before = NativeMemory.getAndAddLong(memory, offset, 1L);
        if (before >>> 32 != 0) {
            Libc.call(SYSCALL, SYS_FUTEX, memory.address() + offset, FUTEX_WAKE, 1);
        }
    }

    /** Subtracts one without waiting; returns false if the value is 0. */
    public static boolean tryWait(MemorySegment memory, long offset) {
        while (true) {
            long word = NativeMemory.getLongVolatile(memory, offset);
            if ((word & VALUE_MASK) == 0) {
                return false;
            }
            if (NativeMemory.compareAndSetLong(memory, offset, word, word - 1)) {
                return true;
            }
        }
    }

    /**
     * Sets the value to 0 and returns the former value, in one step: with a file that claims two
     * billion, one by one would take half a minute.
     */
    public static int drain(MemorySegment memory, long offset) {
        while (true) {
            long word = NativeMemory.getLongVolatile(memory, offset);
            long value = word & VALUE_MASK;
            if (value == 0 || NativeMemory.compareAndSetLong(memory, offset, word, word - value)) {
                return (int) value;
            }
        }
    }

    /**
     * Subtracts one, after sleeping until the value is positive.
     *
     * @param deadlineNs on {@link Clock#monotonicNs}
     * @return false if the deadline passed, or a signal interrupted the sleep
     */
    public static boolean await(MemorySegment memory, long offset, long deadlineNs) {
        if (tryWait(memory, offset)) {
            return true;
        }
        NativeMemory.getAndAddLong(memory, offset, ONE_WAITER);
        while (true) {
            long word = NativeMemory.getLongVolatile(memory, offset);
            if ((word & VALUE_MASK) != 0) {
                if (NativeMemory.compareAndSetLong(memory, offset, word, withoutWaiter(word) - 1)) {
                    return true;
                }
            } else if (!sleepWhileZero(memory.address() + offset, deadlineNs)) {
                removeWaiter(memory, offset);
                return tryWait(memory, offset);
            }
        }
    }

    /** Uncounts this waiter, unless another process has re-initialized the semaphore meanwhile. */
    private static void removeWaiter(MemorySegment memory, long offset) {
        while (true) {
            long word = NativeMemory.getLongVolatile(memory, offset);
            long without = withoutWaiter(word);
            if (without == word || NativeMemory.compareAndSetLong(memory, offset, word, without)) {
                return;
            }
        }
    }

    private static long withoutWaiter(long word) {
        return word >>> 32 == 0 ? word : word - ONE_WAITER;
    }

    /**
     * Corrects a number of waiters that is too low, as when a semaphore was re-initialized while
     * somebody waited: posts might wake nobody. Wakes all sleepers to count them; they go back to
     * sleep, as there is no post. Takes a millisecond if the number is wrong, and changes nothing
     * while waiters come and go.
     *
     * <p>A number that is too high, as killed waiters leave it, stays: it costs each post a system
     * call. It may also be right, and count a process that is about to sleep.
     */
    public static void repairWaiters(MemorySegment memory, long offset) {
        long address = memory.address() + offset;
        for (int attempt = 0; attempt < REPAIRS; attempt++) {
            long word = NativeMemory.getLongVolatile(memory, offset);
            long sleepers = wakeAll(address);
            if (word >> 32 >= sleepers) {
                return;
            }
            LockSupport.parkNanos(BACK_TO_SLEEP_NS); // they count themselves only once
            long later = NativeMemory.getLongVolatile(memory, offset);
            long repaired = (sleepers << 32) | (later & VALUE_MASK);
            if (word >> 32 == later >> 32
                    && wakeAll(address) == sleepers
                    && NativeMemory.compareAndSetLong(memory, offset, later, repaired)) {
                return;
            }
        }
    }

    private static long wakeAll(long address) {
        return Math.max(0, Libc.call(SYSCALL, SYS_FUTEX, address, FUTEX_WAKE, Integer.MAX_VALUE));
    }

    /** Sleeps while the value is 0; returns false at the deadline or after a signal. */
    private static boolean sleepWhileZero(long address, long deadlineNs) {
        long ns = deadlineNs - Clock.monotonicNs();
        if (ns <= 0) {
            return false;
        }
        MemorySegment timespec = Libc.timespec();
        NativeMemory.putLong(timespec, 0, ns / 1_000_000_000L);
        NativeMemory.putLong(timespec, 8, ns % 1_000_000_000L);
        long result = Libc.call(SYSCALL, SYS_FUTEX, address, FUTEX_WAIT, 0, timespec.address());
        return result == 0 || result == -Errno.EAGAIN; // EAGAIN: the value changed meanwhile
    }

    /** Compares this implementation with the C library's semaphores. */
    private static void selfCheck() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment theirs = arena.allocate(BYTES, 8);
            MemorySegment ours = arena.allocate(BYTES, 8);
            Libc.call(Libc.function("sem_init"), theirs.address(), 1, 0);
            init(ours, 0);
            boolean sameStart = theirs.mismatch(ours) == -1;
            Libc.call(Libc.function("sem_post"), theirs.address(), 0);
            post(ours, 0);
            if (!sameStart || theirs.mismatch(ours) != -1) {
                throw new UnsupportedOperationException(
                        "the semaphores of this C library are not glibc's (64-bit, 2.21 or newer):"
                                + " they cannot be shared with the processes on a stream");
            }
        }
    }
}
