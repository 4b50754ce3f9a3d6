package org.shmimtcp.receive;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.posix.TcpSocket;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.transport.Listener;
import org.shmimtcp.wire.MilkHead;
import org.shmimtcp.wire.WireException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Meets whoever connects, on ordinary threads: a visitor that says nothing, or nonsense, costs the
 * receiver's loop no time. One transmitter at a time gets through to {@link #next}.
 */
final class Reception implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reception.class);

    /** Time for a visitor to say all of its head. */
    private static final long HEAD_TIMEOUT_NS = 5_000_000_000L;

    private static final long HAND_OVER_NS = 1_000_000_000L;

    /**
     * Time for the loop to be done with the transmitter before this one, often the same that comes
     * back at once; shorter than a transmitter's pause before it believes that it is connected.
     */
    private static final long TURN_OVER_NS = 100_000_000L;

    private static final int MAX_VISITORS = 16;

    private final Listener listener;
    private final long maxImageBytes;
    private final Semaphore visitors = new Semaphore(MAX_VISITORS);
    private final SynchronousQueue<Offer> offers = new SynchronousQueue<>();
    private final LongAdder refused = new LongAdder(); // by several threads at once
    private final BooleanSupplier stopped;
    private final Thread acceptor;
    private volatile boolean closed;
    private volatile @Nullable String served;

    Reception(Listener listener, long maxImageBytes, BooleanSupplier stopped) {
        this.listener = listener;
        this.maxImageBytes = maxImageBytes;
        this.stopped = stopped;
        this.acceptor = Thread.ofPlatform().daemon().name("accept").start(this::accept);
    }

    /** Visitors sent away. */
    long refused() {
        return refused.sum();
    }

    /** The next transmitter to serve, or null if none came within a tick. */
    @Nullable Offer next() {
        served = null;
        try {
            Offer offer = offers.poll(TcpSocket.TICK_MS, TimeUnit.MILLISECONDS);
            if (offer != null) {
                served = offer.connection().peer() + " with stream " + offer.source().name();
            }
            return offer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private boolean isOver() {
        return closed || stopped.getAsBoolean();
    }

    private void accept() {
        while (!isOver()) {
            try {
                Connection visitor = listener.accept(this::isOver);
                if (visitor != null) {
                    meet(visitor);
                }
            } catch (IOException e) { // out of descriptors, say: it may pass
                LOG.warn("cannot accept a connection: {}", e.getMessage());
                Backoff.sleep(1_000_000_000L, this::isOver);
            }
        }
    }

    private void meet(Connection visitor) {
        if (!visitors.tryAcquire()) {
            refuse(visitor, "too many visitors at once");
            return;
        }
        Thread.ofPlatform()
                .daemon()
                .name("meet " + visitor.peer())
                .start(() -> {
                    try {
                        hear(visitor);
                    } finally {
                        visitors.release();
                    }
                });
    }

    private void hear(Connection visitor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment head = arena.allocate(MilkHead.BYTES, 8);
            if (!visitor.receiveAll(head.address(), MilkHead.BYTES, HEAD_TIMEOUT_NS)) {
                visitor.close();
                return;
            }
            ImageSpec source = MilkHead.parse(head, maxImageBytes);
            long cnt0 = MetadataLayout.cnt0Acquire(head);
            hand(new Offer(visitor, source, cnt0, Offer.Identity.of(head)));
        } catch (WireException | ConnectionLostException e) {
            refuse(visitor, e.getMessage());
        }
    }

    /** To the loop, if it is free; its own look for the next offer is a tick away at most. */
    private void hand(Offer offer) {
        boolean taken = false;
        try {
            long patienceNs = served == null ? HAND_OVER_NS : TURN_OVER_NS;
            taken = offers.offer(offer, patienceNs, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!taken) {
            String name = offer.source().name();
            refuse(offer.connection(), "'" + name + "' while the port is used by " + served);
        }
    }

    private void refuse(Connection visitor, @Nullable String reason) {
        refused.increment();
        LOG.warn("refused {}: {}", visitor.peer(), reason);
        visitor.close();
    }

    /** Waits for the accepting thread first: the socket's number may soon be another's. */
    @Override
    public void close() {
        closed = true;
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        listener.close();
    }
}
