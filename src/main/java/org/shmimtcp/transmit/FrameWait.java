package org.shmimtcp.transmit;

import org.shmimtcp.image.FrameReader;
import org.shmimtcp.loop.Anticipation;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Clock;

/** Waits for the source's next frame. */
final class FrameWait {
    private final FrameReader reader;
    private final Waiting waiting;
    private final Anticipation anticipation = new Anticipation();

    FrameWait(FrameReader reader, Waiting waiting) {
        this.reader = reader;
        this.waiting = waiting;
    }

    /** True if there is a frame newer than the one read last; false after the time-out. */
    boolean awaitNext(long timeoutNs) {
        boolean news =
                switch (waiting) {
                    case BLOCK -> reader.awaitNext(timeoutNs);
                    case SPIN -> lookUntil(Clock.monotonicNs() + timeoutNs);
                    case AUTO -> anticipate(timeoutNs);
                };
        if (news) {
            anticipation.arrived(Clock.monotonicNs());
        }
        return news;
    }

    private boolean anticipate(long timeoutNs) {
        long fromNs = anticipation.fromNs();
        if (fromNs != Long.MAX_VALUE) {
            long leftNs = fromNs - Clock.monotonicNs();
            if (leftNs > 0 && leftNs < timeoutNs && reader.awaitNext(leftNs)) {
                return true;
            }
            if (lookUntil(anticipation.untilNs())) {
                return true;
            }
        }
        return reader.awaitNext(timeoutNs);
    }

    private boolean lookUntil(long untilNs) {
        while (!reader.awaitNext(0)) {
            if (Clock.monotonicNs() - untilNs >= 0) {
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }
}
