package org.shmimtcp.receive;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.link.Control;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.NativeMemory;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.Limits;
import org.shmimtcp.wire.Milk3Prefix;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.WireException;

/**
 * Receives milk3, in which every frame carries its stream's metadata. The session ends when another
 * stream begins. Its {@link #next} offer is then served on the same connection.
 *
 * <p>If no frame begins where one should, bytes are dropped up to the next frame of this stream.
 */
final class Milk3Session implements Session {
    /** Maximum number of bytes dropped in search of a frame, in addition to two frames. */
    private static final long SEARCH_BYTES = 1 << 20;

    /** Bytes of a magic number that may be cut off at the end of the received data. */
    private static final long MAGIC_REST = Long.BYTES - 1;

    private final IncomingStream offer;
    private final MemorySegment firstPrefix;
    private final Waiting waiting;
    private final Limits limits;
    private final SourceState state;
    private final ReceiverCounts counts;
    private final Control control;
    private final LimitedLog losses;
    private final BooleanSupplier stopped;
    private @Nullable IncomingStream next;

    /** Bytes dropped since the last position where a frame should have begun; 0 while in step. */
    private long dropped;

    private volatile boolean proven;
    private volatile long heardNs = Clock.monotonicNs();

    /**
     * @param firstPrefix prefix of the frame that has begun
     * @param losses logs dropped bytes
     */
    Milk3Session(
            IncomingStream offer,
            MemorySegment firstPrefix,
            Waiting waiting,
            Limits limits,
            SourceState state,
            ReceiverCounts counts,
            Control control,
            LimitedLog losses,
            BooleanSupplier stopped) {
        this.offer = offer;
        this.firstPrefix = firstPrefix;
        this.waiting = waiting;
        this.limits = limits;
        this.state = state;
        this.counts = counts;
        this.control = control;
        this.losses = losses;
        this.stopped = stopped;
    }

    /** Returns the stream that has begun on this connection; null if none has. */
    @Nullable IncomingStream next() {
        return next;
    }

    @Override
    public void run(TargetStream copy, Arena arena) throws ConnectionLostException {
        Connection connection = offer.connection();
        MilkRecord record = MilkRecord.milk3(offer.source(), firstPrefix);
        MemorySegment buffer = arena.allocate(record.bytes(), 64);
        NativeMemory.copy(firstPrefix, 0, buffer, 0, Milk3Prefix.BYTES);
        connection.limitReceiveQueue(record.bytes());
        FrameWait wait = new FrameWait(connection, waiting);
        MilkPublisher publisher = new MilkPublisher(copy, record, state, counts, control, arena);
        long at = Milk3Prefix.BYTES;
        boolean begun = true;
        while (!stopped.getAsBoolean()) {
            // The path of a frame: receive its prefix, check it, receive the rest, publish.
            long part = begun ? record.bytes() : Milk3Prefix.BYTES;
            if (at == 0) {
                at = wait.receive(buffer.address(), part);
            } else if (at < part) {
                at += connection.receive(buffer.address() + at, part - at);
            }
            copy.follow();
            publisher.publishIfReleased();
            if (at < part) {
                continue;
            }
            if (begun) {
                record.check(buffer);
                heardNs = Clock.monotonicNs();
                proven = true;
                publisher.accept(buffer);
                at = 0;
                begun = false;
            } else if (isFrame(record, buffer)) {
                begun = true;
                tellDropped();
            } else if (Milk3Prefix.isMagic(buffer, 0) && dropped == 0) {
                next = offer.followedBy(buffer, limits);
                return;
            } else {
                at -= drop(buffer, 2 * record.bytes() + SEARCH_BYTES);
            }
        }
    }

    /**
     * True if a frame of this stream begins. During a search, its counters must be plausible, too.
     */
    private boolean isFrame(MilkRecord record, MemorySegment buffer) {
        return Milk3Prefix.isMagic(buffer, 0)
                && Milk3Prefix.isSameImage(buffer, firstPrefix)
                && (dropped == 0 || record.isInStep(buffer));
    }

    /**
     * Moves the next magic number in a prefix to its beginning.
     *
     * @return number of bytes dropped before it
     */
    private long drop(MemorySegment buffer, long mostBytes) {
        if (dropped == 0) {
            counts.damaged.increment();
        }
        long end = Milk3Prefix.BYTES - MAGIC_REST;
        long from = 1;
        while (from < end && !Milk3Prefix.isMagic(buffer, from)) {
            from++;
        }
        NativeMemory.copy(buffer, from, buffer, 0, Milk3Prefix.BYTES - from);
        dropped += from;
        if (dropped > mostBytes) {
            throw new WireException(
                    "milk3's magic number is missing, and no frame begins in the next "
                            + dropped
                            + " bytes");
        }
        return from;
    }

    private void tellDropped() {
        if (dropped > 0) {
            losses.add(
                    offer.describe()
                            + ": milk3's magic number was missing; dropped "
                            + dropped
                            + " bytes up to the next frame");
            dropped = 0;
        }
    }

    /** True once the transmitter has sent a complete frame. */
    @Override
    public boolean isProven() {
        return proven;
    }

    @Override
    public long heardNs() {
        return heardNs;
    }
}
