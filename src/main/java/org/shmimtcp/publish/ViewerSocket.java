package org.shmimtcp.publish;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.transport.AddressRange;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;
import org.zeromq.ZMQException;
import zmq.Msg;
import zmq.SocketBase;
import zmq.ZError;
import zmq.io.Metadata;

/**
 * The port on which viewers ask: ZeroMQ's SERVER socket, and bounds for who comes. Any thread may
 * send; one receives.
 *
 * <p>JeroMQ bounds the length of a request, the time of a handshake and the frames that wait for a
 * client. This class bounds the number of connections, and ends those that take nothing.
 */
final class ViewerSocket implements AutoCloseable {
    static final int MAX_CONNECTIONS = 256;

    /** Longer than any name, and than what a handshake says. */
    private static final int MAX_REQUEST_BYTES = 1024;

    private static final int HANDSHAKE_MS = 5_000;
    private static final int PING_MS = 10_000;
    private static final int LINGER_MS = 300;

    /** To ask for the first time after the connection was made. */
    private static final long FIRST_REQUEST_NS = 10_000_000_000L;

    /** To take a frame and ask for the next: as long as a thin link may need for a large one. */
    private static final long IDLE_NS = 300_000_000_000L;

    /** The same while memory is short. */
    private static final long IDLE_SHORT_NS = 2_000_000_000L;

    /** What a client's end is told with; no name contains it. */
    private static final byte[] GONE = {0};

    private final ZContext context = new ZContext(1);
    private final SocketBase socket;
    private final List<AddressRange> allowed;
    private final int port;

    /** By address and port of the peer, as JeroMQ writes them into each message. */
    private final Map<String, Viewer> viewers = new ConcurrentHashMap<>();

    private final Map<Integer, Viewer> asking = new ConcurrentHashMap<>();
    private final AtomicLong refused = new AtomicLong();
    private final long mostBytesOnTheWay = Runtime.getRuntime().maxMemory() / 4;

    /** Bytes of different messages that may not have been taken yet. Guarded by this. */
    private long bytesOnTheWay;

    /** A message for one or more viewers. */
    static final class Message {
        private final byte[] bytes;

        /** Viewers that may not have taken it yet. Guarded by the socket. */
        private int waiting;

        Message(byte[] bytes) {
            this.bytes = bytes;
        }

        int length() {
            return bytes.length;
        }
    }

    /** Somebody's connection. */
    private static final class Viewer {
        private final SocketChannel channel;
        private final String address;
        private volatile long heardNs = Clock.monotonicNs();
        private volatile boolean hasAsked;

        /** Guarded by the socket. */
        private @Nullable Message onTheWay;

        Viewer(SocketChannel channel, String address) {
            this.channel = channel;
            this.address = address;
        }

        /** JeroMQ notices, and clears up. */
        void end() {
            try {
                channel.shutdownInput();
                channel.shutdownOutput();
            } catch (IOException gone) {
                // that is what was wanted
            }
        }
    }

    /**
     * What a client wants.
     *
     * @param client number of its connection
     * @param name as it says; null if it is gone
     */
    record Request(int client, @Nullable String name) {}

    /** What became of a message. */
    enum Sent {
        YES,
        /** Its client takes nothing at present. */
        NOT_NOW,
        GONE
    }

    /**
     * Listens.
     *
     * @throws IOException if it cannot
     */
    ViewerSocket(@Nullable String bind, int port, List<AddressRange> allowed) throws IOException {
        this.allowed = allowed;
        context.setLinger(LINGER_MS);
        ZMQ.Socket server = context.createSocket(SocketType.SERVER);
        server.setMaxMsgSize(MAX_REQUEST_BYTES);
        server.setHandshakeIvl(HANDSHAKE_MS);
        server.setHeartbeatIvl(PING_MS);
        server.setHeartbeatTimeout(PING_MS);
        server.setSndHWM(1);
        server.setRcvHWM(4);
        server.setIPv6(true);

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
        String address = InetAddress.getByName(bind).getHostAddress();
        return address.contains(":") ? "[" + address + "]" : address;
    }

    int port() {
        return port;
    }

    /** Connections that asked for something. */
    int clients() {
        return (int) viewers.values().stream().filter(viewer -> viewer.hasAsked).count();
    }

    /** Connections that were sent away. */
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
        // As JeroMQ writes it.
        String address = from.getAddress().getHostAddress() + ":" + from.getPort();
        Viewer viewer = new Viewer(channel, address);
        if (!AddressRange.allow(allowed, from.getAddress())) {
            refused.incrementAndGet();
            viewer.end();
            return;
        }
        if (viewers.size() >= MAX_CONNECTIONS && !endOneThatNeverAsked()) {
            refused.incrementAndGet();
            viewer.end();
            return;
        }
        viewers.put(address, viewer);
    }

    /** Makes room among connections that have only been made. */
    private boolean endOneThatNeverAsked() {
        Viewer oldest = null;
        for (Viewer viewer : viewers.values()) {
            if (!viewer.hasAsked && (oldest == null || viewer.heardNs - oldest.heardNs < 0)) {
                oldest = viewer;
            }
        }
        if (oldest == null) {
            return false;
        }
        refused.incrementAndGet();
        oldest.end();
        gone(oldest);
        return true;
    }

    private void gone(Viewer viewer) {
        viewers.remove(viewer.address, viewer);
        asking.values().remove(viewer);
        taken(viewer);
    }

    /** The next request, or null if none came in time. */
    @Nullable Request receive(int timeoutMs) {
        socket.setSocketOpt(zmq.ZMQ.ZMQ_RCVTIMEO, timeoutMs);
        Msg message = socket.recv(0);
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
            viewer.hasAsked = true;
            asking.put(client, viewer);
            taken(viewer); // who asks has taken what was sent before
        }
        // What is no text gets characters that no name may have.
        return new Request(client, new String(name, StandardCharsets.UTF_8));
    }

    private synchronized void taken(Viewer viewer) {
        Message message = viewer.onTheWay;
        if (message != null) {
            viewer.onTheWay = null;
            if (--message.waiting == 0) {
                bytesOnTheWay -= message.length();
            }
        }
    }

    /** Sends to a client without waiting for anything. */
    synchronized Sent send(int client, Message message) {
        Viewer viewer = asking.get(client);
        if (viewer == null) {
            return Sent.GONE;
        }
        boolean isNew = message.waiting == 0;
        boolean isRoom =
                bytesOnTheWay == 0 || bytesOnTheWay + message.length() <= mostBytesOnTheWay;
        if (isNew && !isRoom) {
            return Sent.NOT_NOW;
        }
        Sent sent = sendUnnoted(client, message.bytes);
        if (sent == Sent.YES) {
            taken(viewer);
            viewer.onTheWay = message;
            if (message.waiting++ == 0) {
                bytesOnTheWay += message.length();
            }
        }
        return sent;
    }

    /** Sends to a client without waiting for anything; nobody asks whether it is taken. */
    Sent sendUnnoted(int client, byte[] bytes) {
        Msg message = new Msg(bytes); // wraps the array, for all clients
        message.setRoutingId(client);
        if (socket.send(message, zmq.ZMQ.ZMQ_DONTWAIT)) {
            return Sent.YES;
        }
        return socket.errno() == ZError.EAGAIN ? Sent.NOT_NOW : Sent.GONE;
    }

    /** True while a client that asked is connected. */
    boolean knows(int client) {
        return asking.containsKey(client);
    }

    /** Ends a client's connection. */
    void end(int client) {
        Viewer viewer = asking.get(client);
        if (viewer != null) {
            refused.incrementAndGet();
            viewer.end();
        }
    }

    /** Ends connections that take nothing. To be called once a second. */
    void look() {
        long nowNs = Clock.monotonicNs();
        for (Viewer viewer : viewers.values()) {
            long quietNs = nowNs - viewer.heardNs;
            if (viewer.hasAsked ? quietNs > patienceNs(viewer) : quietNs > FIRST_REQUEST_NS) {
                refused.incrementAndGet();
                viewer.end();
            }
        }
    }

    /** With a client that waits for its frame there is patience without end. */
    private synchronized long patienceNs(Viewer viewer) {
        if (viewer.onTheWay == null) {
            return Long.MAX_VALUE;
        }
        return bytesOnTheWay > mostBytesOnTheWay / 2 ? IDLE_SHORT_NS : IDLE_NS;
    }

    /** Ends all connections, after what was sent is on its way or a fraction of a second. */
    @Override
    public void close() {
        context.close();
    }
}
