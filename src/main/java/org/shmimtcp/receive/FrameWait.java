package org.shmimtcp.receive;

import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.TcpSocket;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;

/** Waits for the first bytes of the next frame, and for the rest of it. */
final class FrameWait {
    private static final long TICK_NS = TcpSocket.TICK_MS * 1_000_000L;

    /** Taken in at once of a long message, to be looked at while it is in the cache. */
    private static final long PIECE_BYTES = 128 << 10;

    /** What sleeping, and being woken on a core that sleeps, costs. */
    private static final long LOOK_NS = 40_000;

    private final Connection connection;
    private final boolean spinning;
    private boolean slow;

    FrameWait(Connection connection, Waiting waiting) {
        this.connection = connection;
        this.spinning = waiting == Waiting.SPIN && connection.canLook();
    }

    /** Receives as {@link Connection#receive} does, or less, as soon as anything is there. */
    long receive(long address, long bytes) throws ConnectionLostException {
        slow = !connection.canLook();
        if (!spinning) {
            return connection.receive(address, Math.min(bytes, PIECE_BYTES));
        }
        return look(address, bytes, TICK_NS);
    }

    /**
     * Receives more of a message that has begun. The rest of a long one is on its way: it is looked
     * out for, as long as it keeps coming; to sleep between its pieces would take longer than they
     * do.
     */
    long receiveRest(long address, long bytes) throws ConnectionLostException {
        long piece = Math.min(bytes, PIECE_BYTES);
        if (!slow) {
            long received = look(address, piece, LOOK_NS);
            if (received > 0) {
                return received;
            }
            slow = true;
        }
        return connection.receive(address, piece);
    }

    @SuppressWarnings("ThreadPriorityCheck") // yielding is a courtesy here, nothing relies on it
    private long look(long address, long bytes, long timeoutNs) throws ConnectionLostException {
        long untilNs = Clock.monotonicNs() + timeoutNs;
        while (true) {
            long received = connection.receiveNow(address, bytes);
            if (received > 0 || Clock.monotonicNs() - untilNs >= 0) {
                return received;
            }
            Thread.yield(); // the transmitter may be on this very core
        }
    }
}
