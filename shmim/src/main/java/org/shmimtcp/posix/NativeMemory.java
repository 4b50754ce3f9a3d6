package org.shmimtcp.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Single values in memory outside the heap, in the order of this machine's bytes, at offsets in
 * bytes. Plain values may be at any offset, others at multiples of their length. Allocates nothing.
 *
 * <p>The path of a frame reads, writes and copies values by this class alone. Each of these methods
 * is compiled as one piece and called ({@code bin/jvm/loop.args}), which costs some nanoseconds.
 * Otherwise the compilers insert about sixty methods of the JDK at each of a hundred places, and a
 * link's first ten seconds have to share the CPUs with that (docs/performance-notes.md).
 *
 * <p>All methods check the bounds of the segment, and that it is alive.
 */
public final class NativeMemory {
    private static final VarHandle LONG = JAVA_LONG.varHandle();
    private static final VarHandle BYTE = JAVA_BYTE.varHandle();

    @SuppressWarnings("restricted") // callers answer for their addresses
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private NativeMemory() {}

    public static byte getByte(MemorySegment memory, long offset) {
        return memory.get(JAVA_BYTE, offset);
    }

    public static short getShort(MemorySegment memory, long offset) {
        return memory.get(JAVA_SHORT_UNALIGNED, offset);
    }

    public static int getInt(MemorySegment memory, long offset) {
        return memory.get(JAVA_INT_UNALIGNED, offset);
    }

    public static long getLong(MemorySegment memory, long offset) {
        return memory.get(JAVA_LONG_UNALIGNED, offset);
    }

    public static void putByte(MemorySegment memory, long offset, byte value) {
        memory.set(JAVA_BYTE, offset, value);
    }

    public static void putShort(MemorySegment memory, long offset, short value) {
        memory.set(JAVA_SHORT_UNALIGNED, offset, value);
    }

    public static void putInt(MemorySegment memory, long offset, int value) {
        memory.set(JAVA_INT_UNALIGNED, offset, value);
    }

    public static void putLong(MemorySegment memory, long offset, long value) {
        memory.set(JAVA_LONG_UNALIGNED, offset, value);
    }

    /** Reads with acquire order: what was written before the value is visible. */
    public static byte getByteAcquire(MemorySegment memory, long offset) {
        return (byte) BYTE.getAcquire(memory, offset);
    }

    /** Reads with acquire order: what was written before the value is visible. */
    public static long getLongAcquire(MemorySegment memory, long offset) {
        return (long) LONG.getAcquire(memory, offset);
    }

    /** Writes with release order: who sees the value sees what was written before. */
    public static void putLongRelease(MemorySegment memory, long offset, long value) {
        LONG.setRelease(memory, offset, value);
    }

    static long getLongVolatile(MemorySegment memory, long offset) {
        return (long) LONG.getVolatile(memory, offset);
    }

    /** Adds to a value in one step. Returns the value before. */
    static long getAndAddLong(MemorySegment memory, long offset, long difference) {
        return (long) LONG.getAndAdd(memory, offset, difference);
    }

    /** Replaces a value in one step if it is the expected one; returns whether it was. */
    static boolean compareAndSetLong(MemorySegment memory, long offset, long expected, long value) {
        return LONG.compareAndSet(memory, offset, expected, value);
    }

    /** Copies bytes. The ranges may overlap. */
    public static void copy(
            MemorySegment from, long fromOffset, MemorySegment to, long toOffset, long bytes) {
        MemorySegment.copy(from, fromOffset, to, toOffset, bytes);
    }

    /** Copies bytes between addresses, as the calls of {@link TcpSocket} take them. */
    public static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }
}
