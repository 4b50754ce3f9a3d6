package org.shmimtcp.offer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.link.StreamId;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.loop.Loop;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.IoReason;
import org.shmimtcp.receive.NamePatterns;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.transmit.Distributors;
import org.shmimtcp.transmit.SharedReader;
import org.shmimtcp.transmit.SubscribedTransmitter;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.Message;
import org.shmimtcp.wire.SubscribeMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams that other machines have requested. Each connection has a thread; those that are sent
 * the newest frames of one stream share its reader.
 */
final class Deliveries implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);

    /** Maximum number of streams sent at once; each has a thread. */
    static final int MOST = 256;

    /**
     * How many of a stream's ten semaphores are claimed, one of them by the reader that requests
     * share; whoever requests it more often must not take them from its local readers. The counter
     * is polled for the others.
     */
    private static final int SEMAPHORES = 4;

    private static final int LINES_AT_ONCE = 30;

    /** Maximum number of refusals that are logged; strangers choose the names in them. */
    private static final int MOST_REFUSALS = 1000;

    private static final long ANSWER_NS = 1_000_000_000L;

    /** Period at which the origins of the streams that are sent are read again. */
    private static final long ORIGINS_NS = 2_000_000_000L;

    private final ImageDirectory directory;
    private final NamePatterns names;
    private final int port;
    private final boolean tls;
    private final RealTimeSettings realTime;
    private final Function<LinkEnd, Observer> observers;
    private final LimitedLog lines = new LimitedLog(LOG::info, LINES_AT_ONCE);
    private final Set<Delivery> running = new LinkedHashSet<>();
    private long originsNs = Clock.monotonicNs();
    private final Set<String> refusals = new HashSet<>();
    private final Distributors distributors;

    /** Streams that are sent, and those among them whose reader is shared. */
    private volatile int count;

    private volatile int sharing;
    private boolean closed;

    /**
     * A stream that is sent.
     *
     * @param shares true if it shares its reader
     * @param origins what the receiver was told
     */
    private record Delivery(
            SubscribedTransmitter end,
            Observer observer,
            String stream,
            boolean shares,
            List<Long> origins) {}

    /**
     * @param names the streams that may be requested
     * @param observers makes the observer that publishes the state of a link end
     */
    Deliveries(
            ImageDirectory directory,
            NamePatterns names,
            int port,
            boolean tls,
            RealTimeSettings realTime,
            Function<LinkEnd, Observer> observers) {
        this.directory = directory;
        this.names = names;
        this.port = port;
        this.tls = tls;
        this.realTime = realTime;
        this.observers = observers;
        this.distributors = new Distributors(directory);
    }

    /** A request is valid and cannot be fulfilled now; the message, for strangers, says why. */
    static final class UnavailableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnavailableException(String reason) {
            super(reason);
        }
    }

    /** A request that may be fulfilled. */
    record Accepted(Image image, SubscribeMessage.Request request, List<Long> origins) {}

    /**
     * Checks a request.
     *
     * @throws UnavailableException if it cannot be fulfilled now; the message is the reason
     */
    Accepted check(SubscribeMessage.Request request) {
        String name = request.stream();
        if (!names.matches(name)) { // the same answer whether it exists or not
            throw new UnavailableException("stream '" + name + "' is not offered");
        }
        List<Long> origins = origins(name);
        if (request.copies().stream().anyMatch(origins::contains)) {
            throw new UnavailableException(
                    "this would close a circle: stream '"
                            + name
                            + "' is, perhaps by way of others, a copy of the one that requests it");
        }
        if (origins.size() > SubscribeMessage.MAX_IDS) {
            throw new UnavailableException(
                    "stream '" + name + "' has passed " + origins.size() + " machines, too many");
        }
        Image image;
        try {
            image = Image.openInside(directory, name);
        } catch (ImageException e) { // whose message is not for strangers
            throw new UnavailableException(
                    directory.has(name)
                            ? "stream '" + name + "' cannot be used"
                            : "there is no stream '" + name + "' yet");
        }
        return new Accepted(image, request, origins);
    }

    /** Returns the ids of a stream and of those that it is a copy of, the nearest first. */
    private List<Long> origins(String stream) {
        try {
            return origins(stream, LinkStatuses.read(directory));
        } catch (IOException e) {
            throw new UnavailableException("the origin of stream '" + stream + "' is unknown");
        }
    }

    /**
     * True if the stream still has the origins that its receiver was told. Two machines that
     * request a stream from each other at the same moment can both be accepted. By the time that
     * both are ready, each has published where its copy comes from, so that one of them at least
     * notices the circle before it sends a frame.
     */
    private boolean isOfOrigins(String stream, List<Long> told) {
        try {
            return origins(stream).equals(told);
        } catch (UnavailableException unknown) {
            return false;
        }
    }

    private List<Long> origins(String stream, List<LinkStatus> links) throws IOException {
        Set<Long> ids = new LinkedHashSet<>(List.of(StreamId.of(directory, stream)));
        for (LinkStatus link : links) {
            List<String> further = link.origins();
            if (link.wants() && further != null && link.stream().equals(stream)) {
                ids.addAll(StreamId.parse(further));
            }
        }
        return List.copyOf(ids);
    }

    /**
     * Sends a stream from now on. Takes over image and connection.
     *
     * @throws UnavailableException if there are too many; both are then still the caller's
     */
    synchronized void begin(Accepted accepted, Connection connection) {
        if (closed || running.size() >= MOST) {
            throw new UnavailableException(
                    "it already sends " + running.size() + " streams, the limit");
        }
        SubscribeMessage.Request request = accepted.request;
        // The others need another selection of frames, or send other bytes for each.
        boolean shares = !tls && !request.every() && !request.lz4();
        boolean polling = !shares && semaphores(request.stream()) >= SEMAPHORES;
        SharedReader shared = shares ? new SharedReader(distributors, realTime) : null;
        var end =
                new SubscribedTransmitter(
                        accepted.image,
                        connection,
                        new SubscribedTransmitter.Request(
                                request.every(), request.lz4(), request.maxHz(), polling, shared),
                        port,
                        tls,
                        LoopContext.of(directory).withWaiting(this::waiting),
                        () -> isOfOrigins(request.stream(), accepted.origins),
                        lines::add);
        var delivery =
                new Delivery(end, observers.apply(end), request.stream(), shares, accepted.origins);
        running.add(delivery);
        recount();
        try {
            Thread.ofPlatform()
                    .daemon()
                    .name("transmit-" + request.stream())
                    .start(() -> run(delivery, accepted, connection, !polling && !shares));
        } catch (OutOfMemoryError noThread) {
            end(delivery);
            throw noThread;
        }
    }

    /** Returns how many of a stream's semaphores are claimed here. */
    private long semaphores(String stream) {
        List<Delivery> same =
                running.stream().filter(other -> other.stream.equals(stream)).toList();
        long own = same.stream().filter(other -> !other.shares).count();
        return own < same.size() ? own + 1 : own;
    }

    private void recount() {
        count = running.size();
        sharing = (int) running.stream().filter(one -> one.shares).count();
    }

    private void run(Delivery delivery, Accepted accepted, Connection connection, boolean prompt) {
        try {
            if (prompt) {
                realTime.applyToThisThread();
            }
            answer(accepted, connection);
            delivery.end.run(); // closes both
        } catch (ConnectionLostException gone) {
            accepted.image.close();
            connection.close();
        } catch (RuntimeException | OutOfMemoryError bug) {
            lines.add(delivery.stream + " to " + connection.peer() + " caused an error: " + bug);
        } finally {
            end(delivery);
        }
    }

    private static void answer(Accepted accepted, Connection connection)
            throws ConnectionLostException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = arena.allocate(Message.MAX_SMALL_BYTES, 8);
            long bytes = SubscribeMessage.putAnswer(message, accepted.origins);
            connection.send(message.address(), bytes, ANSWER_NS);
        }
    }

    private synchronized void end(Delivery delivery) {
        running.remove(delivery);
        recount();
        delivery.observer.close();
        notifyAll();
    }

    /** Logs once why a machine does not get a stream: it asks again every two seconds. */
    synchronized void logRefusal(Connection connection, String reason) {
        String line = connection.remoteAddress().getHostAddress() + " gets nothing: " + reason;
        if (refusals.size() < MOST_REFUSALS && refusals.add(line)) {
            lines.add(line);
        }
    }

    /** Returns the wait strategy. Spinning pays only on a free core. */
    private Supplier<Waiting> waiting(Waiting wanted) {
        int processors = Runtime.getRuntime().availableProcessors();
        return () -> 2 * loops() > processors ? Waiting.BLOCK : wanted;
    }

    /** Returns the number of threads that wait for frames. */
    private int loops() {
        return count - sharing + distributors.count();
    }

    /** Returns the number of streams that are sent. */
    int count() {
        return count;
    }

    /** Reads external commands to the transmitters. Call about twenty times a second. */
    synchronized void tick() {
        running.forEach(delivery -> delivery.observer.tick());
    }

    /** Updates the published states. Call once a second. */
    synchronized void refresh() {
        running.forEach(delivery -> delivery.observer.refresh());
        lines.flush();
        if (!running.isEmpty() && Clock.monotonicNs() - originsNs > ORIGINS_NS) {
            originsNs = Clock.monotonicNs();
            endThoseOfOtherOrigin();
        }
    }

    /**
     * Ends what has other origins than its receiver was told: the receiver requests it again, and
     * is refused if there is a circle now.
     */
    private void endThoseOfOtherOrigin() {
        try {
            List<LinkStatus> links = LinkStatuses.read(directory);
            for (Delivery delivery : running) {
                if (!origins(delivery.stream, links).equals(delivery.origins)) {
                    delivery.end.stop();
                }
            }
        } catch (IOException e) {
            lines.add("the origins of the streams are unknown: " + IoReason.of(e));
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        running.forEach(delivery -> delivery.end.stop());
        long deadlineNs = Clock.monotonicNs() + Loop.STOP_TIME.toNanos();
        try {
            for (long leftMs = 1; !running.isEmpty() && leftMs > 0; ) {
                leftMs = (deadlineNs - Clock.monotonicNs()) / 1_000_000;
                wait(Math.max(1, leftMs));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
