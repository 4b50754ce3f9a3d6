package org.shmimtcp.transmit;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.link.ClockOffset;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HelperThread;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.Message;
import org.shmimtcp.wire.WireException;

/**
 * Receives the peer's messages on another thread than the one that sends, which sleeps until the
 * next frame, while a ping must be time-stamped on arrival. Replies that are due are left here for
 * the sending thread.
 */
final class Answers implements AutoCloseable {
    /** A receiver sends a few messages a second. A flood would occupy a CPU. */
    private static final int MAX_MESSAGES_PER_SECOND = 1000;

    private static final long SECOND_NS = 1_000_000_000L;

    private final Connection connection;
    private final ClockOffset clock;
    private final BooleanSupplier stopped;
    private @Nullable Thread thread;
    private final Clock.Wall wall = new Clock.Wall();
    private volatile boolean ended;
    private volatile @Nullable String lost;
    private volatile long heardNs = Clock.monotonicNs();
    private final AtomicReference<@Nullable Ping> ping = new AtomicReference<>();
    private volatile boolean again;
    private long secondBeganNs;
    private int messagesThisSecond;

    /**
     * A ping that must be answered: its time of sending and of arrival, in TAI ns on the clock of
     * each machine.
     */
    record Ping(long sentNs, long arrivedNs) {}

    Answers(Connection connection, ClockOffset clock, BooleanSupplier stopped) {
        this.connection = connection;
        this.clock = clock;
        this.stopped = stopped;
    }

    /** Receives on a thread of its own until {@link #close}. */
    Answers start() throws ConnectionLostException {
        connection.receiveWithoutTicks();
        thread = HelperThread.start("answers", this::run);
        return this;
    }

    private void run() {
        try {
            hearAll();
        } catch (ConnectionLostException e) {
            lost = String.valueOf(e.getMessage());
        }
    }

    /**
     * Receives until stopped.
     *
     * @throws ConnectionLostException if the connection ended, or the peer does not speak the
     *     protocol
     */
    void hearAll() throws ConnectionLostException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Message.MAX_SMALL_BYTES, 8);
            while (!ended && !stopped.getAsBoolean()) {
                hear(buffer);
            }
        } catch (WireException e) {
            throw new ConnectionLostException(String.valueOf(e.getMessage()));
        }
    }

    private void hear(MemorySegment buffer) throws ConnectionLostException {
        long have = 0;
        long need = Message.HEADER_BYTES;
        while (have < need) {
            have += connection.receive(buffer.address() + have, need - have);
            if (ended || stopped.getAsBoolean()) {
                return;
            }
            if (have >= Message.HEADER_BYTES) {
                need = Message.bytes(buffer, 0, Message.MAX_SMALL_BYTES);
            }
        }
        long arrivedNs = wall.read().ns();
        heardNs = Clock.monotonicNs();
        checkFlood(heardNs);
        int type = Message.type(buffer, 0);
        Message.checkSmall(type, have);
        switch (type) {
            case Message.PING -> ping.set(new Ping(Message.pingSentNs(buffer, 0), arrivedNs));
            case Message.AGAIN -> again = true;
            case Message.PONG ->
                    clock.add(
                            Message.pongPingNs(buffer, 0),
                            Message.pongArrivedNs(buffer, 0),
                            Message.pongSentNs(buffer, 0),
                            arrivedNs);
            case Message.REFUSED ->
                    throw new ConnectionLostException("refused: " + Message.text(buffer, 0, have));
            default -> {} // from a later version; may be ignored
        }
    }

    private void checkFlood(long nowNs) {
        if (nowNs - secondBeganNs >= SECOND_NS) {
            secondBeganNs = nowNs;
            messagesThisSecond = 0;
        }
        if (++messagesThisSecond > MAX_MESSAGES_PER_SECOND) {
            throw new WireException("it floods: " + messagesThisSecond + " messages in a second");
        }
    }

    /** Returns the time at which the receiver was last heard, on the monotonic clock. */
    long heardNs() {
        return heardNs;
    }

    /** Returns why the connection ended; null if it is still up. */
    @Nullable String lost() {
        return lost;
    }

    /** Returns the ping that must be answered, once; null if there is none. */
    @Nullable Ping takePing() {
        return ping.get() == null ? null : ping.getAndSet(null);
    }

    /**
     * Returns true once if the receiver's copy is new and needs the newest frame and all keywords.
     */
    boolean takeAgain() {
        boolean wanted = again;
        if (wanted) {
            again = false;
        }
        return wanted;
    }

    @Override
    public void close() {
        ended = true;
        connection.shutdown();
        Thread hearing = thread;
        try {
            if (hearing != null) {
                hearing.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
