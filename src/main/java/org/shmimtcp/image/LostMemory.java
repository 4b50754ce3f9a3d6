package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.function.Supplier;

/**
 * The error of an access to memory that is gone, because another process cut the file short.
 *
 * <p>HotSpot lets compiled code run on behind such an access, with any value for what was read, and
 * throws its {@link InternalError} at the thread's next safepoint poll: often only after the {@code
 * try} block that was to catch it, in a caller that knows nothing of images.
 */
final class LostMemory {
    /** Enough for a back-edge to be left when a compiler has peeled the loop. */
    private static volatile int rounds = 4;

    /** Calls after which the compiler has long begun with a method. */
    private static final int CALLS = 3000;

    static {
        compileAtomics();
    }

    private LostMemory() {}

    /**
     * Has the JDK's atomic accesses to memory compiled before they meet an image's. As long as a
     * compare-and-set is interpreted, one of memory that is gone ends the JVM: it is the only
     * access that HotSpot does not guard. Takes some ten milliseconds, once.
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
     * What an error means that an access to an image's memory ended in. Every place that touches
     * mapped memory catches {@link InternalError} and throws this.
     *
     * @throws InternalError if it is another one
     */
    static ImageException.Truncated truncated(String name, InternalError e) {
        if (!String.valueOf(e.getMessage()).contains("unsafe memory access")) {
            throw e;
        }
        return new ImageException.Truncated(name, e);
    }

    /**
     * Returns a value that is read from an image's memory. For places that may allocate; on the
     * path of a frame the same is written out.
     *
     * @throws ImageException.Truncated if the file was cut short
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
     * Throws here what is pending: the last statement of each {@code try} block that catches it.
     * Costs some nanoseconds.
     */
    static void check() {
        int round = 0;
        // A volatile limit keeps this a loop that is not counted: one with a poll in it.
        while (round < rounds) {
            round++;
        }
    }
}
