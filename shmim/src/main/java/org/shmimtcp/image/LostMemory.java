package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.function.Supplier;

/**
 * Handles the error of an access to memory that is gone because another process truncated the file.
 *
 * <p>After such an access, HotSpot lets compiled code continue with an arbitrary value and throws
 * its {@link InternalError} at the thread's next safepoint poll. That is often after the {@code
 * try} block that should catch it, in a caller that knows nothing of images.
 */
final class LostMemory {
    /** Large enough that a back-edge remains when a compiler has peeled the loop. */
    private static volatile int rounds = 4;

    /** The number of calls by which the compiler has certainly compiled a method. */
    private static final int CALLS = 3000;

    static {
        compileAtomics();
    }

    private LostMemory() {}

    /**
     * Makes the JVM compile the JDK's atomic memory accesses before they touch an image. An
     * interpreted compare-and-set of memory that is gone kills the JVM; it is the only access that
     * HotSpot does not guard. Takes some ten milliseconds, once.
     */
    private static void compileAtomics() {
        VarHandle longs = JAVA_LONG.varHandle();
        VarHandle ints = JAVA_INT.varHandle();
        MemorySegment memory = Arena.ofAuto().allocate(16, 8);
        for (int i = 0; i < CALLS; i++) {
            longs.getAndAdd(memory, 0L, 1L);
            longs.compareAndSet(memory, 0L, (long) longs.getVolatile(memory, 0L), (long) i);
            ints.compareAndSet(memory, 8L, (int) ints.getVolatile(memory, 8L), i);
        }
    }

    /**
     * Converts an error that an access to an image's memory ended in. Every place that touches
     * mapped memory catches {@link InternalError} and throws the result.
     *
     * @throws InternalError if it is another error
     */
    static ImageException.Truncated truncated(String name, InternalError e) {
        if (!String.valueOf(e.getMessage()).contains("unsafe memory access")) {
            throw e;
        }
        return new ImageException.Truncated(name, e);
    }

    /**
     * Returns a value read from an image's memory. For code that may allocate; on the path of a
     * frame the same code is written out.
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    static <T> T read(String name, Supplier<T> access) {
        try {
            T value = access.get();
            check();
            return value;
        } catch (InternalError e) {
            throw truncated(name, e);
        }
    }

    /**
     * Throws a pending error here. It must be the last statement of each {@code try} block that
     * catches the error. Costs some nanoseconds.
     */
    static void check() {
        int round = 0;
        // The volatile limit keeps this from becoming a counted loop, which would have no poll.
        while (round < rounds) {
            round++;
        }
    }
}
