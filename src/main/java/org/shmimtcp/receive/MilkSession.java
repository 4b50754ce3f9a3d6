package org.shmimtcp.receive;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.loop.Control;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.MilkVariant;
import org.shmimtcp.wire.WireException;

/** Receives from a C transmitter. */
final class MilkSession implements Session {
    private final Offer offer;
    private final Waiting waiting;
    private final @Nullable MilkVariant variant;
    private final SourceState state;
    private final Tally tally;
    private final Control control;
    private final BooleanSupplier stopped;

    /** The newest record that came while frames were held back; null if none did. */
    private @Nullable MemorySegment heldBack;

    private @Nullable MemorySegment spare;

    private volatile boolean proven;
    private volatile long heardNs = Clock.monotonicNs();

    /**
     * @param variant what is spoken; null to let the first record tell milk1 from milk2
     */
    MilkSession(
            Offer offer,
            Waiting waiting,
            @Nullable MilkVariant variant,
            SourceState state,
            Tally tally,
            Control control,
            BooleanSupplier stopped) {
        this.offer = offer;
        this.waiting = waiting;
        this.variant = variant;
        this.state = state;
        this.tally = tally;
        this.control = control;
        this.stopped = stopped;
    }

    @Override
    public void run(Copy copy, Arena arena) throws ConnectionLostException {
        Connection connection = offer.connection();
        MilkRecord record = MilkRecord.of(MilkVariant.MILK0, offer.source());
        MemorySegment buffer = arena.allocate(record.maxBytes(), 64);
        connection.limitReceiveQueue(record.maxBytes());
        long at = 0;
        if (variant != MilkVariant.MILK0) {
            // The first record says which variant it is, 16 bytes behind its pixels.
            long probe = record.pixelBytes() + MilkRecord.PROBE_BYTES;
            while (at < probe && !stopped.getAsBoolean()) {
                at += connection.receive(buffer.address() + at, probe - at);
                copy.follow();
            }
            record = record.as(checked(MilkRecord.detect(buffer, record.pixelBytes())));
        }
        FrameWait wait = new FrameWait(connection, waiting);
        while (!stopped.getAsBoolean()) {
            // The path of a frame: receive, check, publish.
            if (at == 0) {
                at = wait.receive(buffer.address(), record.bytes());
            } else if (at < record.bytes()) { // the probe may have been all of it
                at += connection.receive(buffer.address() + at, record.bytes() - at);
            }
            copy.follow();
            boolean free = control.isFree();
            if (at == record.bytes()) {
                heardNs = Clock.monotonicNs();
                at = 0;
                record.check(buffer);
                proven = true;
                if (free) {
                    publishOrReopen(copy, record, buffer);
                } else {
                    keep(arena, record, buffer);
                }
            }
            if (!free) {
                publishIfAllowed(copy, record);
            }
        }
    }

    /** A C transmitter cannot be asked for its newest frame again: it is kept. */
    private void keep(Arena arena, MilkRecord record, MemorySegment buffer) {
        MemorySegment kept = heldBack;
        if (kept == null) {
            kept = spare != null ? spare : arena.allocate(record.maxBytes(), 64);
            spare = kept;
            heldBack = kept;
        }
        MemorySegment.copy(buffer, 0, kept, 0, record.bytes());
    }

    private void publishIfAllowed(Copy copy, MilkRecord record) {
        MemorySegment kept = heldBack;
        if (control.isHeld() && (kept == null || !control.takeStep())) {
            return;
        }
        control.takeRelease();
        if (kept != null) {
            heldBack = null;
            publishOrReopen(copy, record, kept);
        }
    }

    private void publishOrReopen(Copy copy, MilkRecord record, MemorySegment buffer) {
        try {
            publish(copy, record, buffer);
        } catch (ImageException.Truncated e) {
            copy.reopen();
        }
    }

    private MilkVariant checked(MilkVariant found) {
        if (variant != null && found != variant) {
            throw new WireException(
                    "it sends "
                            + found.optionName()
                            + ", and --wire "
                            + variant.optionName()
                            + " is set");
        }
        return found;
    }

    /** It has sent a whole record. */
    @Override
    public boolean isProven() {
        return proven;
    }

    @Override
    public long heardNs() {
        return heardNs;
    }

    private void publish(Copy copy, MilkRecord record, MemorySegment buffer) {
        copy.prepareForFrame();
        long cnt0 = record.cnt0(buffer);
        int slice = record.slice(buffer);
        int keywords = record.variant().hasKeywords() ? copy.keywords() : 0;
        long keywordsOffset = record.keywordsOffset();
        boolean pixels = record.pixelBytes() > 0;
        if (state.isLast(cnt0) && pixels && copy.holds(slice, buffer, keywords, keywordsOffset)) {
            tally.repeated.increment(); // C transmitters repeat a frame for each post that piled up
            return;
        }
        if (record.isOfUnwrittenImage(buffer)) { // C transmitters send it for any post
            return;
        }
        FrameWriter writer = copy.writer();
        writer.begin();
        if (pixels) {
            writer.writeSlice(slice, buffer, 0);
        }
        writer.writeKeywords(keywords, buffer, keywordsOffset);
        writer.commit(slice);
        tally.skipped.add(state.advance(cnt0));
        tally.published.increment();
        tally.bytes.add(record.bytes());
    }
}
