package org.shmimtcp.transmit;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.shmimtcp.image.Image;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.HeadMarker;
import org.shmimtcp.wire.Message;
import org.shmimtcp.wire.MilkHead;
import org.shmimtcp.wire.WireException;

/**
 * Sends the head and finds out who is at the other end: one of ours answers, a C receiver never
 * does.
 */
final class Handshake {
    /**
     * A C receiver throws away what arrives before it has made its image and entered its loop; one
     * of ours answers well within that time.
     */
    private static final long PAUSE_NS = 200_000_000L;

    /** One of ours that answered before may be stopped or busy: it is not taken for a C program. */
    private static final long KNOWN_PAUSE_NS = 2_000_000_000L;

    /** After its first sign, a receiver may have to look whether somebody else is still alive. */
    private static final long VERDICT_NS = 5_000_000_000L;

    private static final long SEND_NS = 4_000_000_000L;
    private static final String CLOSED =
            "it closed the connection at once: in use, or it refuses this stream; see what the"
                    + " receiver says";

    private final Wire wire;
    private final BooleanSupplier stopped;
    private final long instance = ThreadLocalRandom.current().nextLong();
    private boolean wasNative;

    Handshake(Wire wire, BooleanSupplier stopped) {
        this.wire = wire;
        this.stopped = stopped;
    }

    /**
     * Introduces an image.
     *
     * @return true to speak our own protocol, false for the C programs' byte stream
     * @throws ConnectionLostException if the other end closes, or refuses
     */
    boolean introduce(Image image, Connection connection) throws ConnectionLostException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Message.MAX_SMALL_BYTES, 8);
            MemorySegment.copy(image.head(), 0, buffer, 0, MilkHead.BYTES);
            if (wire.allowsNative()) {
                HeadMarker.put(buffer, instance);
            }
            connection.send(buffer.address(), MilkHead.BYTES, SEND_NS);
            if (!wire.allowsNative()) {
                Backoff.sleep(PAUSE_NS, stopped);
            } else if (isAnswered(connection, buffer)) {
                wasNative = true;
                return true;
            }
            if (connection.isPeerGone()) {
                throw new ConnectionLostException(CLOSED);
            }
            if (!wire.allowsMilk()) {
                throw new ConnectionLostException(
                        "it does not answer: a C program (see --wire), or stopped");
            }
            return false;
        } catch (WireException e) {
            throw new ConnectionLostException("it answers nonsense: " + e.getMessage());
        }
    }

    /** Told that a receiver spoke up that had been taken for a C program. */
    void lateAnswer() {
        wasNative = true;
    }

    private boolean isAnswered(Connection connection, MemorySegment buffer)
            throws ConnectionLostException {
        long patienceNs = wasNative || !wire.allowsMilk() ? KNOWN_PAUSE_NS : PAUSE_NS;
        boolean first = true;
        while (hear(connection, buffer, patienceNs)) {
            switch (Message.type(buffer, 0)) {
                case Message.WELCOME -> {
                    return true;
                }
                case Message.REFUSED -> {
                    long bytes = Message.bytes(buffer, 0, Message.MAX_SMALL_BYTES);
                    throw new ConnectionLostException("refused: " + Message.text(buffer, 0, bytes));
                }
                default -> {
                    patienceNs = VERDICT_NS; // HOLD
                    first = false;
                }
            }
        }
        if (!first) {
            throw new ConnectionLostException("it answers, but does not make up its mind");
        }
        return false;
    }

    /** Takes in one message; false if none came in time. */
    private boolean hear(Connection connection, MemorySegment buffer, long patienceNs)
            throws ConnectionLostException {
        long deadlineNs = Clock.monotonicNs() + patienceNs;
        long have = 0;
        long need = Message.HEADER_BYTES;
        while (have < need) {
            have += connection.receive(buffer.address() + have, need - have);
            if (have >= Message.HEADER_BYTES) {
                need = Message.bytes(buffer, 0, Message.MAX_SMALL_BYTES);
            }
            if (have < need && (stopped.getAsBoolean() || Clock.monotonicNs() - deadlineNs >= 0)) {
                return false;
            }
        }
        return true;
    }
}
