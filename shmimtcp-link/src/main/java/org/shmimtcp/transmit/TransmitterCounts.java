package org.shmimtcp.transmit;

import java.util.Locale;
import org.shmimtcp.image.FrameCount;
import org.shmimtcp.link.ClockOffset;
import org.shmimtcp.link.LatencyTrace;
import org.shmimtcp.loop.Counter;
import org.shmimtcp.loop.Loop;

/** A transmitter's counts. The loop counts; any thread reads. */
final class TransmitterCounts {
    private static final long UNKNOWN = -1;

    private final Counter sent = new Counter();
    private final Counter bytes = new Counter();
    private final Counter skipped = new Counter();
    private final Counter packed = new Counter();
    private volatile boolean packs;

    /** Number of times that no consistent frame could be read because a writer was busy. */
    final Counter busy = new Counter();

    private final Counter connections = new Counter();
    final ClockOffset clock = new ClockOffset();

    /** Records when each frame reached each stage. */
    final LatencyTrace trace;

    /** In the current image, all frames up to this one were sent or skipped. */
    private long handledCnt0 = UNKNOWN;

    TransmitterCounts(LatencyTrace trace) {
        this.trace = trace;
    }

    /** Starts with another image. */
    void begin() {
        handledCnt0 = UNKNOWN;
    }

    /**
     * Records a new connection. Counts of an image start with its first connection and continue
     * over all others.
     *
     * @param cnt0 counter of the last frame that will not be sent on it
     */
    void connected(long cnt0) {
        connections.increment();
        if (handledCnt0 != UNKNOWN) {
            skipped.add(FrameCount.gained(handledCnt0, cnt0));
        }
        handledCnt0 = cnt0;
    }

    /**
     * Records a sent frame. The frame count is updated last, so a reader that sees it sees the
     * other counts, too.
     */
    void sent(long cnt0, long frameBytes) {
        bytes.add(frameBytes);
        skipped.add(FrameCount.between(handledCnt0, cnt0));
        handledCnt0 = cnt0;
        sent.increment();
    }

    /** Records whether a frame was packed, on a connection on which frames may be. */
    void packed(boolean whether) {
        packs = true;
        if (whether) {
            packed.increment();
        }
    }

    /** Returns the total number of frames not sent. */
    long skipped() {
        return skipped.get();
    }

    long connections() {
        return connections.get();
    }

    /** Returns further counts as {@code name=value}. */
    String rest() {
        String rest = "busy=" + busy.get() + " connections=" + connections.get();
        if (packs) {
            rest += " compressed=" + packed.get();
        }
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
