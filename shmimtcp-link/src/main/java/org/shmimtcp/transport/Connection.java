package org.shmimtcp.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.Errno;
import org.shmimtcp.posix.TcpSocket;

/**
 * A TCP connection that moves whole messages. Blocking calls wake every tick to check whether the
 * loop must stop or the peer has been silent too long.
 *
 * <p>At most one thread sends and one receives; both may be the same thread. Any thread may call
 * {@link #shutdown}. Before closing the connection, wait for both threads.
 */
public abstract class Connection implements AutoCloseable {
    /**
     * The kernel sends SYNs after 0, 1 and 3 s. A new attempt 2 s after the start of this one sends
     * its first SYN sooner than that.
     */
    private static final long CONNECT_TIMEOUT_NS = 1_500_000_000L;

    /** The receive window that every connection starts with. */
    private static final long LEAST_QUEUE_BYTES = 64 << 10;

    /** Less than this would make TCP stop and go. */
    private static final long LEAST_TIGHT_QUEUE_BYTES = 8 << 10;

    private static final long MOST_QUEUE_BYTES = 1 << 30;

    /** Default for {@link #giveUpAfterSilence}, in seconds. */
    public static final int DEFAULT_SILENCE_S = TcpSocket.DEFAULT_SILENCE_S;

    final TcpSocket socket;
    final BooleanSupplier stopped;
    private final InetSocketAddress remote;
    private final String peer;
    private int silenceS = DEFAULT_SILENCE_S;

    /**
     * @param stopped checked every tick; true ends a blocking call
     */
    Connection(TcpSocket socket, BooleanSupplier stopped) throws IOException {
        this.socket = socket;
        this.stopped = stopped;
        this.remote = socket.remoteAddress();
        this.peer = Endpoint.describe(remote);
    }

    /**
     * Connects to an endpoint.
     *
     * @throws IOException if the name is unknown, the connection is refused, or nothing answers for
     *     1.5 s
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

    /** Returns the peer's address. */
    public final InetAddress remoteAddress() {
        return remote.getAddress();
    }

    /** Returns the peer's address and port, for example {@code 192.168.2.3:51234}. */
    public final String peer() {
        return peer;
    }

    /**
     * Sets after how many seconds a silent peer is given up; the kernel then probes for as long.
     * Call it before the sessions start.
     */
    public final void giveUpAfterSilence(int seconds) {
        silenceS = seconds;
        socket.probeFor(seconds);
    }

    /** Returns the time in ns after which a silent peer is given up. */
    public final long silenceNs() {
        return silenceS * 1_000_000_000L;
    }

    /**
     * Sends a whole message.
     *
     * @param stallNs time without progress after which the peer counts as lost
     * @return false if stopped; the message is then incomplete and the connection unusable
     * @throws ConnectionLostException if the connection ended
     */
    public abstract boolean send(long address, long bytes, long stallNs)
            throws ConnectionLostException;

    /**
     * Sends as much of a message as the kernel accepts without blocking, perhaps nothing. Use
     * {@link #send} for the rest.
     *
     * @return number of bytes sent
     * @throws ConnectionLostException if the connection ended
     */
    public abstract long sendNow(long address, long bytes) throws ConnectionLostException;

    /** Sends bytes unencrypted. */
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
     * Receives part of a message. Returns when all requested bytes have arrived, or after one tick.
     *
     * @return number of bytes received; 0 if none arrived in this tick
     * @throws ConnectionLostException if the connection ended
     */
    public abstract long receive(long address, long bytes) throws ConnectionLostException;

    /**
     * Lets {@link #receive} wait until data arrive, without ticks. Its thread ends when another one
     * calls {@link #shutdown}.
     */
    public final void receiveWithoutTicks() throws ConnectionLostException {
        try {
            socket.waitFor(0);
        } catch (IOException e) {
            throw new ConnectionLostException(String.valueOf(e.getMessage()));
        }
    }

    /** True if {@link #receiveNow} does not block. It blocks on an encrypted connection. */
    public abstract boolean canPoll();

    /**
     * Receives what has already arrived, without blocking.
     *
     * @return as {@link #receive}
     */
    public abstract long receiveNow(long address, long bytes) throws ConnectionLostException;

    /** Converts the result of a socket call into the number of bytes moved; 0 if none. */
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
                    "the peer " + what + " for " + stallNs / 1_000_000_000L + " s");
        }
        return sinceNs;
    }

    static ConnectionLostException lost(long result) {
        return new ConnectionLostException(
                result == 0 ? "the peer closed the connection" : Errno.message((int) -result));
    }

    /**
     * Limits how much the kernel buffers ahead of {@link #receive}. Small frames in a full buffer
     * of 6 MB would be seconds old when they are read. Call before the first message; no data is
     * lost.
     *
     * @param messageBytes size of a typical message; two always fit
     */
    public final void limitReceiveQueue(long messageBytes) {
        long bytes = Math.clamp(2 * messageBytes, LEAST_QUEUE_BYTES, MOST_QUEUE_BYTES);
        socket.limitReceiveQueue((int) bytes);
    }

    /**
     * Limits the queue as {@link #limitReceiveQueue}, but for messages whose contents take long in
     * relation to their length: 64 KiB of them would be old.
     */
    public final void tightenReceiveQueue(long messageBytes) {
        long bytes = Math.clamp(2 * messageBytes, LEAST_TIGHT_QUEUE_BYTES, MOST_QUEUE_BYTES);
        socket.limitReceiveQueue((int) bytes);
    }

    /**
     * Makes the kernel end the connection when sent data is not acknowledged for {@code ns}. For
     * peers that never send anything themselves.
     */
    public final void giveUpAfter(long ns) {
        socket.giveUpAfter((int) (ns / 1_000_000L));
    }

    /**
     * Returns the time since the peer's kernel last acknowledged anything, including the kernel's
     * keep-alive probes.
     */
    public final long unansweredNs() {
        return socket.unansweredMs() * 1_000_000L;
    }

    /**
     * Makes the kernel leave acknowledgements to {@link #acknowledge}. Without that, it would send
     * them before {@link #receive} returns, which delays a frame by some microseconds.
     */
    public final void acknowledgeLater() {
        socket.delayAcknowledgements();
    }

    /** Acknowledges what has been received. */
    public final void acknowledge() {
        socket.acknowledge();
    }

    /**
     * True if the peer is gone and all data from it has been read. Call on the receiving thread.
     */
    public abstract boolean isPeerGone();

    /**
     * True if data from the peer has arrived and was not received yet. Call on the receiving
     * thread.
     */
    public abstract boolean hasInput();

    /**
     * Returns the number of bytes that arrived and were not received yet, counted encrypted on an
     * encrypted connection. Call on the receiving thread.
     */
    public final int unreadBytes() {
        return socket.unreadBytes();
    }

    /** Returns the number of bytes sent that the peer's kernel has not acknowledged. */
    public final int unacknowledgedBytes() {
        return socket.unacknowledgedBytes();
    }

    /** Ends blocking calls. Any thread may call this. */
    public final void shutdown() {
        socket.shutdown();
    }

    @Override
    public void close() {
        socket.close();
    }
}
