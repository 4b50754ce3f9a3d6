package org.shmimtcp.transmit;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
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
 * Sends the head and finds out what the peer is: a shmimTCP receiver answers, a C receiver never
 * does.
 */
final class Handshake {
    /**
     * A C receiver discards data that arrives before it has created its image and entered its loop.
     */
    private static final long START_NS = 200_000_000L;

    /**
     * A shmimTCP receiver answers within this time, at its first connection and on a busy machine,
     * too: 0.7 s was seen where ten programs wanted each CPU.
     */
    private static final long PAUSE_NS = 1_000_000_000L;

    /**
     * With TLS, the receiver checks the client's certificate after the client has finished its
     * handshake, so its answer takes longer. Recognizing a C receiver behind a TLS proxy therefore
     * takes longer, unless {@link Wire} selects its protocol.
     */
    private static final long TLS_PAUSE_NS = 2_000_000_000L;

    /**
     * A peer that has answered the native protocol before is stopped, or its machine is busy, if it
     * does not answer now.
     */
    private static final long KNOWN_PAUSE_NS = 5_000_000_000L;

    /**
     * After this many unanswered attempts, the peer is taken for a C program started in place of
     * the earlier receiver.
     */
    private static final int KNOWN_TRIES = 3;

    /**
     * After its first message, a receiver may need time to check whether another transmitter is
     * still alive.
     */
    private static final long VERDICT_NS = 5_000_000_000L;

    /** A receiver needs fewer messages than this. */
    private static final int MAX_MESSAGES = 16;

    private static final long SEND_NS = 4_000_000_000L;
    private static final String CLOSED =
            "it closed the connection immediately: it is in use, or refuses this stream; see the"
                    + " receiver's log";

    private final Wire wire;
    private final long pauseNs;
    private final BooleanSupplier stopped;
    private final int instance = ThreadLocalRandom.current().nextInt() | 1;
    private boolean wasNative;
    private int silences;

    /**
     * A shmimTCP receiver accepts the stream.
     *
     * @param receivedCnt0 counter of the last frame of this image that it has; -1 for none
     * @param lz4 true if it wants packed frames
     */
    record Welcome(long receivedCnt0, boolean lz4) {}

    /** The receiver refused the stream; the message gives its reason. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        RefusedException(String reason) {
            super("refused: " + reason);
        }
    }

    /**
     * @param tls true if the connections are encrypted
     */
    Handshake(Wire wire, boolean tls, BooleanSupplier stopped) {
        this.wire = wire;
        this.pauseNs = tls ? TLS_PAUSE_NS : PAUSE_NS;
        this.stopped = stopped;
    }

    /**
     * Introduces an image.
     *
     * @param lz4 true to pack frames if the receiver can expand them
     * @return the receiver's answer in the native protocol; null for the C programs' byte stream
     * @throws RefusedException if the peer refuses the stream
     * @throws IOException if the peer closes the connection
     */
    @Nullable Welcome introduce(Image image, Connection connection, boolean lz4)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            if (!wire.hasHead()) {
                return null;
            }
            MemorySegment buffer = arena.allocate(Message.MAX_SMALL_BYTES, 8);
            MemorySegment.copy(image.head(), 0, buffer, 0, MilkHead.BYTES);
            if (wire.allowsNative()) {
                HeadMarker.put(buffer, instance, lz4 ? HeadMarker.LZ4 : 0);
            }
            connection.send(buffer.address(), MilkHead.BYTES, SEND_NS);
            if (!wire.allowsNative()) {
                Backoff.sleep(START_NS, stopped);
            } else {
                Welcome welcome = awaitWelcome(connection, buffer, lz4);
                if (welcome != null) {
                    wasNative = true;
                    silences = 0;
                    return welcome;
                }
            }
            if (connection.isPeerGone()) {
                throw new ConnectionLostException(CLOSED);
            }
            if (!wire.allowsMilk()) {
                throw new ConnectionLostException(
                        "it does not answer: it is stopped, or a C program, which does not speak"
                                + " the native protocol");
            }
            if (wasNative && ++silences < KNOWN_TRIES) {
                throw new ConnectionLostException("it does not answer");
            }
            wasNative = false;
            silences = 0;
            return null;
        } catch (WireException e) {
            throw new ConnectionLostException("its answer is invalid: " + e.getMessage());
        }
    }

    /** Records that a peer taken for a C program has answered after all. */
    void lateAnswer() {
        wasNative = true;
    }

    private @Nullable Welcome awaitWelcome(Connection connection, MemorySegment buffer, boolean lz4)
            throws IOException {
        long patienceNs = wasNative || !wire.allowsMilk() ? KNOWN_PAUSE_NS : pauseNs;
        long deadlineNs = Clock.monotonicNs() + patienceNs;
        int messages = 0;
        while (!stopped.getAsBoolean() && hear(connection, buffer, deadlineNs)) {
            int type = Message.type(buffer, 0);
            long bytes = Message.bytes(buffer, 0, Message.MAX_SMALL_BYTES);
            Message.checkSmall(type, bytes);
            switch (type) {
                case Message.WELCOME -> {
                    checkVersion(Message.welcomeVersion(buffer, 0));
                    int both = Message.welcomeCapabilities(buffer, 0);
                    return new Welcome(
                            Message.welcomeCnt0(buffer, 0), lz4 && (both & HeadMarker.LZ4) != 0);
                }
                case Message.REFUSED -> throw new RefusedException(Message.text(buffer, 0, bytes));
                default -> { // HOLD
                    if (messages == 0) { // once: later messages do not extend the deadline
                        deadlineNs = Clock.monotonicNs() + VERDICT_NS;
                    }
                    if (++messages > MAX_MESSAGES) {
                        throw new WireException(messages + " messages, none of them a welcome");
                    }
                }
            }
        }
        if (stopped.getAsBoolean()) {
            throw new ConnectionLostException("stopped");
        }
        if (messages > 0) {
            throw new ConnectionLostException(
                    "it answers, but neither accepts nor refuses this" + " stream");
        }
        return null;
    }

    private static void checkVersion(int version) {
        if (version != HeadMarker.VERSION) {
            throw new WireException("version " + version + ", which was not offered");
        }
    }

    /** Receives one message. Returns false after the deadline, or if stopped. */
    private boolean hear(Connection connection, MemorySegment buffer, long deadlineNs)
            throws ConnectionLostException {
        long have = 0;
        long need = Message.HEADER_BYTES;
        while (have < need) {
            try {
                have += connection.receive(buffer.address() + have, need - have);
            } catch (ConnectionLostException e) {
                throw e.isOfTls() ? e : new ConnectionLostException(CLOSED);
            }
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
