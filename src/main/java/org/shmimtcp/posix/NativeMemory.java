package org.shmimtcp.posix;

import java.lang.foreign.MemorySegment;

/** Memory by its address, as the calls of {@link TcpSocket} take it. */
public final class NativeMemory {
    @SuppressWarnings("restricted") // the callers answer for their addresses, as in a system call
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private NativeMemory() {}

    /** Copies bytes, which do not overlap. Allocates nothing. */
    public static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }
}
