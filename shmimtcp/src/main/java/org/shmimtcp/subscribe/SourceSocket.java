package org.shmimtcp.subscribe;

import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.wire.MilkzmqHead;
import org.shmimtcp.wire.WireException;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;
import zmq.Msg;
import zmq.SocketBase;

/**
 * ZeroMQ's CLIENT socket, connected to a server of frames. It reconnects by itself. Not
 * thread-safe.
 */
final class SourceSocket implements AutoCloseable {
    /** 64 MiB of pixels, which may grow when compressed, and the head. */
    private static final int MAX_MESSAGE_BYTES = (64 << 20) + (1 << 20);

    private static final int HANDSHAKE_MS = 2_000;

    /**
     * The kernel ends the connection of a server whose machine is gone, after 4 s. ZeroMQ's own
     * heartbeats would end one that takes longer for a frame, because no answer to them arrives
     * meanwhile.
     */
    private static final int KEEPALIVE_S = 1;

    private static final int KEEPALIVE_COUNT = 3;

    /**
     * Period of heartbeats that need no answer in time. JeroMQ keeps the last message until the
     * next one begins: an answer frees the memory of a large frame of a stream that stands still.
     */
    private static final int PING_MS = 2_000;

    /** Time for a frame that has begun to arrive, as {@code shmim publish} gives it. */
    private static final long FRAME_NS = 300_000_000_000L;

    private static final int RECONNECT_MS = 250;
    private static final int RECONNECT_MOST_MS = 2_000;

    private final ZContext context = new ZContext(1);
    private final SocketBase socket;
    private final CountDownLatch connecting = new CountDownLatch(1);
    private volatile int connections;
    private volatile boolean connected;

    /** When the frame began to arrive that was not received yet; 0 if there is none. */
    private volatile long arrivingSinceNs;

    /** Why JeroMQ's thread has ended; null while it runs. */
    private volatile @Nullable Throwable failure;

    /**
     * Starts connecting.
     *
     * @param address IP address; an IPv6 address in brackets
     */
    SourceSocket(String address, int port) {
        context.setUncaughtExceptionHandler((thread, e) -> failure = e);
        context.setLinger(0);
        ZMQ.Socket client = context.createSocket(SocketType.CLIENT);
        client.setMaxMsgSize(MAX_MESSAGE_BYTES);
        client.setHandshakeIvl(HANDSHAKE_MS);
        client.setHeartbeatIvl(PING_MS);
        client.setHeartbeatTimeout(0);
        client.setTCPKeepAlive(1);
        client.setTCPKeepAliveIdle(KEEPALIVE_S);
        client.setTCPKeepAliveInterval(KEEPALIVE_S);
        client.setTCPKeepAliveCount(KEEPALIVE_COUNT);
        client.setReconnectIVL(RECONNECT_MS);
        client.setReconnectIVLMax(RECONNECT_MOST_MS);
        client.setSndHWM(1);
        client.setRcvHWM(1);
        client.setIPv6(true);
        client.setMsgAllocator(this::allocate);
        socket = client.base();
        socket.setEventHook(
                this::happened, zmq.ZMQ.ZMQ_EVENT_CONNECTED | zmq.ZMQ.ZMQ_EVENT_DISCONNECTED);
        client.setSelectorChooser((peer, options) -> provider());
        try {
            client.connect("tcp://" + address + ":" + port);
        } finally {
            connecting.countDown();
        }
    }

    /**
     * Called by JeroMQ's thread before it connects. Waits until {@code connect} has returned.
     * Otherwise the last signal of the connecting thread may arrive together with the end of a fast
     * TCP handshake. JeroMQ then registers the channel for its next use before the key of its last
     * use is gone, finds an invalid key, and never polls the connection.
     */
    private SelectorProvider provider() {
        try {
            if (!connecting.await(HANDSHAKE_MS, TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("connect has not returned");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return SelectorProvider.provider();
    }

    /** Called by JeroMQ's thread when a message begins to arrive. */
    private Msg allocate(int bytes) {
        if (bytes > MilkzmqHead.BYTES) {
            arrivingSinceNs = Math.max(1, Clock.monotonicNs());
        }
        return GuardedMessage.ofLength(bytes);
    }

    /** Called by JeroMQ's thread. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // only that thread writes
    private void happened(zmq.ZMQ.Event event) {
        arrivingSinceNs = 0;
        boolean isNew = event.event == zmq.ZMQ.ZMQ_EVENT_CONNECTED;
        if (isNew) {
            connections++; // before isConnected() is true
        }
        connected = isNew;
    }

    /** True while a connection exists, even if the server has sent nothing yet. */
    boolean isConnected() {
        return connected;
    }

    /** True while a frame is on its way, of which the first bytes have arrived. */
    boolean isArriving() {
        return arrivingSinceNs != 0;
    }

    /** Returns the number of connections made so far. */
    int connections() {
        return connections;
    }

    /** Sends a request; false if the one before has not left yet. */
    boolean send(byte[] request) {
        return socket.send(new Msg(request), zmq.ZMQ.ZMQ_DONTWAIT);
    }

    /**
     * Returns the next message; null if none arrived in time.
     *
     * @throws WireException if the connection cannot be used any more
     * @throws IllegalStateException if JeroMQ's thread has ended
     */
    byte @Nullable [] receive(int timeoutMs) {
        Throwable fatal = failure;
        if (fatal != null) {
            throw new IllegalStateException("the connection's thread has ended", fatal);
        }
        socket.setSocketOpt(zmq.ZMQ.ZMQ_RCVTIMEO, timeoutMs);
        Msg message = socket.recv(0);
        if (message == null) {
            long sinceNs = arrivingSinceNs;
            if (sinceNs != 0 && Clock.monotonicNs() - sinceNs > FRAME_NS) {
                throw new WireException("a frame took too long to arrive");
            }
            return null;
        }
        arrivingSinceNs = 0;
        if (message instanceof GuardedMessage guarded && guarded.fault() != null) {
            throw new WireException(guarded.fault());
        }
        return message.data();
    }

    @Override
    public void close() {
        if (failure == null) { // otherwise it would wait for the thread that has ended
            context.close();
        }
    }
}
