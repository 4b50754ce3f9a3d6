package org.shmimtcp.receive;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.link.Control;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.MilkVariant;
import org.shmimtcp.wire.WireException;

/** Receives from a C transmitter that starts with a head. */
final class MilkSession implements Session {
    private final IncomingStream offer;
    private final Waiting waiting;
    private final @Nullable MilkVariant variant;
    private final SourceState state;
    private final ReceiverCounts counts;
    private final Control control;
    private final BooleanSupplier stopped;

    private volatile boolean proven;
    private volatile long heardNs = Clock.monotonicNs();

    /**
     * @param variant the protocol; null to distinguish milk1 from milk2 by the first record
     */
    MilkSession(
            IncomingStream offer,
            Waiting waiting,
            @Nullable MilkVariant variant,
            SourceState state,
            ReceiverCounts counts,
            Control control,
            BooleanSupplier stopped) {
        this.offer = offer;
        this.waiting = waiting;
        this.variant = variant;
        this.state = state;
        this.counts = counts;
        this.control = control;
        this.stopped = stopped;
    }

    @Override
    public void run(TargetStream copy, Arena arena) throws ConnectionLostException {
        Connection connection = offer.connection();
        MilkRecord record = MilkRecord.of(MilkVariant.MILK0, offer.source());
        MemorySegment buffer = arena.allocate(record.maxBytes(), 64);
        connection.limitReceiveQueue(record.maxBytes());
        long at = 0;
        if (variant != MilkVariant.MILK0) {
            // The 16 bytes behind the first record's pixels tell its variant.
            long probe = record.pixelBytes() + MilkRecord.PROBE_BYTES;
            while (at < probe && !stopped.getAsBoolean()) {
                at += connection.receive(buffer.address() + at, probe - at);
                copy.follow();
            }
            record = record.as(checked(MilkRecord.detect(buffer, record.pixelBytes())));
        }
        FrameWait wait = new FrameWait(connection, waiting);
        MilkPublisher publisher = new MilkPublisher(copy, record, state, counts, control, arena);
        while (!stopped.getAsBoolean()) {
            // The path of a frame: receive, check, publish.
            if (at == 0) {
                at = wait.receive(buffer.address(), record.bytes());
            } else if (at < record.bytes()) { // the probe may have been the whole record
                at += connection.receive(buffer.address() + at, record.bytes() - at);
            }
            copy.follow();
            if (at == record.bytes()) {
                heardNs = Clock.monotonicNs();
                at = 0;
                record.check(buffer, offer.cnt0());
                proven = true;
                publisher.accept(buffer);
            }
            publisher.publishIfReleased();
        }
    }

    private MilkVariant checked(MilkVariant found) {
        if (variant != null && found != variant) {
            throw new WireException(
                    "it sends "
                            + found.optionName()
                            + "; only "
                            + variant.optionName()
                            + " is accepted here");
        }
        return found;
    }

    /** True once the transmitter has sent a complete record. */
    @Override
    public boolean isProven() {
        return proven;
    }

    @Override
    public long heardNs() {
        return heardNs;
    }
}
