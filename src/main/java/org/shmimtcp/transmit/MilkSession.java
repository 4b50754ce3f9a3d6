package org.shmimtcp.transmit;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.MilkVariant;

/** Sends to a C receiver, which never answers: each frame with all keywords. */
final class MilkSession implements Session {
    private final Image image;
    private final FrameReader reader;
    private final Connection connection;
    private final FrameWait wait;
    private final MilkVariant variant;
    private final Tally tally;
    private final BooleanSupplier stopped;

    MilkSession(
            Image image,
            FrameReader reader,
            Connection connection,
            FrameWait wait,
            MilkVariant variant,
            Tally tally,
            BooleanSupplier stopped) {
        this.image = image;
        this.reader = reader;
        this.connection = connection;
        this.wait = wait;
        this.variant = variant;
        this.tally = tally;
        this.stopped = stopped;
    }

    /** C receivers never send: this one is of ours, and was slow. */
    static final class LateAnswerException extends IOException {
        private static final long serialVersionUID = 1L;

        LateAnswerException() {
            super("it answers after all: connecting anew");
        }
    }

    @Override
    public String protocol() {
        return variant.optionName();
    }

    @Override
    public void run(Arena arena) throws IOException {
        MilkRecord record = MilkRecord.of(variant, image.spec());
        MemorySegment buffer = arena.allocate(record.bytes(), 64);
        MemorySegment keywords = record.keywordBytes() > 0 ? buffer : null;
        MemorySegment pixels = record.pixelBytes() > 0 ? buffer : reader.newBuffer();
        long nextLookNs = 0;
        // The path of a frame: wait, copy whole, send.
        while (!stopped.getAsBoolean() && !image.isReplaced()) {
            boolean news = wait.awaitNext(Transmitter.TICK_NS);
            long nowNs = Clock.monotonicNs();
            if (!news || nowNs - nextLookNs > 0) {
                look();
                nextLookNs = nowNs + Transmitter.TICK_NS;
            }
            if (!news) {
                continue;
            }
            if (reader.readNext(pixels, 0, keywords, record.keywordsOffset())) {
                record.putTrailer(buffer, reader.cnt0(), reader.slice());
                if (connection.send(buffer.address(), record.bytes(), Transmitter.MILK_STALL_NS)) {
                    tally.sent(reader.cnt0(), record.bytes());
                }
            } else {
                tally.busy.increment();
            }
        }
    }

    private void look() throws IOException {
        if (connection.isPeerGone()) {
            throw new ConnectionLostException("the other end closed the connection");
        }
        if (connection.hasInput()) {
            throw new LateAnswerException();
        }
    }
}
