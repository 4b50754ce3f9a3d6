package org.shmimtcp.receive;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.MetadataLayout;
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
 * <p>If no frame begins where one should, bytes are dropped up to the next frame.
 *
 * <p>Only what follows a frame tells whether it was as long as its metadata say. In step, that was
 * seen of the frame before. The first frame, and the first after dropped bytes, is published once
 * the next one begins behind it, or nothing follows. A second one in a row that is followed by
 * something else ends the connection.
 */
final class Milk3Session implements Session {
    /** Maximum number of bytes dropped in search of a frame, in addition to two frames. */
    private static final long SEARCH_BYTES = 1 << 20;

    /** Bytes of a magic number that may be cut off at the end of the received data. */
    private static final long MAGIC_REST = Long.BYTES - 1;

    /**
     * Time without a byte after which a frame has ended. A transmitter sends a frame as a whole, so
     * the rest of a longer one would follow at once.
     */
    private static final long ENDED_NS = 100_000_000;

    /** Length of the metadata of a build with DAO_COMPAT, minus that of all others. */
    private static final long DAO_BYTES = 4496 - MetadataLayout.BYTES;

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

    /** Bytes dropped before the frame that was received last; 0 if none. */
    private long droppedBefore;

    /** True once a frame was seen to end where its metadata say, until the next loss of step. */
    private boolean inStep;

    /** True if the received frame is published when it was seen to end. */
    private boolean unsure;

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
        MemorySegment frame = arena.allocate(record.bytes(), 64);
        MemorySegment prefix = arena.allocate(Milk3Prefix.BYTES, 8);
        NativeMemory.copy(firstPrefix, 0, frame, 0, Milk3Prefix.BYTES);
        connection.limitReceiveQueue(record.bytes());
        FrameWait wait = new FrameWait(connection, waiting);
        MilkPublisher publisher = new MilkPublisher(copy, record, state, counts, control, arena);
        long at = Milk3Prefix.BYTES;
        boolean begun = true;
        try {
            while (!stopped.getAsBoolean()) {
                // The path of a frame: receive its prefix, check it, receive the rest, publish.
                MemorySegment buffer = begun ? frame : prefix;
                long part = begun ? record.bytes() : Milk3Prefix.BYTES;
                if (at == 0) {
                    at = wait.receive(buffer.address(), part);
                } else if (at < part) {
                    at += connection.receive(buffer.address() + at, part - at);
                }
                copy.follow();
                publisher.publishIfReleased();
                if (at < part) {
                    if (unsure && at == 0 && Clock.monotonicNs() - heardNs > ENDED_NS) {
                        confirm(publisher, frame);
                    }
                    continue;
                }
                if (begun) {
                    record.check(frame, offer.cnt0());
                    heardNs = Clock.monotonicNs();
                    begun = false;
                    at = 0;
                    unsure = !inStep;
                    if (inStep) {
                        publisher.accept(frame);
                    }
                    continue;
                }
                boolean isNext = Milk3Prefix.isMagic(prefix, 0);
                if (isNext && dropped == 0) {
                    confirm(publisher, frame);
                }
                if (isNext && isFrame(record, prefix)) {
                    NativeMemory.copy(prefix, 0, frame, 0, Milk3Prefix.BYTES);
                    begun = true;
                    tellDropped("up to the next frame");
                } else if (isNext && isAnotherStream(prefix)) {
                    tellDropped("up to the next frame");
                    return;
                } else {
                    at -= drop(prefix, 2 * record.bytes() + SEARCH_BYTES);
                }
            }
        } catch (ConnectionLostException e) {
            if (at == 0) { // nothing follows the last frame
                confirm(publisher, frame);
            }
            throw e;
        } finally {
            tellDropped("and no frame came");
        }
    }

    /** Publishes a frame that was received, and not known to have ended, if there is one. */
    private void confirm(MilkPublisher publisher, MemorySegment frame) {
        if (unsure) {
            unsure = false;
            inStep = true;
            proven = true;
            droppedBefore = 0;
            publisher.accept(frame);
        }
    }

    /**
     * True if a frame of this stream begins. During a search, its counters must be plausible, too.
     */
    private boolean isFrame(MilkRecord record, MemorySegment prefix) {
        return Milk3Prefix.isSameImage(prefix, firstPrefix)
                && (dropped == 0 || record.isInStep(prefix));
    }

    /**
     * True if another stream begins, which becomes the next offer.
     *
     * @throws WireException if its metadata are invalid, unless this is a search
     */
    private boolean isAnotherStream(MemorySegment prefix) {
        try {
            next = offer.followedBy(prefix, limits);
            return true;
        } catch (WireException e) {
            if (dropped == 0) {
                throw e;
            }
            return false;
        }
    }

    /**
     * Moves the next magic number in a prefix to its beginning.
     *
     * @return number of bytes dropped before it
     */
    private long drop(MemorySegment prefix, long mostBytes) {
        if (dropped == 0) {
            loseStep();
        }
        long end = Milk3Prefix.BYTES - MAGIC_REST;
        long from = 1;
        while (from < end && !Milk3Prefix.isMagic(prefix, from)) {
            from++;
        }
        NativeMemory.copy(prefix, from, prefix, 0, Milk3Prefix.BYTES - from);
        dropped += from;
        if (dropped > mostBytes) {
            long all = dropped;
            dropped = 0;
            throw new WireException(
                    "milk3's magic number is missing, and no frame begins in the next "
                            + all
                            + " bytes");
        }
        return from;
    }

    private void loseStep() {
        counts.damaged.increment();
        if (unsure && droppedBefore > 0) {
            throw new WireException(
                    "milk3 frames longer than their metadata say, by "
                            + droppedBefore
                            + " bytes"
                            + (droppedBefore == DAO_BYTES
                                    ? ": its milk was built with DAO_COMPAT, whose frames have"
                                            + " other metadata and are not supported"
                                    : ""));
        }
        losses.add(
                offer.describe()
                        + ": milk3's magic number is missing behind a frame"
                        + (unsure ? ", which is dropped" : "")
                        + "; looking for the next one");
        inStep = false;
        unsure = false;
    }

    private void tellDropped(String how) {
        if (dropped > 0) {
            losses.add(offer.describe() + ": dropped " + dropped + " bytes " + how);
            droppedBefore = dropped;
            dropped = 0;
        }
    }

    /** True once the transmitter has sent a frame of the expected length. */
    @Override
    public boolean isProven() {
        return proven;
    }

    @Override
    public long heardNs() {
        return heardNs;
    }
}
