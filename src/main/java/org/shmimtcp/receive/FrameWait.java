package org.shmimtcp.receive;

import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.TcpSocket;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;

/** Waits for the first bytes of the next frame. */
final class FrameWait {
    private static final long TICK_NS = TcpSocket.TICK_MS * 1_000_000L;

    private final Connection connection;
    private final boolean spinning;

    FrameWait(Connection connection, Waiting waiting) {
        this.connection = connection;
        this.spinning = waiting == Waiting.SPIN && connection.canLook();
    }

    /** Receives as {@link Connection#receive} does, or less, as soon as anything is there. */
    long receive(long address, long bytes) throws ConnectionLostException {
        if (!spinning) {
            return connection.receive(address, bytes);
        }
        long untilNs = Clock.monotonicNs() + TICK_NS;
        while (true) {
            long received = connection.receiveNow(address, bytes);
            if (received > 0 || Clock.monotonicNs() - untilNs >= 0) {
                return received;
            }
            Thread.onSpinWait();
        }
    }
}
