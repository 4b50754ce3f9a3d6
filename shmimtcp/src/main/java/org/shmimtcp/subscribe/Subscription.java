package org.shmimtcp.subscribe;

import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LinkLog;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.link.Protocol;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.receive.FrameSink;
import org.shmimtcp.wire.MilkzmqHead;
import org.shmimtcp.wire.WireException;
import org.shmimtcp.xrif.XrifException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Requests one stream of a server frame by frame and publishes it here, until it is stopped. */
public final class Subscription implements LinkEnd {
    private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);

    private static final int TICK_MS = 50;

    /** Time after which a request is repeated, because milkzmqServer sometimes loses one. */
    private static final long ASK_AGAIN_NS = 1_000_000_000;

    /** Pause after a hang-up or a bad frame; the next one is probably no better. */
    private static final long REST_NS = 1_000_000_000;

    /** JeroMQ may stop reconnecting, and the host's address may change: a new socket follows. */
    private static final long NEW_SOCKET_NS = 3_000_000_000L;

    /** Time after which a server that has never sent a frame is doubted. */
    private static final long DOUBT_NS = 5_000_000_000L;

    private static final int LINES_AT_ONCE = 5;

    /** Limit for a frame, because frames are kept in memory. */
    private static final long MAX_PIXEL_BYTES = 64L << 20;

    private final SubscribeSettings settings;
    private final String name;
    private final String local;
    private final byte[] request;
    private final Control control = new Control();
    private final LinkState state;
    private final LinkLog log;
    private final LimitedLog refusals = new LimitedLog(LOG::warn, LINES_AT_ONCE);
    private final FrameSink sink;

    private volatile boolean stopping;
    private volatile boolean restarting;

    private final Expander expander;

    private boolean up;
    private boolean asked;
    private long askedNs;

    /**
     * @param name name of the stream at the server
     * @param local its name here
     */
    public Subscription(SubscribeSettings settings, String name, String local) {
        this(settings, name, local, new Expander());
    }

    private Subscription(SubscribeSettings settings, String name, String local, Expander expander) {
        this.settings = settings;
        this.expander = expander;
        this.name = name;
        this.local = local;
        this.request = name.getBytes(StandardCharsets.UTF_8);
        this.state = new LinkState(LinkState.State.WAITING, settings.server(), control);
        this.log = new LinkLog(local + " from " + settings.server());
        this.sink =
                new FrameSink(
                        settings.directory(),
                        local,
                        settings.onLoss(),
                        settings.sameCounter(),
                        state,
                        this::isStopping);
    }

    /** Returns the subscriptions of one process, which share what large frames need. */
    public static List<Subscription> all(SubscribeSettings settings, List<NamedCopy> copies) {
        Expander shared = new Expander();
        return copies.stream()
                .map(one -> new Subscription(settings, one.name(), one.local(), shared))
                .toList();
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

    private boolean isLeaving() {
        return stopping || restarting;
    }

    @Override
    public Control control() {
        return control;
    }

    @Override
    public Traffic traffic() {
        return new Traffic(
                local,
                state.now().state().text(),
                sink.published() + sink.skipped(),
                sink.published(),
                sink.bytes(),
                sink.skipped(),
                "repeated=" + sink.repeated() + " damaged=" + sink.damagedMessages());
    }

    @Override
    public Link link() {
        return glance();
    }

    @Override
    public Link glance() {
        return new Link(
                Role.SUBSCRIBER,
                traffic(),
                settings.port(),
                false,
                state.now(),
                sink.repeated(),
                sink.damagedMessages(),
                0,
                sink.connections(),
                null,
                null,
                sink.clock());
    }

    @Override
    public void run() {
        control.beginsOn(Processes.ownThreadId());
        Backoff backoff = new Backoff();
        try (sink) {
            while (!stopping) {
                restarting = false;
                backoff.begin();
                try (SourceSocket socket = new SourceSocket(address(), settings.port())) {
                    follow(socket);
                    if (restarting) {
                        failed("restarted here on request");
                    }
                } catch (UnknownHostException e) {
                    failed("unknown host " + settings.host());
                } catch (WireException e) { // the connection is out of step
                    refuse(String.valueOf(e.getMessage()));
                    failed(String.valueOf(e.getMessage()));
                }
                backoff.pause(this::isStopping);
                checkCopy();
            }
        }
        state.become(LinkState.State.STOPPED);
    }

    private String address() throws UnknownHostException {
        String address = InetAddress.getByName(settings.host()).getHostAddress();
        return address.contains(":") ? "[" + address + "]" : address;
    }

    private void follow(SourceSocket socket) {
        int connection = 0;
        boolean wasConnected = false;
        long beganNs = Clock.monotonicNs();
        asked = false;
        long connectedNs = Clock.monotonicNs();
        long leftNs = connectedNs;
        while (!isLeaving()) {
            if (socket.isConnected()) {
                connectedNs = Clock.monotonicNs();
            } else if (Clock.monotonicNs() - connectedNs > NEW_SOCKET_NS) {
                return;
            }
            checkCopy();
            refusals.flush();
            if (socket.connections() != connection) {
                connection = socket.connections();
                leftNs = Clock.monotonicNs();
                asked = false; // the last request went to the old connection
            }
            if (wasConnected && !socket.isConnected()) {
                failed("the server has closed the connection, or is gone");
            } else if (!up && Clock.monotonicNs() - connectedNs > ASK_AGAIN_NS) {
                log.down("no connection");
            } else if (!up && !socket.isArriving() && Clock.monotonicNs() - beganNs > DOUBT_NS) {
                String doubt = "connected, but no frame of '" + name + "': is that its name there?";
                state.failed(doubt);
                log.down(doubt);
            }
            wasConnected = socket.isConnected();
            if (control.isHeld() && !control.hasStep()) {
                Backoff.sleep(TICK_MS * 1_000_000L, this::isLeaving);
                continue;
            }
            control.takeRelease();
            long nowNs = Clock.monotonicNs();
            // The answer may take longer than a second to arrive; a second one would follow it.
            boolean silent = nowNs - askedNs >= ASK_AGAIN_NS && !socket.isArriving();
            if (socket.isConnected() && (!asked || silent)) {
                if (socket.send(request)) {
                    leftNs = nowNs;
                } else if (nowNs - leftNs > NEW_SOCKET_NS) {
                    failed("the server does not complete the handshake, or reads nothing");
                    return;
                }
                asked = true;
                askedNs = nowNs;
            }
            byte[] message = socket.receive(TICK_MS);
            if (message != null) {
                asked = false;
                take(message);
            }
        }
    }

    /** Follows the copy if another program re-created it. What it found may be unusable. */
    private void checkCopy() {
        try {
            sink.checkCopy();
        } catch (ImageException e) {
            refuse(String.valueOf(e.getMessage()));
        }
    }

    private void take(byte[] message) {
        if (MilkzmqHead.isHangUp(message)) {
            failed("the server is stopping, or has lost or re-created the stream");
            Backoff.sleep(REST_NS, this::isLeaving);
            return;
        }
        try {
            MilkzmqHead head = MilkzmqHead.read(message, MAX_PIXEL_BYTES);
            if (!head.name().equals(name)) {
                throw new WireException(
                        "a frame of '" + head.name() + "', which was not requested");
            }
            if (head.cnt0() == 0) {
                return; // nobody has written this image yet
            }
            if (sink.isOwn(head.cnt0(), head.seconds(), head.nanos())) {
                throw new WireException(
                        "it is a frame of the copy itself: the server publishes '"
                                + local
                                + "' from here; give the copy another name (NAME/LOCAL)");
            }
            if (head.compressed()) {
                expander.expand(head, message, pixels -> publishIfFree(head, pixels));
            } else {
                publishIfFree(head, MemorySegment.ofArray(message).asSlice(MilkzmqHead.BYTES));
            }
        } catch (WireException | XrifException e) {
            sink.damaged();
            refuse(String.valueOf(e.getMessage()));
            Backoff.sleep(REST_NS, this::isLeaving);
        } catch (OutOfMemoryError e) {
            sink.damaged();
            refuse("a frame for which there is not enough memory");
            Backoff.sleep(REST_NS, this::isLeaving);
        } catch (ImageException e) {
            refuse(String.valueOf(e.getMessage()));
            Backoff.sleep(REST_NS, this::isLeaving);
        }
    }

    private void publishIfFree(MilkzmqHead head, MemorySegment pixels) {
        if (control.isFree() || control.takeStep()) {
            up();
            publish(head, pixels);
        }
    }

    private void publish(MilkzmqHead head, MemorySegment pixels) {
        boolean timed = head.hasWriteTime();
        sink.publish(
                head.spec().withName(local),
                pixels,
                head.cnt0(),
                timed ? head.seconds() : 0,
                timed ? head.nanos() : 0);
    }

    private void up() {
        if (!up) {
            up = true;
            state.connected(settings.server(), Protocol.MILKZMQ);
            sink.connected();
            log.up("(milkzmq)");
        }
    }

    private void failed(String reason) {
        if (up) {
            sink.lost();
        }
        up = false;
        state.become(LinkState.State.WAITING);
        state.failed(reason);
        log.down(reason);
    }

    private void refuse(String reason) {
        state.failed(reason);
        refusals.add("'" + name + "' from " + settings.server() + " refused: " + reason);
    }
}
