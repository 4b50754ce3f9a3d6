package org.shmimtcp.receive;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.loop.Counter;
import org.shmimtcp.loop.Loop;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.transport.Listener;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.MilkVariant;
import org.shmimtcp.wire.WireException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on a port and publishes what the transmitter there sends, one transmitter after the
 * other, until it is stopped.
 */
public final class Receiver implements Loop {
    private static final Logger LOG = LoggerFactory.getLogger(Receiver.class);

    /**
     * What to receive where.
     *
     * @param localName the copy's name; null for the one that the transmitter says
     * @param withoutKeywords true for transmitters of variant milk0, which cannot be told apart
     * @param once true to end with the first transmitter
     * @param maxImageBytes the largest image, in bytes of its file, that is believed
     */
    public record Settings(
            InetSocketAddress at,
            ImageDirectory directory,
            @Nullable String localName,
            boolean withoutKeywords,
            boolean once,
            long maxImageBytes) {}

    private final Settings settings;
    private final Listener listener;
    private final Reception reception;
    private final Counter published = new Counter();
    private final Counter bytes = new Counter();
    private final Counter skipped = new Counter();
    private final Counter repeated = new Counter();
    private final Counter connections = new Counter();
    private volatile boolean stopping;
    private volatile String state = "waiting";
    private volatile String what;
    private Offer.@Nullable Identity lastSource;

    /** Of the record published last; -1 before the first of a source. */
    private long lastCnt0;

    /** All frames of the source up to this one were published here or counted as skipped. */
    private long countedCnt0;

    /**
     * Starts to listen.
     *
     * @throws IOException if it cannot: port taken, not permitted, no such address here
     */
    public Receiver(Settings settings) throws IOException {
        this.settings = settings;
        this.listener = new Listener(settings.at);
        this.what = "port " + settings.at.getPort();
        this.reception = new Reception(listener, settings.maxImageBytes, this::isStopping);
    }

    /** Where it listens, {@code 0.0.0.0:8886}. */
    public String address() {
        return listener.address();
    }

    @Override
    public void stop() {
        stopping = true;
    }

    private boolean isStopping() {
        return stopping;
    }

    @Override
    public Traffic traffic() {
        return new Traffic(
                what,
                state,
                published.get() + skipped.get(),
                published.get(),
                bytes.get(),
                skipped.get(),
                "repeated="
                        + repeated.get()
                        + " connections="
                        + connections.get()
                        + " refused="
                        + reception.refused());
    }

    @Override
    public void run() {
        LOG.info(
                "listening on {}, streams go to {}", listener.address(), settings.directory.path());
        try (reception) {
            while (!stopping) {
                Offer offer = reception.next();
                if (offer != null) {
                    serve(offer);
                    stopping |= settings.once;
                }
            }
        }
        state = "stopped";
    }

    private void serve(Offer offer) {
        String name = settings.localName != null ? settings.localName : offer.source().name();
        String peer = offer.connection().peer();
        long before = published.get();
        try (Connection connection = offer.connection();
                Arena arena = Arena.ofConfined()) {
            LOG.info("{} sends '{}', {}", peer, offer.source().name(), offer.source().describe());
            connections.increment();
            what = name;
            state = "connected";
            receive(offer, name, connection, arena);
        } catch (ConnectionLostException e) {
            LOG.info(
                    "'{}' from {} ended after {} frames: {}; {}",
                    name,
                    peer,
                    published.get() - before,
                    e.getMessage(),
                    settings.once ? "done" : "waiting for the next transmitter");
        } catch (WireException | ImageException e) {
            LOG.warn("'{}' from {} refused: {}", name, peer, e.getMessage());
        } catch (OutOfMemoryError e) {
            LOG.warn("'{}' from {} refused: {} for its frames", name, peer, e.getMessage());
        }
        state = "waiting";
    }

    private void receive(Offer offer, String name, Connection connection, Arena arena)
            throws ConnectionLostException {
        MilkRecord record = MilkRecord.of(MilkVariant.MILK0, offer.source());
        MemorySegment buffer = arena.allocate(record.maxBytes(), 64);
        if (!offer.identity().equals(lastSource)) {
            lastSource = offer.identity();
            lastCnt0 = -1;
            countedCnt0 = offer.cnt0();
        }
        Copy copy = Copy.open(settings.directory, name, offer.source());
        try {
            long at = 0;
            if (!settings.withoutKeywords) {
                // The first record says which variant it is, 16 bytes behind its pixels.
                long probe = record.pixelBytes() + MilkRecord.PROBE_BYTES;
                while (at < probe && !stopping) {
                    at += connection.receive(buffer.address() + at, probe - at);
                    copy = current(copy, name, offer);
                }
                record = record.as(MilkRecord.detect(buffer, record.pixelBytes()));
            }
            while (!stopping) {
                // The path of a frame: receive, check, publish.
                if (at < record.bytes()) { // the probe may have been all of it
                    at += connection.receive(buffer.address() + at, record.bytes() - at);
                }
                copy = current(copy, name, offer);
                if (at == record.bytes()) {
                    at = 0;
                    record.check(buffer);
                    try {
                        publish(copy, record, buffer);
                    } catch (ImageException.Truncated e) {
                        copy = reopen(copy, name, offer);
                    }
                }
            }
        } finally {
            copy.close();
        }
    }

    /** The copy, opened or made again if somebody re-created, removed or cut it. */
    private Copy current(Copy copy, String name, Offer offer) {
        return copy.image().isReplaced() ? reopen(copy, name, offer) : copy;
    }

    private Copy reopen(Copy copy, String name, Offer offer) {
        LOG.warn("stream '{}' was re-created or removed here: following", name);
        copy.close();
        return Copy.open(settings.directory, name, offer.source());
    }

    private void publish(Copy copy, MilkRecord record, MemorySegment buffer) {
        long cnt0 = record.cnt0(buffer);
        int slice = record.slice(buffer);
        boolean pixels = record.pixelBytes() > 0;
        int keywords = record.variant().hasKeywords() ? copy.keywords() : 0;
        long keywordsOffset = record.keywordsOffset();
        if (cnt0 == lastCnt0 && copy.holds(slice, buffer, pixels, keywords, keywordsOffset)) {
            repeated.increment(); // C transmitters send a frame once for each post that piled up
            return;
        }
        copy.publish(slice, buffer, pixels, keywords, keywordsOffset);
        if (cnt0 > countedCnt0 + 1) {
            skipped.add(cnt0 - countedCnt0 - 1);
        }
        countedCnt0 = cnt0;
        lastCnt0 = cnt0;
        published.increment();
        bytes.add(record.bytes());
    }
}
