package org.shmimtcp.transmit;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.KeywordTracker;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.link.Protocol;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.FrameMessage;
import org.shmimtcp.wire.Message;

/**
 * Sends to a shmimTCP receiver in the native protocol, with a reader that other connections share.
 * The session's own thread receives the answers.
 */
final class SharedSession implements Session {
    private final Image image;
    private final Connection connection;
    private final SharedReader shared;
    private final Supplier<Waiting> waiting;
    private final long periodNs;
    private final TransmitterCounts counts;
    private final Control control;
    private final LinkState state;
    private final BooleanSupplier stopped;
    private long beforeCnt0;
    private @Nullable Branch branch;

    /**
     * @param periodNs minimum time between two frames; 0 for none
     */
    SharedSession(
            Image image,
            Connection connection,
            SharedReader shared,
            Supplier<Waiting> waiting,
            long periodNs,
            TransmitterCounts counts,
            Control control,
            LinkState state,
            BooleanSupplier stopped) {
        this.image = image;
        this.connection = connection;
        this.shared = shared;
        this.waiting = waiting;
        this.periodNs = periodNs;
        this.counts = counts;
        this.control = control;
        this.state = state;
        this.stopped = stopped;
    }

    @Override
    public Protocol protocol() {
        return Protocol.NATIVE;
    }

    @Override
    public long begin() {
        beforeCnt0 = Math.max(0, image.cnt0() - 1); // the newest frame is sent
        return beforeCnt0;
    }

    @Override
    public void run(Arena arena) throws ConnectionLostException {
        MemorySegment small = arena.allocate(Message.MAX_SMALL_BYTES, 8);
        counts.clock.reset();
        long hello = Message.text(small, Message.HELLO, NativeSession.hello());
        connection.send(small.address(), hello, connection.silenceNs());
        Answers answers = new Answers(connection, counts.clock, this::isOver);
        Branch sending = branch(answers);
        branch = sending;
        shared.distributors().add(sending, image, waiting, shared.realTime());
        ConnectionLostException lost = null;
        try {
            answers.hearAll();
        } catch (ConnectionLostException e) {
            if (!sending.isOut()) { // otherwise the distributor knows the reason
                lost = e;
            }
        } finally {
            sending.leave(NativeSession.farewell(image));
            sending.awaitOut(); // before anybody closes the connection
        }
        if (lost != null) {
            throw lost;
        }
        Throwable failure = sending.failure();
        if (failure != null) {
            throw thrown(failure);
        }
    }

    /** True once nothing is sent any more: until then, answers that arrive must be received. */
    private boolean isOver() {
        Branch sending = branch;
        if (sending == null) {
            return false;
        }
        if ((stopped.getAsBoolean() || image.isReplaced()) && !sending.isLeaving()) {
            sending.leave(NativeSession.farewell(image));
        }
        return sending.isOut();
    }

    /** Returns a failure of the distributor as this session's own. */
    private static ConnectionLostException thrown(Throwable failure) {
        return switch (failure) {
            case ConnectionLostException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(failure);
        };
    }

    private Branch branch(Answers answers) {
        var pacing = new NativeSession.Pacing(false, periodNs);
        int keywords = Math.min(image.spec().keywordSlots(), KeywordTracker.SLOTS_A_SCAN);
        return new Branch(
                connection,
                answers,
                counts,
                control,
                state,
                periodNs,
                pacing.roomBytes(image.spec().frameBytes()),
                beforeCnt0,
                FrameMessage.bytes(0, keywords));
    }
}
