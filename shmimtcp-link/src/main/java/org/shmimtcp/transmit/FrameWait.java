package org.shmimtcp.transmit;

import java.util.function.Supplier;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.loop.FramePredictor;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Clock;

/** Waits for the source's next frame. */
final class FrameWait {
    private final FrameReader reader;
    private final Supplier<Waiting> waiting;
    private final WriterWatch writer;
    private final FramePredictor predictor = new FramePredictor();

    FrameWait(FrameReader reader, Supplier<Waiting> waiting, WriterWatch writer) {
        this.reader = reader;
        this.writer = writer;
        this.waiting = waiting;
    }

    /** Waits for a frame newer than the last one read. Returns false after the time-out. */
    boolean awaitNext(long timeoutNs) {
        boolean news =
                switch (waiting.get()) {
                    case BLOCK -> reader.awaitNext(timeoutNs);
                    case SPIN -> pollUntil(Clock.monotonicNs() + timeoutNs);
                    case AUTO -> anticipate(timeoutNs);
                };
        if (!news || writer.isStalled()) {
            writer.check();
        }
        return news;
    }

    /** Shows in the state of a link end that has joined that the writer has stopped, if it has. */
    void tell(LinkState state) {
        writer.tell(state);
    }

    private boolean anticipate(long timeoutNs) {
        long timerNs = predictor.timerNs();
        if (timerNs != Long.MAX_VALUE) {
            long leftNs = timerNs - Clock.monotonicNs();
            if (leftNs >= timeoutNs) {
                return reader.awaitNext(timeoutNs) && arrived(true);
            }
            if (leftNs > 0) {
                if (reader.awaitNext(leftNs)) {
                    return arrived(true);
                }
                predictor.woke(timerNs, Clock.monotonicNs());
            }
            if (pollUntil(predictor.untilNs())) {
                return arrived(false);
            }
        }
        return reader.awaitNext(timeoutNs) && arrived(true);
    }

    private boolean arrived(boolean asleep) {
        predictor.arrived(Clock.monotonicNs(), asleep);
        return true;
    }

    private boolean pollUntil(long untilNs) {
        while (!reader.pollNext()) {
            if (Clock.monotonicNs() - untilNs >= 0) {
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }
}
