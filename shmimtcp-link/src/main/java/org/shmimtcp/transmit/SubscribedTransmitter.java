package org.shmimtcp.transmit;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.compress.Compression;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Sends each new frame of a stream to a receiver that has connected and requested it. It ends with
 * the connection, or when the stream is re-created: the receiver then requests it again.
 */
public final class SubscribedTransmitter implements LinkEnd {
    private static final Logger LOG = LoggerFactory.getLogger(SubscribedTransmitter.class);

    private static final LimitedLog STALLS = new LimitedLog(LOG::warn, 3);

    /**
     * What the receiver requested.
     *
     * @param every true for every frame in the stream's history, false for the newest only
     * @param lz4 true for packed frames, where packing makes them shorter
     * @param maxHz frames per second; 0 for no limit
     * @param polling true to poll the stream's counter instead of claiming a semaphore
     * @param shared the reader that it shares with other requests; null for one of its own
     */
    public record Request(
            boolean every,
            boolean lz4,
            double maxHz,
            boolean polling,
            @Nullable SharedReader shared) {}

    private final Image image;
    private final Connection connection;
    private final Request request;
    private final int port;
    private final boolean tls;
    private final LoopContext context;
    private final BooleanSupplier permitted;
    private final Consumer<String> log;
    private final Control control;
    private final LinkState state;
    private final TransmitterCounts counts;
    private volatile boolean leaving;

    /**
     * @param image closed at the end
     * @param connection on which the request arrived and was accepted; closed at the end
     * @param port the port of this machine on which it arrived
     * @param permitted asked once more when the receiver is ready: false if it must not have it
     * @param log takes lines about its start and end, which whoever may request streams can cause
     */
    public SubscribedTransmitter(
            Image image,
            Connection connection,
            Request request,
            int port,
            boolean tls,
            LoopContext context,
            BooleanSupplier permitted,
            Consumer<String> log) {
        this.image = image;
        this.connection = connection;
        this.request = request;
        this.port = port;
        this.tls = tls;
        this.context = context;
        this.permitted = permitted;
        this.log = log;
        this.control = context.control();
        this.state = new LinkState(LinkState.State.STARTING, connection.peer(), control);
        this.counts = new TransmitterCounts(context.trace());
    }

    @Override
    public void run() {
        control.beginsOn(Processes.ownThreadId());
        MDC.put("stream", image.name());
        String end;
        try (image;
                connection;
                Arena arena = Arena.ofConfined()) {
            transmit(arena);
            end = image.isReplaced() ? "the stream was re-created or removed" : "stopped";
        } catch (IOException | ImageException e) {
            end = String.valueOf(e.getMessage());
            state.failed(end);
        }
        state.become(LinkState.State.STOPPED);
        log.accept(
                image.name()
                        + " to "
                        + connection.peer()
                        + ": ended after "
                        + traffic().out()
                        + " frames ("
                        + end
                        + ")");
    }

    private void transmit(Arena arena) throws IOException {
        SharedReader shared = request.shared;
        if (shared != null) {
            welcome();
            transmit(
                    new SharedSession(
                            image,
                            connection,
                            shared,
                            waiting(),
                            periodNs(),
                            counts,
                            control,
                            state,
                            this::isLeaving),
                    arena);
            return;
        }
        try (FrameReader reader = request.polling ? image.newPollingReader() : image.newReader()) {
            if (reader.semaphore() < 0 && !request.polling) {
                log.accept(
                        "stream '" + image.name() + "' has no free semaphore: polling its counter");
            }
            Handshake.Welcome welcome = welcome();
            transmit(
                    new NativeSession(
                            image,
                            reader,
                            connection,
                            new FrameWait(reader, waiting(), new WriterWatch(image, state, STALLS)),
                            new NativeSession.Pacing(request.every(), periodNs()),
                            welcome,
                            counts,
                            control,
                            this::isLeaving),
                    arena);
        }
    }

    private Supplier<Waiting> waiting() {
        return context.waiting().apply(Waiting.AUTO);
    }

    private long periodNs() {
        return request.maxHz() > 0 ? Math.round(1e9 / request.maxHz()) : 0;
    }

    private Handshake.Welcome welcome() throws IOException {
        boolean lz4 = request.lz4() && Compression.LZ4.isAvailable();
        Handshake.Welcome welcome =
                new Handshake(Wire.NATIVE, tls, this::isLeaving).introduce(image, connection, lz4);
        if (welcome == null) { // not with this protocol alone
            throw new IllegalStateException("no answer");
        }
        if (!permitted.getAsBoolean()) {
            throw new ConnectionLostException("its origin has changed meanwhile");
        }
        return welcome;
    }

    private void transmit(Session session, Arena arena) throws IOException {
        counts.begin();
        counts.connected(session.begin());
        state.connected(connection.peer(), session.protocol());
        log.accept(image.name() + " to " + connection.peer() + ": sending, as requested there");
        session.run(arena);
    }

    private boolean isLeaving() {
        return leaving;
    }

    @Override
    public void stop() {
        leaving = true;
    }

    /** Ends it, too: the receiver then requests the stream again. */
    @Override
    public void restart() {
        leaving = true;
    }

    @Override
    public Control control() {
        return control;
    }

    @Override
    public Traffic traffic() {
        return counts.traffic(image.name(), state.now().state().text(), counts.rest());
    }

    @Override
    public Link link() {
        return glance(); // only the receiver knows frame ages
    }

    @Override
    public Link glance() {
        return new Link(
                Role.TRANSMITTER,
                counts.traffic(image.name(), state.now().state().text(), ""),
                port,
                tls,
                state.now(),
                0,
                0,
                0,
                counts.connections(),
                null,
                null,
                counts.clock);
    }
}
