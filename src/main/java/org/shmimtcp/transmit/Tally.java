package org.shmimtcp.transmit;

import java.util.Locale;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.loop.ClockOffset;
import org.shmimtcp.loop.Counter;
import org.shmimtcp.loop.Loop;

/** What a transmitter counts. The loop counts, any thread reads. */
final class Tally {
    private final Counter sent = new Counter();
    private final Counter bytes = new Counter();
    private final Counter skipped = new Counter();

    /** Times that no whole frame could be read because a writer was busy. */
    final Counter busy = new Counter();

    final Counter connections = new Counter();
    final ClockOffset clock = new ClockOffset();
    private long skippedBefore;

    /** A reader that counts from 0 takes over. */
    void begin(FrameReader reader) {
        skippedBefore = skipped.get() - reader.skipped();
    }

    /** A frame of the reader was sent. */
    void sent(FrameReader reader, long frameBytes) {
        sent.increment();
        bytes.add(frameBytes);
        skipped.set(skippedBefore + reader.skipped());
    }

    Loop.Traffic traffic(String stream, String state) {
        String rest = "busy=" + busy.get() + " connections=" + connections.get();
        if (clock.isKnown()) {
            rest +=
                    String.format(
                            Locale.ROOT,
                            " clock_offset_us=%.1f clock_error_us=%.1f",
                            clock.offsetNs() / 1e3,
                            clock.uncertaintyNs() / 1e3);
        }
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
