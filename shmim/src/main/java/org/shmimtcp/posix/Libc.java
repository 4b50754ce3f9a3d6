package org.shmimtcp.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * The only access to native code.
 *
 * <p>Every function is linked with the same signature, six longs in and one long out. The calling
 * conventions of 64-bit Linux pass both integers and pointers in registers, and ignore registers
 * that the callee does not use. So one method handle, whose first parameter is the function's
 * address, serves all functions. The JVM generates one stub instead of a dozen, which matters to a
 * command that lives for a tenth of a second. And because the handle is a constant, compiled code
 * allocates nothing for a call, wherever it is made. No function is linked as {@code critical}:
 * most can block.
 *
 * <p>Pointers are passed as plain addresses, so a call allocates nothing; the caller keeps the
 * memory alive. Errors are returned as {@code -errno}, as by the kernel itself.
 */
@SuppressWarnings("restricted") // the purpose of this class
final class Libc {
    private static final FunctionDescriptor SHAPE =
            FunctionDescriptor.of(
                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle CALL =
            Linker.nativeLinker().downcallHandle(SHAPE, Linker.Option.captureCallState("errno"));

    /** What each thread needs for its calls. */
    private static final ThreadLocal<Caller> CALLERS = ThreadLocal.withInitial(Caller::new);

    /**
     * The threads that called last, by the last bits of their numbers: a {@link ThreadLocal} takes
     * longer to find, a few percent of the path of a frame.
     */
    private static final @Nullable Caller[] RECENT = new Caller[64];

    /**
     * A thread that calls.
     *
     * @param state the memory that receives errno after a call, the only member of {@code
     *     captureCallState}
     * @param timespec see {@link Libc#timespec}
     */
    private record Caller(Thread thread, MemorySegment state, MemorySegment timespec) {
        Caller() {
            this(
                    Thread.currentThread(),
                    Arena.ofAuto().allocate(Linker.Option.captureStateLayout()),
                    Arena.ofAuto().allocate(2 * Long.BYTES, Long.BYTES));
        }

        static Caller ofThisThread() {
            Thread thread = Thread.currentThread();
            int place = (int) thread.threadId() & (RECENT.length - 1);
            Caller recent = RECENT[place]; // of any thread, but complete: a record is immutable
            if (recent == null || recent.thread != thread) {
                recent = CALLERS.get();
                RECENT[place] = recent;
            }
            return recent;
        }
    }

    private Libc() {}

    /** Returns a struct timespec of this thread's own, 16 bytes, for the arguments of a call. */
    static MemorySegment timespec() {
        return Caller.ofThisThread().timespec();
    }

    /**
     * Returns the address of a function of the C library.
     *
     * @throws UnsupportedOperationException if the C library has no such function
     */
    static MemorySegment function(String name) {
        return Linker.nativeLinker()
                .defaultLookup()
                .find(name)
                .orElseThrow(() ->
                        new UnsupportedOperationException("this C library has no " + name + "()"));
    }

    /**
     * Calls a function that returns an int or a ssize_t, with -1 for an error; returns -errno then.
     */
    static long call(MemorySegment f, long a, long b, long c, long d, long e, long g) {
        MemorySegment state = Caller.ofThisThread().state();
        long result;
        try {
            result = (long) CALL.invokeExact(f, state, a, b, c, d, e, g);
        } catch (Error pending) { // of an earlier memory access, see image.LostMemory
            throw pending;
        } catch (Throwable impossible) { // a downcall throws no exception of its own
            throw new AssertionError(impossible);
        }
        // A function that returns an int leaves the upper half of the register undefined.
        return (int) result == -1 ? -state.get(JAVA_INT, 0) : result;
    }

    static long call(MemorySegment f, long a, long b, long c, long d, long e) {
        return call(f, a, b, c, d, e, 0);
    }

    static long call(MemorySegment f, long a, long b, long c, long d) {
        return call(f, a, b, c, d, 0, 0);
    }

    static long call(MemorySegment f, long a, long b, long c) {
        return call(f, a, b, c, 0, 0, 0);
    }

    static long call(MemorySegment f, long a, long b) {
        return call(f, a, b, 0, 0, 0, 0);
    }
}
