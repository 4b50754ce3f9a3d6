package org.shmimtcp.image;

import java.lang.foreign.MemorySegment;

/** Notices that {@code write} stays up while no frame comes. One thread looks, any may ask. */
final class WriterStall {
    /** Nobody takes so long for a frame. */
    private static final long PATIENCE_NS = 1_000_000_000L;

    private boolean writing;
    private long cnt0;
    private long sinceNs;
    private volatile boolean stalled;

    /** Takes a look; to be called several times a second. */
    void look(MemorySegment memory, long nowNs) {
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
