package org.shmimtcp.transmit;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.Protocol;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.NativeMemory;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.Milk3Prefix;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.MilkVariant;

/** Sends to a C receiver, which never answers. Each frame carries all keywords. */
final class MilkSession implements Session {
    private final Image image;
    private final FrameReader reader;
    private final Connection connection;
    private final FrameWait wait;
    private final MilkVariant variant;
    private final TransmitterCounts counts;
    private final Control control;
    private final BooleanSupplier stopped;

    /** True while the current frame is sent by a step. */
    private boolean stepping;

    MilkSession(
            Image image,
            FrameReader reader,
            Connection connection,
            FrameWait wait,
            MilkVariant variant,
            TransmitterCounts counts,
            Control control,
            BooleanSupplier stopped) {
        this.image = image;
        this.reader = reader;
        this.connection = connection;
        this.wait = wait;
        this.variant = variant;
        this.counts = counts;
        this.control = control;
        this.stopped = stopped;
    }

    /**
     * The peer has sent data. C receivers never do, so it is a shmimTCP receiver that answered
     * late.
     */
    static final class LateAnswerException extends IOException {
        private static final long serialVersionUID = 1L;

        LateAnswerException() {
            super("it answered late: reconnecting");
        }
    }

    @Override
    public Protocol protocol() {
        return Protocol.valueOf(variant.name());
    }

    @Override
    public long begin() {
        reader.resync();
        return reader.cnt0();
    }

    @Override
    public void run(Arena arena) throws IOException {
        MilkRecord record = MilkRecord.of(variant, image.spec());
        MemorySegment buffer = arena.allocate(record.bytes(), 64);
        RecordCopier copier = new RecordCopier(record, buffer);
        if (variant == MilkVariant.MILK3) {
            Milk3Prefix.put(buffer, image.head(), record.keywordSlots());
        }
        connection.giveUpAfter(connection.silenceNs());
        long nextCheckNs = 0;
        // The path of a frame: wait, copy completely, send.
        while (!stopped.getAsBoolean() && !image.isReplaced()) {
            boolean news = wait.awaitNext(Transmitter.TICK_NS);
            long nowNs = Clock.monotonicNs();
            if (!news || nowNs - nextCheckNs > 0) {
                checkPeer();
                nextCheckNs = nowNs + Transmitter.TICK_NS;
            }
            if (!news || !(control.isFree() || maySend())) {
                continue;
            }
            if (image.spec().isCircular() ? reader.readNext(copier) : reader.readNewest(copier)) {
                record.putCounters(buffer, reader.cnt0(), reader.slice());
                if (connection.send(buffer.address(), record.bytes(), connection.silenceNs())) {
                    counts.sent(reader.cnt0(), record.bytes());
                }
            } else {
                counts.busy.increment();
                if (stepping) {
                    control.giveStepBack();
                }
            }
        }
    }

    /** Copies the contents of a record, while the reader checks that the frame stays consistent. */
    private final class RecordCopier implements FrameReader.Copier {
        private final MemorySegment memory = image.memory();
        private final long keywords = image.layout().keywordsOffset();
        private final MilkRecord record;
        private final MemorySegment to;

        RecordCopier(MilkRecord record, MemorySegment to) {
            this.record = record;
            this.to = to;
        }

        @Override
        public void copy(long cnt0, int slice, long offset, boolean isNewest) {
            NativeMemory.copy(memory, offset, to, record.pixelsOffset(), record.pixelBytes());
            NativeMemory.copy(memory, keywords, to, record.keywordsOffset(), record.keywordBytes());
            if (variant == MilkVariant.MILK3) {
                Milk3Prefix.copyTimes(to, memory);
            }
        }
    }

    /**
     * Decides about sending while paused or just resumed: drops the backlog, so that only the
     * newest frame is sent.
     */
    private boolean maySend() {
        boolean held = control.isHeld();
        stepping = held && control.takeStep();
        if (held && !stepping) {
            LockSupport.parkNanos(Transmitter.HELD_POLL_NS);
            return false;
        }
        control.takeRelease();
        reader.resync();
        return true;
    }

    private void checkPeer() throws IOException {
        if (connection.unansweredNs() > connection.silenceNs()) {
            throw new ConnectionLostException(
                    "its machine has not answered for "
                            + connection.silenceNs() / 1_000_000_000L
                            + " s");
        }
        if (connection.isPeerGone()) {
            throw new ConnectionLostException("the peer closed the connection");
        }
        if (connection.hasInput()) {
            throw new LateAnswerException();
        }
    }
}
