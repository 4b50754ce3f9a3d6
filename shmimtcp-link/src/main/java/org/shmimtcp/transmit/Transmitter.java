package org.shmimtcp.transmit;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.compress.Compression;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LinkLog;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.posix.TcpSocket;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.transport.Tls;
import org.shmimtcp.wire.MilkLimits;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Follows a stream and sends each new frame to a receiver until stopped. It survives outages of the
 * receiver and of the link, and the re-creation of the stream.
 */
public final class Transmitter implements LinkEnd {
    private static final Logger LOG = LoggerFactory.getLogger(Transmitter.class);

    /** Period at which an idle loop checks for a stop. */
    static final long TICK_NS = TcpSocket.TICK_MS * 1_000_000L;

    /** Period at which a loop that holds a frame back checks whether it may be sent. */
    static final long HELD_POLL_NS = 5_000_000L;

    /** Both ends verify certificates, and one of them may be busy with other work. */
    private static final long TLS_HANDSHAKE_NS = 4_000_000_000L;

    /** Log lines at once about writers that stop in the middle of a frame. */
    private static final int LINES_AT_ONCE = 3;

    /** The stream cannot be sent to the receiver found at the address. */
    private static final class UnfitException extends IOException {
        private static final long serialVersionUID = 1L;

        UnfitException(String reason) {
            super(reason);
        }
    }

    /** Is notified of each connection, and of each reason to wait. */
    public interface Watcher {
        void connected(String peer);

        void waiting(String reason);
    }

    private final LimitedLog stalls = new LimitedLog(LOG::warn, LINES_AT_ONCE);
    private final TransmitSettings settings;
    private final ImageDirectory directory;
    private final String stream;
    private final Endpoint to;
    private final Wire wire;
    private final boolean polling;
    private final int silenceS;
    private final @Nullable Tls tls;
    private final @Nullable SharedReader shared;
    private final Supplier<Waiting> waiting;
    private final Watcher watcher;
    private final LinkLog link;
    private final Handshake handshake;
    private final Backoff backoff = new Backoff();
    private final TransmitterCounts counts;

    /** The last logged description of what a C receiver does not get of the stream. */
    private @Nullable String toldOmission;

    /** True once it was logged that frames are sent uncompressed. */
    private boolean toldPlain;

    private volatile boolean stopping;
    private volatile boolean restarting;
    private final LinkState state;
    private final Control control;

    /**
     * Throws PemFiles.Unusable if TLS cannot be set up as configured, and IllegalArgumentException
     * if settings contradict each other.
     */
    public Transmitter(TransmitSettings settings, Watcher watcher, LoopContext context) {
        this(settings, watcher, context, null);
    }

    /**
     * Creates one of several transmitters of a stream.
     *
     * @param shared the reader that they share if their connections allow that; null for one of its
     *     own
     */
    public Transmitter(
            TransmitSettings settings,
            Watcher watcher,
            LoopContext context,
            @Nullable SharedReader shared) {
        settings.check();
        this.settings = settings;
        this.stream = settings.get(TransmitSettings.STREAM);
        this.to = settings.to();
        this.wire = settings.get(TransmitSettings.WIRE);
        this.polling = settings.get(TransmitSettings.POLLING);
        this.silenceS = settings.get(TransmitSettings.SILENCE);
        this.tls = settings.loadTls();
        this.shared = settings.mayShareReader() ? shared : null;
        this.directory = context.directory();
        this.waiting = context.waiting().apply(settings.get(LinkSettings.WAIT));
        this.counts = new TransmitterCounts(context.trace());
        this.watcher = watcher;
        this.control = context.control();
        this.state = new LinkState(LinkState.State.STARTING, to.toString(), control);
        this.link = new LinkLog(stream + " to " + to);
        this.handshake = new Handshake(wire, tls != null, this::isLeaving);
    }

    /**
     * Checks whether the stream can be transmitted, without transmitting it.
     *
     * @throws ImageException if it cannot
     */
    public void check() {
        open().close();
    }

    @Override
    public void stop() {
        stopping = true;
    }

    private boolean isStopping() {
        return stopping;
    }

    @Override
    public void restart() {
        restarting = true;
    }

    /** True if the current session must end, to stop or to restart. */
    private boolean isLeaving() {
        return stopping || restarting;
    }

    @Override
    public Traffic traffic() {
        return counts.traffic(stream, state.now().state().text(), counts.rest());
    }

    @Override
    public Link link() {
        return glance(); // only the receiver knows frame ages
    }

    @Override
    public Link glance() {
        return new Link(
                Role.TRANSMITTER,
                counts.traffic(stream, state.now().state().text(), ""),
                to.port(),
                tls != null,
                state.now(),
                0,
                0,
                0,
                counts.connections(),
                null,
                null,
                counts.clock);
    }

    @Override
    public Control control() {
        return control;
    }

    /**
     * Transmits until stopped.
     *
     * @throws ImageException if the stream is missing or unusable at the start
     */
    @Override
    public void run() {
        control.beginsOn(Processes.ownThreadId());
        MDC.put("stream", stream);
        followAndClose(open());
        while (!stopping) {
            Image image = restarting ? openAnew() : awaitRecreated();
            if (image != null) {
                followAndClose(image);
            }
        }
        state.become(LinkState.State.STOPPED);
    }

    private void followAndClose(Image image) {
        try (image) {
            follow(image);
        } catch (ImageException.Truncated e) {
            LOG.warn(e.getMessage());
        }
    }

    private Image open() {
        Image image = Image.open(directory, stream);
        if (!wire.allowsNative()) {
            String reason = MilkLimits.refusal(image.spec());
            if (reason != null) {
                image.close();
                throw new ImageException("stream '" + image.name() + "' " + reason);
            }
        }
        return image;
    }

    /** Opens the stream again after a restart, waiting for it if necessary; null if stopped. */
    private @Nullable Image openAnew() {
        restarting = false;
        link.down("restarted on request");
        state.become(LinkState.State.STARTING);
        backoff.reset();
        try {
            return open();
        } catch (ImageException gone) {
            return awaitRecreated();
        }
    }

    /** Waits for a new stream of the same name, then opens it; null if stopped. */
    private @Nullable Image awaitRecreated() {
        LOG.warn("stream '{}' was re-created or removed: following the new one", stream);
        state.become(LinkState.State.NO_STREAM);
        while (!stopping) {
            try {
                Image image = open();
                LOG.info("stream '{}' is there, {}", image.name(), image.spec().describe());
                return image;
            } catch (ImageException notYet) {
                Backoff.sleep(TICK_NS, this::isStopping);
            }
        }
        return null;
    }

    /** Sends one image's frames until it is replaced, reconnecting as needed. */
    private void follow(Image image) {
        try (OwnReader own = new OwnReader(image)) {
            counts.begin();
            while (!isLeaving() && !image.isReplaced()) {
                backoff.begin();
                try (Connection connection = connect();
                        Arena arena = Arena.ofConfined()) {
                    transmit(session(image, own, connection), connection, arena);
                } catch (IOException e) {
                    lost(e);
                }
            }
        }
    }

    /** A reader for this transmitter alone, kept from one connection to the next. */
    private final class OwnReader implements AutoCloseable {
        private final Image image;
        private @Nullable FrameReader reader;

        OwnReader(Image image) {
            this.image = image;
            if (shared == null) {
                get(); // which claims a semaphore before the first connection
            }
        }

        FrameReader get() {
            FrameReader own = reader;
            if (own == null) {
                own = polling ? image.newPollingReader() : image.newReader();
                reader = own;
                if (own.semaphore() < 0 && !polling) {
                    LOG.warn(
                            "stream '{}' has no free semaphore: polling its counter", image.name());
                }
            }
            return own;
        }

        @Override
        public void close() {
            if (reader != null) {
                reader.close();
            }
        }
    }

    private Connection connect() throws IOException {
        Connection plain = Connection.connect(to, this::isLeaving);
        Connection connection = tls == null ? plain : tls.client(plain, TLS_HANDSHAKE_NS);
        connection.giveUpAfterSilence(silenceS);
        return connection;
    }

    private void transmit(Session session, Connection connection, Arena arena) throws IOException {
        counts.connected(session.begin());
        state.connected(connection.peer(), session.protocol());
        link.up("(" + session.protocol() + (session.packs() ? ", lz4)" : ")"));
        if (compresses() && !session.packs()) {
            tellPlain();
        }
        watcher.connected(connection.peer());
        backoff.reset();
        session.run(arena);
    }

    private boolean compresses() {
        return settings.get(TransmitSettings.COMPRESS) == Compression.LZ4;
    }

    private void tellPlain() {
        String what = "the other end cannot decompress: frames are sent uncompressed";
        state.failed(what);
        if (!toldPlain) {
            toldPlain = true;
            LOG.warn("{} to {}: {}", stream, to, what);
        }
    }

    /** Performs the handshake; returns the session that suits the peer. */
    private Session session(Image image, OwnReader own, Connection connection) throws IOException {
        Handshake.Welcome welcome = handshake.introduce(image, connection, compresses());
        if (welcome != null) {
            double fps = settings.get(TransmitSettings.FPS);
            long periodNs = fps > 0 ? Math.round(1e9 / fps) : 0;
            if (shared != null) {
                return new SharedSession(
                        image,
                        connection,
                        shared,
                        waiting,
                        periodNs,
                        counts,
                        control,
                        state,
                        this::isLeaving);
            }
            var pacing = new NativeSession.Pacing(settings.get(TransmitSettings.EVERY), periodNs);
            FrameReader reader = own.get();
            return new NativeSession(
                    image,
                    reader,
                    connection,
                    new FrameWait(reader, waiting, new WriterWatch(image, state, stalls)),
                    pacing,
                    welcome,
                    counts,
                    control,
                    this::isLeaving);
        }
        String refusal = MilkLimits.refusal(image.spec());
        if (refusal != null) {
            throw new UnfitException("the receiver is a C program, and the stream " + refusal);
        }
        String omission = MilkLimits.omission(image.spec());
        if (omission != null && !omission.equals(toldOmission)) {
            toldOmission = omission;
            LOG.warn("stream '{}' {}", image.name(), omission);
        }
        FrameReader reader = own.get();
        return new MilkSession(
                image,
                reader,
                connection,
                new FrameWait(reader, waiting, new WriterWatch(image, state, stalls)),
                wire.variant(),
                counts,
                control,
                this::isLeaving);
    }

    private void lost(IOException e) {
        if (isLeaving()) {
            return;
        }
        if (e instanceof MilkSession.LateAnswerException) {
            handshake.lateAnswer();
        }
        state.become(LinkState.State.WAITING);
        state.failed(reason(e));
        if (e instanceof Handshake.RefusedException || e instanceof UnfitException) {
            link.refused(reason(e));
        } else {
            link.down(reason(e));
        }
        watcher.waiting(reason(e));
        backoff.pause(this::isLeaving);
    }

    private static String reason(IOException e) {
        return e instanceof java.net.UnknownHostException
                ? "unknown host " + e.getMessage()
                : String.valueOf(e.getMessage());
    }
}
