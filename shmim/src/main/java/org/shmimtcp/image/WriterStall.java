package org.shmimtcp.image;

import java.lang.foreign.MemorySegment;

/**
 * Detects that {@code write} stays raised while no frame comes. One thread calls {@link #update};
 * any thread may call {@link #isStalled}.
 */
final class WriterStall {
    /** No writer takes this long for a frame. */
    private static final long PATIENCE_NS = 1_000_000_000L;

    private boolean writing;
    private long cnt0;
    private long sinceNs;
    private volatile boolean stalled;

    /** Checks the flag and the counter. Call several times a second. */
    void update(MemorySegment memory, long nowNs) {
        long newest = MetadataLayout.cnt0Acquire(memory);
        boolean same = writing && newest == cnt0;
        cnt0 = newest;
        writing = MetadataLayout.isWritingAcquire(memory);
        if (!same || !writing) {
            sinceNs = nowNs;
        }
        stalled = writing && nowNs - sinceNs > PATIENCE_NS;
    }

    boolean isStalled() {
        return stalled;
    }
}
