package org.shmimtcp.receive;

import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameCount;

/** Which frame of which source was published last, across connections. */
final class SourceState {
    private static final long NONE = -1;

    private Offer.@Nullable Identity source;
    private long lastCnt0 = NONE;

    /** All frames of the source up to this one were published here or counted as skipped. */
    private long countedCnt0;

    /**
     * Takes note of who sends from now on; another image than before starts anew.
     *
     * @param cnt0 of the source now
     */
    void begin(Offer.Identity identity, long cnt0) {
        if (!identity.equals(source)) {
            source = identity;
            lastCnt0 = NONE;
            countedCnt0 = cnt0;
        }
    }

    /** The frame published last; -1 if the copy holds none of this source. */
    long lastCnt0() {
        return lastCnt0;
    }

    /** Forgets what was published: the copy no longer holds it. */
    void forget() {
        lastCnt0 = NONE;
    }

    /** True if this is the frame published last. */
    boolean isLast(long cnt0) {
        return cnt0 == lastCnt0;
    }

    /** Moves on to a frame; returns how many were left out before it. */
    long advance(long cnt0) {
        long skipped = FrameCount.between(countedCnt0, cnt0);
        countedCnt0 = cnt0;
        lastCnt0 = cnt0;
        return skipped;
    }
}
