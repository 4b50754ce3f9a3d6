package org.shmimtcp.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The one door to native code.
 *
 * <p>Every function is linked with one and the same shape, six longs in and a long out: the calling
 * conventions of 64-bit Linux pass integers and pointers alike in registers and ignore those that
 * the callee does not take. So one method handle, whose first parameter is the function's address,
 * serves them all: the JVM generates one stub instead of a dozen, which a command that lives for a
 * tenth of a second notices; and since the handle is a constant, compiled code needs no object for
 * a call, from wherever it is made. None is linked as {@code critical}: most can block.
 *
 * <p>Pointers go in as plain addresses, so a call allocates nothing; the caller keeps the memory
 * alive. Errors come back as {@code -errno}, as from the kernel itself.
 */
@SuppressWarnings("restricted") // what this class exists for
final class Libc {
    private static final FunctionDescriptor SHAPE =
            FunctionDescriptor.of(
                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle CALL =
            Linker.nativeLinker().downcallHandle(SHAPE, Linker.Option.captureCallState("errno"));

    /** Where a thread's calls leave errno; {@code captureCallState} has it as its only member. */
    private static final ThreadLocal<MemorySegment> CALL_STATE =
            ThreadLocal.withInitial(
                    () -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

    private Libc() {}

    /**
     * The address of a function of the C library.
     *
     * @throws UnsupportedOperationException where the C library has no such function
     */
    static MemorySegment function(String name) {
        return Linker.nativeLinker()
                .defaultLookup()
                .find(name)
                .orElseThrow(() ->
                        new UnsupportedOperationException("this C library has no " + name + "()"));
    }

    /** Calls a function that returns an int or a ssize_t, -1 meaning an error; returns -errno. */
    static long call(MemorySegment f, long a, long b, long c, long d, long e, long g) {
        MemorySegment state = CALL_STATE.get();
        long result;
        try {
            result = (long) CALL.invokeExact(f, state, a, b, c, d, e, g);
        } catch (Error pending) { // of an access to memory before, see org.shmimtcp.image
            throw pending;
        } catch (Throwable impossible) { // a downcall throws nothing of its own
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
