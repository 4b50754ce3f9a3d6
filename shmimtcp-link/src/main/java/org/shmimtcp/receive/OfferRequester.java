package org.shmimtcp.receive;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.link.StreamId;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.transport.Tls;
import org.shmimtcp.wire.HeadMarker;
import org.shmimtcp.wire.Limits;
import org.shmimtcp.wire.Message;
import org.shmimtcp.wire.MilkHead;
import org.shmimtcp.wire.SubscribeMessage;
import org.shmimtcp.wire.WireException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects to the machine that offers a stream and requests it, again and again until it is sent,
 * and after each loss.
 */
final class OfferRequester implements OfferSource {
    private static final Logger LOG = LoggerFactory.getLogger(OfferRequester.class);
    private static final int LINES_AT_ONCE = 30;

    /** A hundred streams that do not exist yet are waited for in one process. */
    private static final long TICK_NS = 200_000_000L;

    /** Period at which a loop without demand checks for a stop, which also wakes it. */
    private static final long UNUSED_TICK_NS = 2_000_000_000L;

    /** Both ends verify certificates, and one of them may be busy with other work. */
    private static final long TLS_HANDSHAKE_NS = 4_000_000_000L;

    private static final long SEND_NS = 4_000_000_000L;

    /** A busy machine answers within this time. */
    private static final long ANSWER_NS = 5_000_000_000L;

    /** A machine that offers a stream needs fewer messages than this to accept a request. */
    private static final int MAX_MESSAGES = 16;

    private static final long FIRST_PAUSE_NS = 250_000_000L;
    private static final long LONGEST_PAUSE_NS = 2_000_000_000L;

    private final WantedStream wanted;
    private final Limits limits;
    private final LinkState state;
    private final LimitedLog waits = new LimitedLog(LOG::warn, LINES_AT_ONCE);
    private final BooleanSupplier stopped;
    private final BooleanSupplier hurry;
    private long pauseNs = FIRST_PAUSE_NS;
    private long nextNs = Clock.monotonicNs();
    private long servingNs;

    /** The last logged reason to wait; empty while the stream is sent. */
    private String said = "";

    /** True once it was logged that frames come uncompressed. */
    private boolean toldPlain;

    private volatile List<String> origins = List.of();

    /**
     * @param stopped true ends every wait
     * @param hurry true once if the next attempt must not wait
     */
    OfferRequester(
            WantedStream wanted,
            Limits limits,
            LinkState state,
            BooleanSupplier stopped,
            BooleanSupplier hurry) {
        this.wanted = wanted;
        this.limits = limits;
        this.state = state;
        this.stopped = stopped;
        this.hurry = hurry;
    }

    @Override
    public @Nullable IncomingStream next() {
        waits.flush();
        boolean hurried = hurry.getAsBoolean();
        Demand demand = wanted.demand();
        if (hurried) {
            demand.renew();
        } else if (!demand.isThere()) {
            state.become(LinkState.State.UNUSED);
            demand.await(UNUSED_TICK_NS);
            nextNs = Clock.monotonicNs();
            pauseNs = FIRST_PAUSE_NS;
            return null;
        }
        if (state.now().state() == LinkState.State.UNUSED) {
            state.become(LinkState.State.WAITING);
        }
        long leftNs = nextNs - Clock.monotonicNs();
        if (!hurried && leftNs > 0) {
            Backoff.sleep(Math.min(leftNs, TICK_NS), stopped);
            return null;
        }
        long beganNs = Clock.monotonicNs();
        try {
            IncomingStream offer = request();
            said = "";
            wanted.watcher().connected(offer.connection().peer());
            return offer;
        } catch (IOException | WireException | ImageException e) {
            if (!stopped.getAsBoolean()) {
                failed(reason(e));
            }
            nextNs = beganNs + pauseNs;
            pauseNs = Math.min(pauseNs + pauseNs / 2, LONGEST_PAUSE_NS);
            return null;
        }
    }

    private void failed(String reason) {
        state.failed(reason);
        if (!reason.equals(said)) { // once, not at every attempt
            said = reason;
            waits.add(wanted.describe() + ": waiting (" + reason + "); retrying until it is sent");
        }
        wanted.watcher().waiting(reason);
    }

    private static String reason(Exception e) {
        return e instanceof java.net.UnknownHostException
                ? "unknown host " + e.getMessage()
                : String.valueOf(e.getMessage());
    }

    private IncomingStream request() throws IOException {
        long copy = wanted.copyId();
        Connection plain = Connection.connect(wanted.where().find(stopped), stopped);
        Tls tls = wanted.tls();
        Connection connection = tls == null ? plain : tls.client(plain, TLS_HANDSHAKE_NS);
        boolean done = false;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Message.MAX_SMALL_BYTES, 8);
            long bytes =
                    SubscribeMessage.put(
                            buffer,
                            new SubscribeMessage.Request(
                                    wanted.stream(),
                                    wanted.every(),
                                    wanted.lz4(),
                                    wanted.maxHz(),
                                    List.of(copy)));
            connection.send(buffer.address(), bytes, SEND_NS);
            long deadlineNs = Clock.monotonicNs() + ANSWER_NS;
            List<Long> ids = awaitAnswer(connection, buffer, deadlineNs);
            origins = StreamId.print(ids);
            if (ids.contains(copy)) {
                throw new ConnectionLostException(
                        "this would close a circle: the stream there is a copy of this one");
            }
            receive(connection, buffer, 0, MilkHead.BYTES, deadlineNs);
            IncomingStream offer = check(connection, buffer);
            if (wanted.lz4() && !offer.mayBePacked()) {
                tellPlain();
            }
            done = true;
            return offer;
        } finally {
            if (!done) {
                connection.close();
            }
        }
    }

    private void tellPlain() {
        String what = "the other end cannot compress: frames come uncompressed";
        state.failed(what);
        if (!toldPlain) {
            toldPlain = true;
            waits.add(wanted.describe() + ": " + what);
        }
    }

    private List<Long> awaitAnswer(Connection connection, MemorySegment buffer, long deadlineNs)
            throws IOException {
        for (int messages = 0; messages < MAX_MESSAGES; messages++) {
            receive(connection, buffer, 0, Message.HEADER_BYTES, deadlineNs);
            long bytes = Message.bytes(buffer, 0, Message.MAX_SMALL_BYTES);
            receive(connection, buffer, Message.HEADER_BYTES, bytes, deadlineNs);
            switch (Message.type(buffer, 0)) {
                case Message.SUBSCRIBED -> {
                    return SubscribeMessage.parseAnswer(buffer, bytes);
                }
                case Message.REFUSED ->
                        throw new ConnectionLostException(
                                "refused: " + Message.text(buffer, 0, bytes));
                default -> {} // from a later version; may be ignored
            }
        }
        throw new WireException("it neither sends the stream nor refuses");
    }

    /** Checks the head; a machine whose head is refused is told the reason. */
    private IncomingStream check(Connection connection, MemorySegment head) {
        try {
            int version = HeadMarker.version(head);
            if (version == 0) {
                throw new WireException("its head is not of this protocol");
            }
            ImageSpec source = MilkHead.parse(head, limits);
            if (!source.name().equals(wanted.stream())) {
                throw new WireException("it sends stream '" + source.name() + "' instead");
            }
            return new IncomingStream(
                    connection,
                    source,
                    MetadataLayout.cnt0Acquire(head),
                    IncomingStream.Identity.of(head),
                    version,
                    HeadMarker.instance(head),
                    HeadMarker.capabilities(head),
                    null);
        } catch (WireException e) {
            Reception.tell(connection, String.valueOf(e.getMessage()));
            throw e;
        }
    }

    private void receive(
            Connection connection, MemorySegment memory, long from, long to, long deadlineNs)
            throws ConnectionLostException {
        for (long have = from; have < to; ) {
            have += connection.receive(memory.address() + have, to - have);
            if (have < to && stopped.getAsBoolean()) {
                throw new ConnectionLostException("stopped");
            }
            if (have < to && Clock.monotonicNs() - deadlineNs >= 0) {
                throw new ConnectionLostException("it does not answer");
            }
        }
    }

    @Override
    public void serving(@Nullable Served now) {
        if (now != null) {
            servingNs = now.sinceNs();
            return;
        }
        long nowNs = Clock.monotonicNs();
        if (nowNs - servingNs > LONGEST_PAUSE_NS) { // it worked
            pauseNs = FIRST_PAUSE_NS;
        }
        nextNs = nowNs + pauseNs;
        pauseNs = Math.min(pauseNs + pauseNs / 2, LONGEST_PAUSE_NS);
    }

    @Override
    public List<String> origins() {
        return origins;
    }

    @Override
    public void close() {
        wanted.demand().close();
    }
}
