package org.shmimtcp.transmit;

import java.util.Locale;
import org.shmimtcp.image.FrameCount;
import org.shmimtcp.loop.ClockOffset;
import org.shmimtcp.loop.Counter;
import org.shmimtcp.loop.Loop;
import org.shmimtcp.loop.Steps;

/** What a transmitter counts. The loop counts, any thread reads. */
final class Tally {
    private static final long UNKNOWN = -1;

    private final Counter sent = new Counter();
    private final Counter bytes = new Counter();
    private final Counter skipped = new Counter();

    /** Times that no whole frame could be read because a writer was busy. */
    final Counter busy = new Counter();

    private final Counter connections = new Counter();
    final ClockOffset clock = new ClockOffset();

    /** When each frame came how far. */
    final Steps steps;

    /** Of the image that is followed: all frames up to this one were sent or are skipped. */
    private long handledCnt0 = UNKNOWN;

    Tally(Steps steps) {
        this.steps = steps;
    }

    /** Another image is followed from now on. */
    void begin() {
        handledCnt0 = UNKNOWN;
    }

    /**
     * A connection begins. Counts of an image start with its first one, and go on over all others.
     *
     * @param cnt0 of the last frame that will not be sent on it
     */
    void connected(long cnt0) {
        connections.increment();
        if (handledCnt0 != UNKNOWN) {
            skipped.add(FrameCount.gained(handledCnt0, cnt0));
        }
        handledCnt0 = cnt0;
    }

    /** A frame was sent. Who sees it counted sees the rest counted, too. */
    void sent(long cnt0, long frameBytes) {
        bytes.add(frameBytes);
        skipped.add(FrameCount.between(handledCnt0, cnt0));
        handledCnt0 = cnt0;
        sent.increment();
    }

    /** Frames that were not sent, in all. */
    long skipped() {
        return skipped.get();
    }

    long connections() {
        return connections.get();
    }

    /** Further counts as {@code name=value}. */
    String rest() {
        String rest = "busy=" + busy.get() + " connections=" + connections.get();
        if (clock.isKnown()) {
            rest +=
                    String.format(
                            Locale.ROOT,
                            " clock_offset_us=%.1f clock_error_us=%.1f",
                            clock.offsetNs() / 1e3,
                            clock.uncertaintyNs() / 1e3);
        }
        return rest;
    }

    Loop.Traffic traffic(String stream, String state, String rest) {
        return new Loop.Traffic(
                stream,
                state,
                sent.get() + skipped.get(),
                sent.get(),
                bytes.get(),
                skipped.get(),
                rest);
    }
}
