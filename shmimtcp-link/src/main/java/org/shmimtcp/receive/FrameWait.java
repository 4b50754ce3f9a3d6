package org.shmimtcp.receive;

import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.TcpSocket;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;

/** Waits for the start of the next frame, and for the rest of it. */
final class FrameWait {
    private static final long TICK_NS = TcpSocket.TICK_MS * 1_000_000L;

    /**
     * Part of a long message received in one call, so that its checksum is computed while it is in
     * the cache.
     */
    private static final long PIECE_BYTES = 128 << 10;

    /** Approximate cost of sleeping and being woken on a sleeping core. */
    private static final long POLL_NS = 40_000;

    private final Connection connection;
    private final boolean spinning;
    private boolean slow;

    FrameWait(Connection connection, Waiting waiting) {
        this.connection = connection;
        this.spinning = waiting == Waiting.SPIN && connection.canPoll();
    }

    /**
     * Receives like {@link Connection#receive}, but may return as soon as some bytes have arrived.
     */
    long receive(long address, long bytes) throws ConnectionLostException {
        slow = !connection.canPoll();
        if (!spinning) {
            return connection.receive(address, Math.min(bytes, PIECE_BYTES));
        }
        return poll(address, bytes, TICK_NS);
    }

    /**
     * Receives more of a message that has begun. Polls for the rest of a long message while it
     * keeps arriving, because sleeping between its pieces would take longer than they do.
     */
    long receiveRest(long address, long bytes) throws ConnectionLostException {
        long piece = Math.min(bytes, PIECE_BYTES);
        if (!slow) {
            long received = poll(address, piece, POLL_NS);
            if (received > 0) {
                return received;
            }
            slow = true;
        }
        return connection.receive(address, piece);
    }

    @SuppressWarnings("ThreadPriorityCheck") // only a hint; nothing relies on it
    private long poll(long address, long bytes, long timeoutNs) throws ConnectionLostException {
        long untilNs = Clock.monotonicNs() + timeoutNs;
        while (true) {
            long received = connection.receiveNow(address, bytes);
            if (received > 0 || Clock.monotonicNs() - untilNs >= 0) {
                return received;
            }
            Thread.yield(); // the transmitter may be running on this core
        }
    }
}
