package org.shmimtcp.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.Errno;
import org.shmimtcp.posix.TcpSocket;

/**
 * A TCP connection that moves whole messages and looks up every tick, so that a loop can be
 * stopped, and a silent peer given up.
 *
 * <p>One thread sends and one receives; they may be two. {@link #shutdown} may be called by any
 * other. Who closes it waits for both first.
 */
public abstract class Connection implements AutoCloseable {
    /**
     * The kernel asks after 0 and 1 s, then after 3; a new try, 2 s after this one, asks sooner.
     */
    private static final long CONNECT_TIMEOUT_NS = 1_500_000_000L;

    /** The window that every connection begins with. */
    private static final long LEAST_QUEUE_BYTES = 64 << 10;

    private static final long MOST_QUEUE_BYTES = 1 << 30;

    final TcpSocket socket;
    final BooleanSupplier stopped;
    private final InetSocketAddress remote;
    private final String peer;

    /**
     * @param stopped asked every tick; true ends a call that waits
     */
    Connection(TcpSocket socket, BooleanSupplier stopped) throws IOException {
        this.socket = socket;
        this.stopped = stopped;
        this.remote = socket.remoteAddress();
        this.peer = Endpoint.describe(remote);
    }

    /**
     * Connects.
     *
     * @throws IOException if the name is unknown, nobody listens, or nothing answers for 1.5 s
     */
    public static Connection connect(Endpoint to, BooleanSupplier stopped) throws IOException {
        var address = to.resolve();
        TcpSocket socket = TcpSocket.open(address.getAddress());
        try {
            long deadlineNs = Clock.monotonicNs() + CONNECT_TIMEOUT_NS;
            while (!socket.connect(address)) {
                if (stopped.getAsBoolean() || Clock.monotonicNs() - deadlineNs >= 0) {
                    throw new ConnectionLostException("no answer");
                }
            }
            return new PlainConnection(socket, stopped);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** The other end's address. */
    public final InetAddress remoteAddress() {
        return remote.getAddress();
    }

    /** The other end, {@code 192.168.2.3:51234}. */
    public final String peer() {
        return peer;
    }

    /**
     * Sends all of a message.
     *
     * @param stallNs how long no byte may move before the peer counts as gone
     * @return false if it was stopped; the message is then incomplete and the connection of no use
     * @throws ConnectionLostException if the connection ended
     */
    public abstract boolean send(long address, long bytes, long stallNs)
            throws ConnectionLostException;

    /**
     * Sends of a message what the kernel takes without waiting, perhaps nothing; {@link #send} is
     * for the rest.
     *
     * @return bytes sent
     * @throws ConnectionLostException if the connection ended
     */
    public abstract long sendNow(long address, long bytes) throws ConnectionLostException;

    /** Sends bytes as they are. */
    final boolean sendRaw(long address, long bytes, long stallNs) throws ConnectionLostException {
        long sent = 0;
        long sinceNs = 0;
        while (sent < bytes) {
            long n = socket.send(address + sent, bytes - sent);
            if (n > 0) {
                sent += n;
                sinceNs = 0;
            } else if (n == -Errno.EAGAIN || n == -Errno.EINTR) {
                sinceNs = checkStall(sinceNs, stallNs, "takes no data");
            } else {
                throw lost(n);
            }
            if (sent < bytes && stopped.getAsBoolean()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Receives part of a message: returns when all of it is there, and otherwise once a tick.
     *
     * @return bytes received, 0 if none came in this tick
     * @throws ConnectionLostException if the connection ended
     */
    public abstract long receive(long address, long bytes) throws ConnectionLostException;

    /** True if {@link #receiveNow} does not wait: it does where bytes come coded. */
    public abstract boolean canLook();

    /**
     * Receives what is there, without waiting.
     *
     * @return as {@link #receive}
     */
    public abstract long receiveNow(long address, long bytes) throws ConnectionLostException;

    /** Bytes moved, 0 if there were none, from what a call of the socket returned. */
    static long moved(long result) throws ConnectionLostException {
        if (result > 0) {
            return result;
        }
        if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
            return 0;
        }
        throw lost(result);
    }

    private static long checkStall(long sinceNs, long stallNs, String what)
            throws ConnectionLostException {
        long nowNs = Clock.monotonicNs();
        if (sinceNs == 0) {
            return nowNs;
        }
        if (nowNs - sinceNs >= stallNs) {
            throw new ConnectionLostException(
                    "the other end " + what + " for " + stallNs / 1_000_000_000L + " s");
        }
        return sinceNs;
    }

    static ConnectionLostException lost(long result) {
        return new ConnectionLostException(
                result == 0 ? "the other end closed the connection" : Errno.message((int) -result));
    }

    /**
     * Bounds what the kernel takes in ahead of {@link #receive}: a queue of its 6 MB of small
     * frames would be seconds old when it is read. Before the first message; nothing is lost by it.
     *
     * @param messageBytes of an ordinary message: two of them always have room
     */
    public final void limitReceiveQueue(long messageBytes) {
        long bytes = Math.clamp(2 * messageBytes, LEAST_QUEUE_BYTES, MOST_QUEUE_BYTES);
        socket.limitReceiveQueue((int) bytes);
    }

    /**
     * Has the kernel end the connection when what was sent is not acknowledged for that long. For a
     * peer that never sends anything itself.
     */
    public final void giveUpAfter(long ns) {
        socket.giveUpAfter((int) (ns / 1_000_000L));
    }

    /** How long ago the other end's kernel acknowledged anything, the kernel's probes included. */
    public final long unansweredNs() {
        return socket.unansweredMs() * 1_000_000L;
    }

    /** Has what arrives acknowledged at once, until the next {@link #send}. */
    public final void acknowledgeAtOnce() {
        socket.acknowledgeAtOnce();
    }

    /** True if the other end is gone and nothing it sent is left to read. Of the receiving side. */
    public abstract boolean isPeerGone();

    /**
     * True if the other end has sent something that was not received yet. Of the receiving side.
     */
    public abstract boolean hasInput();

    /**
     * Bytes that arrived and were not received yet, still coded where they are. Of the receiving
     * side.
     */
    public final int unreadBytes() {
        return socket.unreadBytes();
    }

    /** Bytes sent that the other end's kernel has not acknowledged. */
    public final int unacknowledgedBytes() {
        return socket.unacknowledgedBytes();
    }

    /** Makes a call that waits return; may be called by any thread. */
    public final void shutdown() {
        socket.shutdown();
    }

    @Override
    public void close() {
        socket.close();
    }
}
