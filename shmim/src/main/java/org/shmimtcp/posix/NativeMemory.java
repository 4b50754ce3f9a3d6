package org.shmimtcp.posix;

import java.lang.foreign.MemorySegment;

/** Access to memory by address, as the calls of {@link TcpSocket} take it. */
public final class NativeMemory {
    @SuppressWarnings("restricted") // callers answer for their addresses
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private NativeMemory() {}

    /** Copies bytes between ranges that do not overlap. Allocates nothing. */
    public static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }
}
