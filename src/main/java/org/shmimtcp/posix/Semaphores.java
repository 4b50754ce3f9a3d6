package org.shmimtcp.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
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
 * in the upper half while it sleeps. It is done here, not by calling {@code sem_post}, for two
 * reasons: without a waiter it costs a compare-and-set, 4 ns instead of a native call; and when
 * another process truncates the file, an access from Java ends in an {@link InternalError} that can
 * be caught, one from C in SIGBUS and the end of the JVM. (So does {@code compareAndSet} in
 * interpreted code, alone among the accesses: a read comes before each, which leaves an instant
 * between the two. {@code getAndAdd} reads by itself.) {@link #selfCheck} compares with the real
 * thing once.
 */
public final class Semaphores {
    /** sizeof(sem_t). */
    public static final long BYTES = 32;

    private static final VarHandle WORD = JAVA_LONG.varHandle();
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

    /** A thread's time-out for the kernel to read. */
    private static final ThreadLocal<MemorySegment> TIMESPEC =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(16, 8));

    static {
        selfCheck();
    }

    private Semaphores() {}

    /** Makes a process-shared semaphore of value 0, bit for bit as {@code sem_init(s, 1, 0)}. */
    public static void init(MemorySegment memory, long offset) {
        memory.asSlice(offset, BYTES).fill((byte) 0);
        memory.set(JAVA_INT, offset + PRIVATE_OFFSET, SHARED);
    }

    public static int value(MemorySegment memory, long offset) {
        return (int) ((long) WORD.getVolatile(memory, offset) & VALUE_MASK);
    }

    /** Adds one and wakes a waiter, if any. What was written before is visible to who wakes. */
    public static void post(MemorySegment memory, long offset) {
        long before = (long) WORD.getAndAdd(memory, offset, 1L);
        if (before >>> 32 != 0) {
            Libc.call(SYSCALL, SYS_FUTEX, memory.address() + offset, FUTEX_WAKE, 1);
        }
    }

    /** Takes one off without waiting; false if the value is 0. */
    public static boolean tryWait(MemorySegment memory, long offset) {
        while (true) {
            long word = (long) WORD.getVolatile(memory, offset);
            if ((word & VALUE_MASK) == 0) {
                return false;
            }
            if (WORD.compareAndSet(memory, offset, word, word - 1)) {
                return true;
            }
        }
    }

    /**
     * Takes the value to 0 and returns what it was. At once: one by one, a file that says two
     * billion would take half a minute.
     */
    public static int drain(MemorySegment memory, long offset) {
        while (true) {
            long word = (long) WORD.getVolatile(memory, offset);
            long value = word & VALUE_MASK;
            if (value == 0 || WORD.compareAndSet(memory, offset, word, word - value)) {
                return (int) value;
            }
        }
    }

    /**
     * Takes one off, sleeping until there is one.
     *
     * @param deadlineNs on {@link Clock#monotonicNs}
     * @return false if the deadline passed, or the sleep was interrupted by a signal
     */
    public static boolean await(MemorySegment memory, long offset, long deadlineNs) {
        if (tryWait(memory, offset)) {
            return true;
        }
        WORD.getAndAdd(memory, offset, ONE_WAITER);
        while (true) {
            long word = (long) WORD.getVolatile(memory, offset);
            if ((word & VALUE_MASK) != 0) {
                if (WORD.compareAndSet(memory, offset, word, withoutWaiter(word) - 1)) {
                    return true;
                }
            } else if (!sleepWhileZero(memory.address() + offset, deadlineNs)) {
                removeWaiter(memory, offset);
                return tryWait(memory, offset);
            }
        }
    }

    /** Another process may have made the semaphore anew meanwhile, without this waiter. */
    private static void removeWaiter(MemorySegment memory, long offset) {
        while (true) {
            long word = (long) WORD.getVolatile(memory, offset);
            long without = withoutWaiter(word);
            if (without == word || WORD.compareAndSet(memory, offset, word, without)) {
                return;
            }
        }
    }

    private static long withoutWaiter(long word) {
        return word >>> 32 == 0 ? word : word - ONE_WAITER;
    }

    /**
     * Sets the number of waiters to what it is, where waiters were killed or subtracted twice: to
     * fewer than there are, posts would wake nobody. Those who do sleep there are woken to be
     * counted, and go back to sleep, as there is no post. Takes a millisecond if there is something
     * to repair, and changes nothing while waiters come and go.
     */
    public static void repairWaiters(MemorySegment memory, long offset) {
        long address = memory.address() + offset;
        for (int attempt = 0; attempt < REPAIRS; attempt++) {
            long word = (long) WORD.getVolatile(memory, offset);
            if (word >>> 32 == 0) {
                return;
            }
            long sleepers = wakeAll(address);
            LockSupport.parkNanos(BACK_TO_SLEEP_NS); // they count themselves only once
            long later = (long) WORD.getVolatile(memory, offset);
            long repaired = (sleepers << 32) | (later & VALUE_MASK);
            if (word >>> 32 == later >>> 32
                    && wakeAll(address) == sleepers
                    && (repaired == later || WORD.compareAndSet(memory, offset, later, repaired))) {
                return;
            }
        }
    }

    private static long wakeAll(long address) {
        return Math.max(0, Libc.call(SYSCALL, SYS_FUTEX, address, FUTEX_WAKE, Integer.MAX_VALUE));
    }

    /** Sleeps while the value is 0; false at the deadline or when a signal came. */
    private static boolean sleepWhileZero(long address, long deadlineNs) {
        long ns = deadlineNs - Clock.monotonicNs();
        if (ns <= 0) {
            return false;
        }
        MemorySegment timespec = TIMESPEC.get();
        timespec.set(JAVA_LONG, 0, ns / 1_000_000_000L);
        timespec.set(JAVA_LONG, 8, ns % 1_000_000_000L);
        long result = Libc.call(SYSCALL, SYS_FUTEX, address, FUTEX_WAIT, 0, timespec.address());
        return result == 0 || result == -Errno.EAGAIN; // EAGAIN: the value changed meanwhile
    }

    /** Compares this class's idea of a semaphore with the C library's, so as not to guess. */
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
