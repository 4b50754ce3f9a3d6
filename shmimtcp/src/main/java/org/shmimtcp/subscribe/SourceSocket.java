package org.shmimtcp.subscribe;

import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
    private static final int PING_MS = 1_000;
    private static final int SILENCE_MS = 4_000;
    private static final int RECONNECT_MS = 250;
    private static final int RECONNECT_MOST_MS = 2_000;

    private final ZContext context = new ZContext(1);
    private final SocketBase socket;
    private final CountDownLatch connecting = new CountDownLatch(1);
    private volatile int connections;
    private volatile boolean connected;

    /**
     * Starts connecting.
     *
     * @param address IP address; an IPv6 address in brackets
     */
    SourceSocket(String address, int port) {
        context.setLinger(0);
        ZMQ.Socket client = context.createSocket(SocketType.CLIENT);
        client.setMaxMsgSize(MAX_MESSAGE_BYTES);
        client.setHandshakeIvl(HANDSHAKE_MS);
        client.setHeartbeatIvl(PING_MS);
        client.setHeartbeatTimeout(SILENCE_MS);
        client.setReconnectIVL(RECONNECT_MS);
        client.setReconnectIVLMax(RECONNECT_MOST_MS);
        client.setSndHWM(1);
        client.setRcvHWM(1);
        client.setIPv6(true);
        client.setMsgAllocator(new GuardedMessage.Allocator());
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

    /** Called by JeroMQ's thread. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // only that thread writes
    private void happened(zmq.ZMQ.Event event) {
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
     * @throws WireException if it has several parts
     */
    byte @Nullable [] receive(int timeoutMs) {
        socket.setSocketOpt(zmq.ZMQ.ZMQ_RCVTIMEO, timeoutMs);
        Msg message = socket.recv(0);
        if (message == null) {
            return null;
        }
        if (message instanceof GuardedMessage guarded && guarded.isPart()) {
            throw new WireException("a message of several parts");
        }
        return message.data();
    }

    @Override
    public void close() {
        context.close();
    }
}
