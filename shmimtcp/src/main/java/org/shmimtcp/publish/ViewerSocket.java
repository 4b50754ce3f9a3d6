package org.shmimtcp.publish;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.PeerQueue;
import org.shmimtcp.receive.ConnectionRates;
import org.shmimtcp.transport.AddressRange;
import org.shmimtcp.transport.Endpoint;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;
import org.zeromq.ZMQException;
import zmq.Msg;
import zmq.SocketBase;
import zmq.ZError;
import zmq.io.Metadata;

/**
 * ZeroMQ's SERVER socket, to which viewers send requests. Any thread may send; one thread receives.
 *
 * <p>JeroMQ limits the length of a request, the time of a handshake and the number of frames
 * waiting for a client. This class limits the number of connections, and ends those that take no
 * data.
 */
final class ViewerSocket implements AutoCloseable {
    static final int MAX_CONNECTIONS = 256;

    /** Maximum rate of connections from one address. */
    static final int CONNECTIONS_PER_S = 100;

    /** Time for which the address of a client that was ended for its requests is refused. */
    private static final long BAN_NS = 10_000_000_000L;

    /** Maximum number of addresses that are refused at a time. */
    private static final int MAX_BANS = 1024;

    /** More than any name or handshake needs. */
    private static final int MAX_REQUEST_BYTES = 1024;

    private static final int HANDSHAKE_MS = 5_000;
    private static final int LINGER_MS = 300;

    /**
     * The kernel ends the connection of a client whose machine is gone. ZeroMQ's own heartbeats
     * would end one whose line is too thin for a frame in ten seconds, because no answer to them
     * arrives meanwhile.
     */
    private static final int KEEPALIVE_IDLE_S = 10;

    private static final int KEEPALIVE_PERIOD_S = 5;
    private static final int KEEPALIVE_COUNT = 4;

    /** Deadline for the first request on a connection. */
    private static final long FIRST_REQUEST_NS = 10_000_000_000L;

    /**
     * Deadline for taking a frame and requesting the next; a large frame on a thin link is slow.
     */
    private static final long IDLE_NS = 300_000_000_000L;

    /** The same deadline while little memory is left, or all connections are taken. */
    private static final long IDLE_SHORT_NS = 2_000_000_000L;

    /**
     * JeroMQ delivers this in place of a request when a client disconnects. No client can send it,
     * because it is too long for a request.
     */
    private static final byte[] GONE = new byte[MAX_REQUEST_BYTES + 1];

    /** Time from the sign of a request to the first look for it; doubled each time. */
    private static final long FIRST_LOOK_NS = 100_000;

    /** Signs that a client has sent something, which may not be a whole request yet. */
    private final Semaphore signs = new Semaphore(0);

    /** Time until the next look for a request without a sign. Used by the receiving thread only. */
    private long lookNs = FIRST_LOOK_NS;

    private final ZContext context = new ZContext(1);
    private final SocketBase socket;
    private final List<AddressRange> allowed;
    private final ConnectionRates rates = new ConnectionRates(CONNECTIONS_PER_S);
    private final int port;

    /** By address and port of the peer, in the form that JeroMQ attaches to each message. */
    private final Map<String, Viewer> viewers = new ConcurrentHashMap<>();

    private final Map<Integer, Viewer> asking = new ConcurrentHashMap<>();

    /** Until when addresses are refused, on the monotonic clock. */
    private final Map<InetAddress, Long> bans = new ConcurrentHashMap<>();

    private final AtomicLong refused = new AtomicLong();
    private final long mostBytesOnTheWay = Runtime.getRuntime().maxMemory() / 4;

    /** Total size of the messages that clients may not have taken yet. Guarded by this. */
    private long bytesOnTheWay;

    /** Why JeroMQ's thread has ended; null while it runs. */
    private volatile @Nullable Throwable failure;

    /** A message for one or more viewers. */
    static final class Message {
        private final byte[] bytes;

        /** Number of viewers that may not have taken it yet. Guarded by the socket. */
        private int waiting;

        Message(byte[] bytes) {
            this.bytes = bytes;
        }

        int length() {
            return bytes.length;
        }
    }

    /** A connection. */
    private static final class Viewer {
        private final SocketChannel channel;
        private final InetAddress from;
        private final String address;
        private final String shown;
        private final long acceptedNs = Clock.monotonicNs();
        private volatile long heardNs = acceptedNs;

        /** True once it has requested a stream that is published here. */
        private volatile boolean hasAsked;

        /** Guarded by the socket, as are the next three fields. */
        private final PeerQueue queue;

        /** The message that was sent last; null if it has been taken. */
        private @Nullable Message onTheWay;

        /** The message before, which JeroMQ may still hold. */
        private @Nullable Message before;

        /** When the last one was sent. */
        private long sentNs;

        Viewer(SocketChannel channel, InetSocketAddress from) {
            this.channel = channel;
            this.from = from.getAddress();
            // The form that JeroMQ uses.
            this.address = from.getAddress().getHostAddress() + ":" + from.getPort();
            this.shown = Endpoint.describe(from);
            this.queue = new PeerQueue(from);
        }

        /** Closes the connection; JeroMQ notices and removes it. */
        void end() {
            try {
                channel.shutdownInput();
                channel.shutdownOutput();
            } catch (IOException gone) {
                // it is closed already
            }
        }
    }

    /**
     * A client's request for a frame.
     *
     * @param client number of its connection
     * @param name the stream, unchecked; null if the client has disconnected
     */
    record Request(int client, @Nullable String name) {}

    /** Result of sending a message. */
    enum Sent {
        YES,
        /** The client takes no data at present. */
        NOT_NOW,
        GONE
    }

    /**
     * Starts listening.
     *
     * @throws IOException if the port is taken or not permitted, or the address is unknown
     */
    ViewerSocket(@Nullable String bind, int port, List<AddressRange> allowed) throws IOException {
        this.allowed = allowed;
        context.setUncaughtExceptionHandler((thread, e) -> failure = e);
        context.setLinger(LINGER_MS);
        ZMQ.Socket server = context.createSocket(SocketType.SERVER);
        server.setMaxMsgSize(MAX_REQUEST_BYTES);
        server.setHandshakeIvl(HANDSHAKE_MS);
        server.setTCPKeepAlive(1);
        server.setTCPKeepAliveIdle(KEEPALIVE_IDLE_S);
        server.setTCPKeepAliveInterval(KEEPALIVE_PERIOD_S);
        server.setTCPKeepAliveCount(KEEPALIVE_COUNT);
        server.setSndHWM(1);
        server.setRcvHWM(4);
        server.setIPv6(true);
        server.setMsgAllocator(this::allocate);

        socket = server.base();
        socket.setSocketOpt(zmq.ZMQ.ZMQ_DISCONNECT_MSG, GONE);
        socket.setEventHook(
                this::happened, zmq.ZMQ.ZMQ_EVENT_ACCEPTED | zmq.ZMQ.ZMQ_EVENT_DISCONNECTED);
        try {
            server.bind("tcp://" + address(bind) + ":" + (port == 0 ? "*" : port));
        } catch (ZMQException e) {
            context.close();
            throw new IOException(
                    e.getErrorCode() == ZError.EADDRINUSE
                            ? "another process listens there"
                            : String.valueOf(e.getMessage()),
                    e);
        }
        String endpoint = Objects.requireNonNull(server.getLastEndpoint());
        this.port = Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1));
    }

    private static String address(@Nullable String bind) throws IOException {
        if (bind == null) {
            return "*";
        }
        InetAddress at = InetAddress.getByName(bind);
        if (!at.isAnyLocalAddress() && NetworkInterface.getByInetAddress(at) == null) {
            throw new IOException("this machine does not have that address");
        }
        String address = at.getHostAddress();
        return address.contains(":") ? "[" + address + "]" : address;
    }

    int port() {
        return port;
    }

    /** Returns the number of connections that have requested a stream. */
    int clients() {
        return (int) viewers.values().stream().filter(viewer -> viewer.hasAsked).count();
    }

    /** Returns the number of connections that were refused or ended. */
    long refused() {
        return refused.get();
    }

    /** Called by JeroMQ's thread. */
    private void happened(zmq.ZMQ.Event event) {
        if (!(event.arg instanceof SocketChannel channel)) {
            return;
        }
        if (event.event == zmq.ZMQ.ZMQ_EVENT_ACCEPTED) {
            accepted(channel);
        } else {
            viewers.values().stream()
                    .filter(viewer -> viewer.channel.equals(channel))
                    .findFirst()
                    .ifPresent(this::gone);
        }
    }

    private void accepted(SocketChannel channel) {
        InetSocketAddress from;
        try {
            SocketAddress remote = channel.getRemoteAddress();
            if (!(remote instanceof InetSocketAddress internet)) {
                return;
            }
            from = internet;
        } catch (IOException gone) {
            return;
        }
        Viewer viewer = new Viewer(channel, from);
        if (!AddressRange.allow(allowed, from.getAddress())
                || isBanned(from.getAddress())
                || !rates.tryPass(from.getAddress(), Clock.monotonicNs())) {
            refused.incrementAndGet();
            viewer.end();
            return;
        }
        if (viewers.size() >= MAX_CONNECTIONS && !makeRoom()) {
            refused.incrementAndGet();
            viewer.end();
            return;
        }
        viewers.put(viewer.address, viewer);
    }

    private boolean isBanned(InetAddress address) {
        Long untilNs = bans.get(address);
        return untilNs != null && Clock.monotonicNs() - untilNs < 0;
    }

    /**
     * Ends the oldest connection that has requested nothing; failing that, the one that has been
     * taking a frame for longest, as hundreds that never read must not keep others out; failing
     * that, the one that has been silent for longest, as must hundreds that wait for a stream that
     * stands still. A viewer among those connects again, and gets the current frame again.
     *
     * @return false if there is none of these
     */
    private boolean makeRoom() {
        Viewer least = null;
        for (Viewer viewer : viewers.values()) {
            if (!viewer.hasAsked && (least == null || viewer.heardNs - least.heardNs < 0)) {
                least = viewer;
            }
        }
        if (least == null) {
            least = slowest();
        }
        if (least == null) {
            least = mostSilent();
        }
        if (least == null) {
            return false;
        }
        refused.incrementAndGet();
        least.end();
        gone(least);
        return true;
    }

    /** Returns the viewer that has been taking a frame for longest; null if none is slow. */
    private synchronized @Nullable Viewer slowest() {
        Viewer slowest = null;
        for (Viewer viewer : viewers.values()) {
            if (viewer.onTheWay != null
                    && (slowest == null || viewer.sentNs - slowest.sentNs < 0)) {
                slowest = viewer;
            }
        }
        return slowest != null && Clock.monotonicNs() - slowest.sentNs > IDLE_SHORT_NS
                ? slowest
                : null;
    }

    private @Nullable Viewer mostSilent() {
        return viewers.values().stream()
                .min(Comparator.comparingLong(viewer -> viewer.heardNs))
                .filter(viewer -> Clock.monotonicNs() - viewer.heardNs > IDLE_SHORT_NS)
                .orElse(null);
    }

    private void gone(Viewer viewer) {
        viewers.remove(viewer.address, viewer);
        asking.values().remove(viewer);
        taken(viewer);
    }

    /**
     * Returns the next request; null if none arrived in time.
     *
     * @throws IllegalStateException if JeroMQ's thread has ended, and nobody is served any more
     */
    @Nullable Request receive(int timeoutMs) {
        Throwable fatal = failure;
        if (fatal != null) {
            throw new IllegalStateException("the thread of all connections has ended", fatal);
        }
        Msg message = await(timeoutMs);
        if (message == null) {
            return null;
        }
        int client = message.getRoutingId();
        byte[] name = message.data();
        if (Arrays.equals(name, GONE)) {
            Viewer viewer = asking.remove(client);
            if (viewer != null) {
                taken(viewer);
            }
            return new Request(client, null);
        }
        Metadata metadata = message.getMetadata();
        String address = metadata == null ? null : metadata.get(Metadata.PEER_ADDRESS);
        Viewer viewer = address == null ? null : viewers.get(address);
        if (viewer != null) {
            viewer.heardNs = Clock.monotonicNs();
            asking.put(client, viewer);
        }
        // Malformed UTF-8 becomes characters that no name may have.
        return new Request(client, new String(name, StandardCharsets.UTF_8));
    }

    /** Records that a client has requested a stream that is published. */
    void admit(int client) {
        Viewer viewer = asking.get(client);
        if (viewer != null) {
            viewer.hasAsked = true;
        }
    }

    /**
     * Called by JeroMQ's thread for each message that arrives, before it can be received. It takes
     * a length of 2^63 and more for a negative one, which would end that thread.
     */
    private Msg allocate(int bytes) {
        signs.release();
        return new Msg(Math.max(0, bytes));
    }

    /**
     * Waits for a message. JeroMQ's socket keeps its lock while it waits, and would hold up the
     * threads that send frames. Therefore this method waits for a sign instead, then looks for the
     * message again and again, less and less often.
     */
    private @Nullable Msg await(int timeoutMs) {
        long endNs = Clock.monotonicNs() + timeoutMs * 1_000_000L;
        while (true) {
            Msg message = socket.recv(zmq.ZMQ.ZMQ_DONTWAIT);
            long leftNs = endNs - Clock.monotonicNs();
            if (message != null || leftNs <= 0) {
                return message;
            }
            try {
                if (signs.tryAcquire(Math.min(lookNs, leftNs), TimeUnit.NANOSECONDS)) {
                    signs.drainPermits();
                    lookNs = FIRST_LOOK_NS;
                } else {
                    lookNs = Math.min(2 * lookNs, timeoutMs * 1_000_000L);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            }
        }
    }

    private synchronized void taken(Viewer viewer) {
        release(viewer.before);
        release(viewer.onTheWay);
        viewer.before = null;
        viewer.onTheWay = null;
    }

    private void release(@Nullable Message message) {
        if (message != null && --message.waiting == 0) {
            bytesOnTheWay -= message.length();
        }
    }

    /** True if there is memory for another message of this length. */
    synchronized boolean hasRoom(long bytes) {
        return bytesOnTheWay == 0 || bytesOnTheWay + bytes <= mostBytesOnTheWay;
    }

    /**
     * Sends to a client without blocking. A client whose machine has not received the last message
     * takes no data, whether it has repeated its request or not.
     */
    synchronized Sent send(int client, Message message) {
        Viewer viewer = asking.get(client);
        if (viewer == null) {
            return Sent.GONE;
        }
        if (viewer.onTheWay != null && viewer.queue.unacknowledgedBytes() > 0) {
            return Sent.NOT_NOW;
        }
        boolean isNew = message.waiting == 0;
        if (isNew && !hasRoom(message.length())) {
            return Sent.NOT_NOW;
        }
        Sent sent = sendUnnoted(client, message.bytes);
        if (sent == Sent.YES) {
            release(viewer.before); // JeroMQ holds two messages at most
            viewer.before = viewer.onTheWay;
            viewer.onTheWay = message;
            viewer.sentNs = Clock.monotonicNs();
            if (message.waiting++ == 0) {
                bytesOnTheWay += message.length();
            }
        }
        return sent;
    }

    /** Sends to a client without blocking, and does not track whether the client takes it. */
    Sent sendUnnoted(int client, byte[] bytes) {
        Msg message = new Msg(bytes); // wraps the array, which all clients share
        message.setRoutingId(client);
        if (socket.send(message, zmq.ZMQ.ZMQ_DONTWAIT)) {
            return Sent.YES;
        }
        return socket.errno() == ZError.EAGAIN ? Sent.NOT_NOW : Sent.GONE;
    }

    /** True while a client that has requested a stream is connected. */
    boolean knows(int client) {
        return asking.containsKey(client);
    }

    /** Returns the address of a client; null if it has disconnected. */
    @Nullable String address(int client) {
        Viewer viewer = asking.get(client);
        return viewer == null ? null : viewer.shown;
    }

    /** Ends a client's connection, and refuses its address for a while. */
    void end(int client) {
        Viewer viewer = asking.get(client);
        if (viewer != null) {
            if (bans.size() < MAX_BANS) {
                bans.put(viewer.from, Clock.monotonicNs() + BAN_NS);
            }
            refused.incrementAndGet();
            viewer.end();
        }
    }

    /** Ends connections that take no data, and bans that are over. Call once a second. */
    void endIdle() {
        long nowNs = Clock.monotonicNs();
        bans.values().removeIf(untilNs -> nowNs - untilNs >= 0);
        for (Viewer viewer : viewers.values()) {
            if (viewer.hasAsked
                    ? takesTooLong(viewer, nowNs)
                    : nowNs - viewer.acceptedNs > FIRST_REQUEST_NS) {
                refused.incrementAndGet();
                viewer.end();
            }
        }
    }

    /** True if a client has not taken its last message within its deadline. */
    private synchronized boolean takesTooLong(Viewer viewer, long nowNs) {
        if (viewer.onTheWay == null) {
            return false;
        }
        if (viewer.queue.unacknowledgedBytes() == 0) {
            taken(viewer);
            return false;
        }
        boolean isShort = bytesOnTheWay > mostBytesOnTheWay / 2;
        return nowNs - viewer.sentNs > (isShort ? IDLE_SHORT_NS : IDLE_NS);
    }

    /** Ends all connections once sent data has left, or after a fraction of a second. */
    @Override
    public void close() {
        if (failure == null) { // otherwise it would wait for the thread that has ended
            context.close();
        }
    }
}
