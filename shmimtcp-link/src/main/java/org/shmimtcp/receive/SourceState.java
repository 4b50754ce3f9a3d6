package org.shmimtcp.receive;

import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameCount;

/** The source and the number of the last frame published, kept across connections. */
final class SourceState {
    private static final long NONE = -1;

    private IncomingStream.@Nullable Identity source;
    private long lastCnt0 = NONE;

    /** All frames of the source up to this one were published or counted as skipped. */
    private long countedCnt0;

    /** True if frames were unwanted until the next {@link #begin}. */
    private boolean rested;

    /**
     * Records the current source. A different image starts from scratch.
     *
     * @param cnt0 the source's current counter
     */
    void begin(IncomingStream.Identity identity, long cnt0) {
        if (!identity.equals(source)) {
            source = identity;
            lastCnt0 = NONE;
            countedCnt0 = cnt0;
        } else if (rested) {
            countedCnt0 = cnt0;
        }
        rested = false;
    }

    /** Frames that the source writes until the next {@link #begin} are not missed. */
    void rest() {
        rested = true;
    }

    /** Returns the last frame published; -1 if the copy holds none of this source. */
    long lastCnt0() {
        return lastCnt0;
    }

    /** Forgets what was published: the copy no longer holds it. */
    void forget() {
        lastCnt0 = NONE;
    }

    /** True if this is the last frame published. */
    boolean isLast(long cnt0) {
        return cnt0 == lastCnt0;
    }

    /** Advances to a frame; returns the number of frames skipped before it. */
    long advance(long cnt0) {
        long skipped = FrameCount.between(countedCnt0, cnt0);
        countedCnt0 = cnt0;
        lastCnt0 = cnt0;
        return skipped;
    }
}
