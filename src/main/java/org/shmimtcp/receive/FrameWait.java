package org.shmimtcp.receive;

import org.shmimtcp.loop.Anticipation;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.TcpSocket;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;

/** Waits for the first bytes of the next frame. */
final class FrameWait {
    private static final long TICK_NS = TcpSocket.TICK_MS * 1_000_000L;

    /** Of longer frames the time on the way matters more than that of waking. */
    private static final long LONGEST_FRAME_BYTES = 64 << 10;

    private final Connection connection;
    private final Waiting waiting;
    private final Anticipation anticipation = new Anticipation();

    FrameWait(Connection connection, Waiting waiting, long frameBytes) {
        this.connection = connection;
        boolean look = connection.canLook();
        boolean anticipate = waiting == Waiting.AUTO && frameBytes <= LONGEST_FRAME_BYTES;
        this.waiting = look && (anticipate || waiting == Waiting.SPIN) ? waiting : Waiting.BLOCK;
    }

    /** Receives as {@link Connection#receive} does, or less, as soon as anything is there. */
    long receive(long address, long bytes) throws ConnectionLostException {
        return switch (waiting) {
            case BLOCK -> connection.receive(address, bytes);
            case SPIN -> look(address, bytes, Clock.monotonicNs() + TICK_NS);
            case AUTO -> anticipate(address, bytes);
        };
    }

    /** Takes in that the first bytes of a frame came. */
    void arrived(long nowNs) {
        if (waiting == Waiting.AUTO) {
            anticipation.arrived(nowNs);
        }
    }

    private long anticipate(long address, long bytes) throws ConnectionLostException {
        long fromNs = anticipation.fromNs();
        if (fromNs != Long.MAX_VALUE) {
            long leftNs = fromNs - Clock.monotonicNs();
            boolean early = leftNs > 0 && leftNs < TICK_NS && connection.awaitInput(leftNs);
            long received = early ? 0 : look(address, bytes, anticipation.untilNs());
            if (received > 0) {
                return received;
            }
        }
        return connection.receive(address, bytes);
    }

    private long look(long address, long bytes, long untilNs) throws ConnectionLostException {
        while (true) {
            long received = connection.receiveNow(address, bytes);
            if (received > 0 || Clock.monotonicNs() - untilNs >= 0) {
                return received;
            }
            Thread.onSpinWait();
        }
    }
}
