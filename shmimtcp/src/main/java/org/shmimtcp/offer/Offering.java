package org.shmimtcp.offer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.receive.AdmissionRules;
import org.shmimtcp.receive.Reception;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.transport.Listener;
import org.shmimtcp.wire.Catalogue;
import org.shmimtcp.wire.CatalogueMessage;
import org.shmimtcp.wire.LinksMessage;
import org.shmimtcp.wire.Message;
import org.shmimtcp.wire.MilkHead;
import org.shmimtcp.wire.SubscribeMessage;
import org.shmimtcp.wire.WireException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers those who ask what this machine offers, and sends them the streams that they request,
 * until it is closed. Each visitor has a thread while it is heard; none can keep it from others,
 * because a visitor that was answered gives way when all places are taken.
 */
public final class Offering implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Offering.class);

    private static final long ANSWER_NS = 1_000_000_000L;

    /** No message came. */
    private static final int NOTHING = 0;

    private final ImageDirectory directory;
    private final AdmissionRules rules;
    private final OfferedStreams streams;
    private final OfferedLinks links;
    private final Listener listener;
    private final Deliveries deliveries;
    private final Reception reception;

    /**
     * Starts listening.
     *
     * @param settings must offer something
     * @param observers makes the observer that publishes the state of a link end
     * @throws IOException if the port is taken or not permitted, or the address is not this
     *     machine's
     */
    public Offering(
            OfferSettings settings, ImageDirectory directory, Function<LinkEnd, Observer> observers)
            throws IOException {
        settings.check();
        this.directory = directory;
        this.rules = settings.rules();
        this.streams = new OfferedStreams(directory, settings.names());
        this.links = new OfferedLinks(directory, settings.names());
        this.deliveries =
                new Deliveries(
                        directory,
                        settings.names(),
                        settings.port(),
                        rules.tls() != null,
                        settings.realTime(),
                        observers);
        this.listener = new Listener(settings.at());
        this.reception = new Reception(listener, rules, this::meet, () -> false);
        boolean open = rules.allowed().isEmpty() && rules.tls() == null;
        LOG.info(
                "offering {} of {} on {}{}",
                String.join(", ", settings.get(OfferSettings.STREAMS)),
                directory.path(),
                listener.address(),
                open && !settings.at().getAddress().isLoopbackAddress()
                        ? ": any host that reaches it can read them"
                        : "");
        reception.start();
    }

    /** Returns the address that it listens on, for example {@code 0.0.0.0:8890}. */
    public String address() {
        return listener.address();
    }

    /** Returns the number of connections refused. */
    long refused() {
        return reception.refused();
    }

    /** Returns the number of streams that are sent. */
    int delivered() {
        return deliveries.count();
    }

    /** Reads external commands to the transmitters. Call about twenty times a second. */
    public void tick() {
        deliveries.tick();
    }

    /**
     * Updates the published states, and frees what nobody has asked about for a while. Call once a
     * second.
     */
    public void refresh() {
        deliveries.refresh();
        streams.forgetIfUnused();
    }

    private void meet(Reception.Visit visit) throws IOException {
        Connection connection = visit.connection();
        boolean answered = false;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(Message.MAX_SMALL_BYTES, 8);
            long deadlineNs = visit.deadlineNs();
            while (true) {
                long bytes = request(connection, request, deadlineNs);
                if (bytes == NOTHING) {
                    break;
                }
                if (!visit.heard()) {
                    throw new ConnectionLostException("too late");
                }
                int type = Message.type(request, 0);
                if (type == Message.SUBSCRIBE) {
                    deliver(connection, SubscribeMessage.parse(request, bytes));
                    return;
                }
                CatalogueMessage.checkAsk(request, bytes);
                visit.waits(true);
                answer(connection, type);
                answered = true;
                deadlineNs = Clock.monotonicNs() + rules.headTimeoutNs();
            }
            connection.close();
        } catch (ConnectionLostException gone) {
            if (!answered) {
                throw gone;
            }
            connection.close();
        } catch (Deliveries.UnavailableException e) {
            String reason = String.valueOf(e.getMessage());
            Reception.tell(connection, reason);
            connection.close();
            deliveries.logRefusal(connection, reason);
        } catch (WireException | ImageException e) {
            Reception.tell(connection, String.valueOf(e.getMessage()));
            visit.refuse(String.valueOf(e.getMessage()));
        }
    }

    /** Sends the stream on this connection from now on, on a thread of its own. */
    private void deliver(Connection connection, SubscribeMessage.Request request) {
        Deliveries.Accepted accepted = deliveries.check(request);
        boolean begun = false;
        try {
            deliveries.begin(accepted, connection);
            begun = true;
        } finally {
            if (!begun) {
                accepted.image().close();
            }
        }
    }

    /**
     * Receives messages up to the next request; returns its length. Returns {@link #NOTHING} if the
     * peer has closed the connection after at least one answer, or this is closing.
     */
    private long request(Connection connection, MemorySegment memory, long deadlineNs)
            throws ConnectionLostException {
        while (true) {
            if (!receive(connection, memory, 0, Message.HEADER_BYTES, deadlineNs)) {
                return NOTHING;
            }
            if (MilkHead.isTls(memory)) {
                throw new WireException("it speaks TLS, but this offer has no certificate");
            }
            long bytes = Message.bytes(memory, 0, Message.MAX_SMALL_BYTES);
            if (!receive(connection, memory, Message.HEADER_BYTES, bytes, deadlineNs)) {
                return NOTHING;
            }
            int type = Message.type(memory, 0);
            if (type == Message.ASK || type == Message.ASK_LINKS || type == Message.SUBSCRIBE) {
                return bytes;
            }
        }
    }

    /** Receives the bytes from one offset to another. Returns false if closing, or at the end. */
    private boolean receive(
            Connection connection, MemorySegment memory, long from, long to, long deadlineNs)
            throws ConnectionLostException {
        for (long have = from; have < to; ) {
            if (have == 0 && connection.isPeerGone()) {
                return false;
            }
            have += connection.receive(memory.address() + have, to - have);
            if (have < to && Clock.monotonicNs() - deadlineNs >= 0) {
                throw new ConnectionLostException(
                        "asked nothing for " + rules.headTimeoutNs() / 1_000_000 + " ms");
            }
            if (have < to && reception.isOver()) {
                return false;
            }
        }
        return true;
    }

    private void answer(Connection connection, int request) throws ConnectionLostException {
        if (request == Message.ASK_LINKS) {
            answerLinks(connection);
            return;
        }
        Catalogue catalogue = streams.read();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message =
                    arena.allocate(CatalogueMessage.bytes(catalogue.streams().size()), 8);
            long bytes = CatalogueMessage.put(message, catalogue);
            connection.send(message.address(), bytes, ANSWER_NS);
        }
    }

    private void answerLinks(Connection connection) throws ConnectionLostException {
        OfferedLinks.Sample now = links.read();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = arena.allocate(LinksMessage.bytes(now.json().length), 8);
            long bytes = LinksMessage.put(message, HostName.get(), now.timeMs(), now.json());
            connection.send(message.address(), bytes, ANSWER_NS);
        }
    }

    @Override
    public void close() {
        reception.close();
        deliveries.close();
        streams.close();
        LOG.info("no longer offering streams of {} on {}", directory.path(), listener.address());
    }
}
