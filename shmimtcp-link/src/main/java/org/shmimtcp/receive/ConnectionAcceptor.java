package org.shmimtcp.receive;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.TcpSocket;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.transport.Listener;
import org.shmimtcp.wire.HeadMarker;
import org.shmimtcp.wire.Message;
import org.shmimtcp.wire.Milk3Prefix;
import org.shmimtcp.wire.MilkHead;
import org.shmimtcp.wire.WireException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears transmitters on ordinary threads, so that a silent or malformed one costs the receiver's
 * loop no time. One transmitter at a time passes to {@link #next}.
 */
final class ConnectionAcceptor implements OfferSource {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionAcceptor.class);

    /**
     * Time within which the transmitter being served must send something when another one connects:
     * more than two of its heartbeats.
     */
    private static final long VERDICT_NS = 2_500_000_000L;

    private static final long POLL_MS = 20;
    private static final long ANSWER_NS = 1_000_000_000L;

    private final Listener listener;
    private final Wire wire;
    private final AdmissionRules rules;
    private final Reception reception;
    private final SynchronousQueue<IncomingStream> offers = new SynchronousQueue<>(true); // fair

    /** Number of waiting visitors that have sent more than a head. */
    private final AtomicInteger backedWaiting = new AtomicInteger();

    private volatile @Nullable Served served;

    ConnectionAcceptor(
            Listener listener, Wire wire, AdmissionRules rules, BooleanSupplier stopped) {
        this.listener = listener;
        this.wire = wire;
        this.rules = rules;
        this.reception = new Reception(listener, rules, this::meet, stopped);
        reception.start();
    }

    @Override
    public void announce(ImageDirectory directory) {
        LOG.info("listening on {}, streams go to {}", listener.address(), directory.path());
        if (rules.isOpenToAll() && !listener.isLoopback()) {
            LOG.warn(
                    "any host that reaches {} can write to any stream in {}, including mirror"
                            + " channels, and create new ones: restrict the stream names or the"
                            + " addresses, or require TLS certificates",
                    listener.address(),
                    directory.path());
        }
    }

    @Override
    public long refused() {
        return reception.refused();
    }

    @Override
    public @Nullable IncomingStream next() {
        try {
            return offers.poll(TcpSocket.TICK_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    @Override
    public void serving(@Nullable Served now) {
        served = now;
    }

    private void meet(Reception.Visit visit) throws ConnectionLostException {
        IncomingStream offer = hear(visit);
        if (offer != null) {
            hand(visit, offer);
        }
    }

    /**
     * Receives and checks a visitor's head. Returns null if it was refused, or the receiver is
     * stopping.
     */
    private @Nullable IncomingStream hear(Reception.Visit visit) throws ConnectionLostException {
        Connection connection = visit.connection();
        int version = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment head = arena.allocate(Milk3Prefix.BYTES, 8);
            if (!receiveHead(connection, head, visit.deadlineNs())) {
                connection.close();
                return null;
            }
            if (!visit.heard()) {
                throw new ConnectionLostException("too late");
            }
            boolean milk3 = MilkHead.isMilk3(head);
            version = wire.allowsNative() && !milk3 ? HeadMarker.version(head) : 0;
            if (version == 0 && !wire.allows(milk3)) {
                throw new WireException(
                        (milk3
                                        ? "it speaks milk3"
                                        : wire == Wire.MILK3
                                                ? "it does not speak milk3"
                                                : "it does not speak the native protocol")
                                + "; only "
                                + wire.name().toLowerCase(Locale.ROOT)
                                + " is accepted here");
            }
            if (milk3) {
                IncomingStream offer = IncomingStream.milk3(connection, head, rules.limits());
                rules.checkStream(offer.source().name());
                return offer;
            }
            ImageSpec source = MilkHead.parse(head, rules.limits());
            rules.checkStream(source.name());
            long cnt0 = MetadataLayout.cnt0Acquire(head);
            IncomingStream.Identity identity = IncomingStream.Identity.of(head);
            return new IncomingStream(
                    connection,
                    source,
                    cnt0,
                    identity,
                    version,
                    HeadMarker.instance(head),
                    HeadMarker.capabilities(head),
                    null);
        } catch (WireException e) {
            refuse(visit, version > 0, String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** Receives the head. Returns false if stopped. */
    private boolean receiveHead(Connection connection, MemorySegment head, long firstDeadlineNs)
            throws ConnectionLostException {
        long deadlineNs = firstDeadlineNs;
        long need = MilkHead.BYTES;
        for (long have = 0; have < need; ) {
            have += connection.receive(head.address() + have, need - have);
            if (have == MilkHead.BYTES && MilkHead.isMilk3(head)) {
                need = Milk3Prefix.BYTES;
            }
            if (have >= MilkHead.BEGINNING_BYTES && MilkHead.isTls(head)) { // may send no more
                throw new WireException("it speaks TLS, but this receiver has no certificate");
            }
            if (have == 0 && wire == Wire.MILK3) { // milk3 sends nothing before its first frame
                deadlineNs = Clock.monotonicNs() + rules.headTimeoutNs();
            }
            if (have < need && Clock.monotonicNs() - deadlineNs >= 0) {
                throw new ConnectionLostException(
                        have
                                + " of "
                                + need
                                + " bytes after "
                                + rules.headTimeoutNs() / 1_000_000
                                + " ms");
            }
            if (have < need && reception.isOver()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Passes an offer to the loop, when it is idle or the transmitter being served must give way.
     */
    private void hand(Reception.Visit visit, IncomingStream offer) {
        long arrivedNs = Clock.monotonicNs(); // messages count from before this one is answered
        boolean backed = false;
        try {
            if (offer.isNative()) {
                hold(offer.connection());
            }
            while (true) {
                if (!backed && offer.isBacked()) {
                    backed = true;
                    backedWaiting.incrementAndGet();
                }
                visit.waits(!backed);
                if (!backed && backedWaiting.get() > 0) {
                    // Visitors that have sent more go first. This one is polled at this pace
                    // anyway.
                    Thread.sleep(POLL_MS);
                } else if (offers.offer(offer, POLL_MS, TimeUnit.MILLISECONDS)) {
                    return;
                }
                if (visit.wasEvicted()) {
                    visit.refuse("sent only a head while others were waiting");
                    return;
                }
                if (reception.isOver() || offer.connection().isPeerGone()) {
                    offer.connection().close();
                    return;
                }
                Served now = served;
                if (now != null && !mayWait(visit, offer, backed, now, arrivedNs)) {
                    return;
                }
            }
        } catch (ConnectionLostException gone) {
            offer.connection().close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            offer.connection().close();
        } finally {
            if (backed) {
                backedWaiting.decrementAndGet();
            }
        }
    }

    /**
     * Checks whether the transmitter being served must give way. Returns false if not; the new one
     * is then refused.
     */
    private boolean mayWait(
            Reception.Visit visit,
            IncomingStream offer,
            boolean backed,
            Served now,
            long arrivedNs) {
        long nowNs = Clock.monotonicNs();
        boolean waited = nowNs - arrivedNs > VERDICT_NS;
        boolean hadItsTime = waited && nowNs - now.sinceNs() > VERDICT_NS;
        Connection inTheWay = now.offer().connection();
        if (now.offer().isOfSameProcess(offer)) {
            inTheWay.shutdown();
        } else if (backed && !now.session().isProven()) {
            if (hadItsTime) {
                LOG.warn(
                        "{} has sent no frame: {} replaces it",
                        now.offer().describe(),
                        offer.connection().peer());
                inTheWay.shutdown();
            }
        } else if ((now.session().isProven() && now.session().heardNs() > arrivedNs)
                || (waited && !now.offer().isNative())) {
            refuse(visit, offer.isNative(), "the port is in use by " + now.offer().describe());
            return false;
        } else if (waited) {
            LOG.warn("{} does not respond", now.offer().describe());
            inTheWay.shutdown();
        }
        return true;
    }

    /** Answers immediately, because a shmimTCP transmitter takes silence for a C program. */
    private static void hold(Connection transmitter) throws ConnectionLostException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = arena.allocate(Message.HEADER_BYTES, 8);
            transmitter.send(message.address(), Message.hold(message), ANSWER_NS);
        }
    }

    private static void refuse(Reception.Visit visit, boolean inOurProtocol, String reason) {
        if (inOurProtocol) {
            Reception.tell(visit.connection(), reason);
        }
        visit.refuse(reason);
    }

    @Override
    public void close() {
        reception.close();
    }
}
