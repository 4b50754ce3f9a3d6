package org.shmimtcp.transmit;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.loop.Counter;
import org.shmimtcp.loop.LinkLog;
import org.shmimtcp.loop.Loop;
import org.shmimtcp.posix.TcpSocket;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.wire.MilkHead;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.MilkVariant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows a stream and sends each new frame to a receiver, for as long as it is not stopped:
 * through the receiver's absence, the link's, and the re-creation of the stream.
 */
public final class Transmitter implements Loop {
    private static final Logger LOG = LoggerFactory.getLogger(Transmitter.class);

    /** A C receiver throws away what arrives before it has made its image and entered its loop. */
    private static final long HEAD_PAUSE_NS = 200_000_000L;

    private static final long UNKNOWN = -1;

    /** How often an idle loop looks up. */
    private static final long TICK_NS = TcpSocket.TICK_MS * 1_000_000L;

    /** A receiver that takes no byte for that long is gone, whatever TCP thinks. */
    private static final long STALL_NS = 10_000_000_000L;

    /**
     * What to send where.
     *
     * @param polling true to look at the counter instead of waiting on a semaphore
     */
    public record Settings(
            ImageDirectory directory,
            String stream,
            Endpoint to,
            MilkVariant variant,
            boolean polling) {}

    /** Hears once of the first time that it is connected, or has to wait. */
    public interface Watcher {
        void connected(String peer);

        void waiting(String reason);
    }

    private final Settings settings;
    private final Watcher watcher;
    private final LinkLog link;
    private final Backoff backoff = new Backoff();
    private final Counter published = new Counter();
    private final Counter sent = new Counter();
    private final Counter sentBytes = new Counter();
    private final Counter skipped = new Counter();
    private final Counter busy = new Counter();
    private final Counter connections = new Counter();
    private boolean warnedOfLine;
    private volatile boolean stopping;
    private volatile String state = "starting";

    /** Of the image that is followed: all frames up to this one were sent or are skipped. */
    private long handledCnt0;

    /** Of the image that is followed: all frames up to this one count as published. */
    private long seenCnt0;

    public Transmitter(Settings settings, Watcher watcher) {
        this.settings = settings;
        this.watcher = watcher;
        this.link = new LinkLog(settings.stream + " to " + settings.to);
    }

    /**
     * Looks whether the stream can be transmitted, without doing it.
     *
     * @throws ImageException if not
     */
    public void check() {
        open().close();
    }

    @Override
    public void stop() {
        stopping = true;
    }

    @Override
    public Traffic traffic() {
        return new Traffic(
                settings.stream,
                state,
                published.get(),
                sent.get(),
                sentBytes.get(),
                skipped.get(),
                "busy=" + busy.get() + " connections=" + connections.get());
    }

    /**
     * Transmits until stopped.
     *
     * @throws ImageException if the stream is not there or not usable at the start
     */
    @Override
    public void run() {
        followAndClose(open());
        while (!stopping) {
            Image image = awaitRecreated();
            if (image != null) {
                followAndClose(image);
            }
        }
        state = "stopped";
    }

    private void followAndClose(Image image) {
        try (image) {
            follow(image);
        } catch (ImageException.Truncated e) {
            LOG.warn(e.getMessage());
        } catch (InternalError e) { // while its counter was looked at
            LOG.warn(new ImageException.Truncated(settings.stream, e).getMessage());
        }
    }

    private Image open() {
        Image image = Image.open(settings.directory, settings.stream);
        ImageSpec spec = image.spec();
        if (spec.type().isComplex()) {
            image.close();
            throw new ImageException(
                    "stream '"
                            + image.name()
                            + "' has complex pixels ("
                            + spec.type().letters()
                            + "), which "
                            + settings.variant.optionName()
                            + " does not carry");
        }
        if (spec.shape().naxis() == 1 && !warnedOfLine) {
            warnedOfLine = true;
            LOG.warn(
                    "stream '{}' is one-dimensional: {} carries its counter and keywords, no pixels",
                    image.name(),
                    settings.variant.optionName());
        }
        return image;
    }

    /** Waits for a new stream behind the name, then opens it; null if stopped meanwhile. */
    private @Nullable Image awaitRecreated() {
        LOG.warn("stream '{}' was re-created or removed: following the new one", settings.stream);
        state = "no stream";
        while (!stopping) {
            try {
                Image image = open();
                LOG.info("stream '{}' is there, {}", image.name(), image.spec().describe());
                return image;
            } catch (ImageException notYet) {
                Backoff.sleep(TICK_NS, this::isStopping);
            }
        }
        return null;
    }

    private boolean isStopping() {
        return stopping;
    }

    /** Sends one image's frames, over as many connections as it takes, until it is replaced. */
    private void follow(Image image) {
        try (FrameReader reader = settings.polling ? image.newPollingReader() : image.newReader()) {
            if (reader.semaphore() < 0 && !settings.polling) {
                LOG.warn("stream '{}' has no free semaphore: polling its counter", image.name());
            }
            handledCnt0 = UNKNOWN;
            while (!stopping && !image.isReplaced()) {
                try (Connection connection = Connection.connect(settings.to, this::isStopping)) {
                    transmit(image, reader, connection);
                } catch (IOException e) {
                    lost(e);
                }
            }
        }
    }

    private void lost(IOException e) {
        if (stopping) {
            return;
        }
        state = "waiting";
        link.down(reason(e));
        watcher.waiting(reason(e));
        backoff.pause(this::isStopping);
    }

    private static String reason(IOException e) {
        return e instanceof java.net.UnknownHostException
                ? "unknown host " + e.getMessage()
                : String.valueOf(e.getMessage());
    }

    /** The head, a pause, then frames until something ends it. */
    private void transmit(Image image, FrameReader reader, Connection connection)
            throws ConnectionLostException {
        MilkRecord record = MilkRecord.of(settings.variant, image.spec());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Math.max(MilkHead.BYTES, record.bytes()), 64);
            MemorySegment.copy(image.head(), 0, buffer, 0, MilkHead.BYTES);
            connection.send(buffer.address(), MilkHead.BYTES, STALL_NS);
            Backoff.sleep(HEAD_PAUSE_NS, this::isStopping);
            if (connection.isPeerGone()) {
                throw new ConnectionLostException(
                        "it closed the connection at once: in use, or it refuses this stream;"
                                + " see what the receiver says");
            }
            reader.resync();
            countFrom(reader.cnt0());
            connections.increment();
            state = "connected";
            link.up("(" + settings.variant.optionName() + ")");
            watcher.connected(connection.peer());
            pump(image, reader, connection, record, buffer);
        }
    }

    /** Counts of an image start where its first connection does, and go on over all others. */
    private void countFrom(long cnt0) {
        if (handledCnt0 == UNKNOWN) {
            seenCnt0 = cnt0;
        } else {
            skipped.add(Math.max(0, cnt0 - handledCnt0));
        }
        handledCnt0 = cnt0;
    }

    /** The path of a frame: wait, copy whole, send. */
    private void pump(
            Image image,
            FrameReader reader,
            Connection connection,
            MilkRecord record,
            MemorySegment buffer)
            throws ConnectionLostException {
        long keywordsOffset = record.keywordsOffset();
        MemorySegment keywords = record.keywordBytes() > 0 ? buffer : null;
        boolean noPixels = record.pixelBytes() == 0;
        MemorySegment pixels = noPixels ? reader.newBuffer() : buffer;
        while (!stopping && !image.isReplaced()) {
            if (!reader.awaitNext(TICK_NS)) {
                if (connection.isPeerGone()) {
                    throw new ConnectionLostException("the other end closed the connection");
                }
            } else if (reader.readNext(pixels, 0, keywords, keywordsOffset)) {
                record.putTrailer(buffer, reader.cnt0(), reader.slice());
                if (connection.send(buffer.address(), record.bytes(), STALL_NS)) {
                    skipped.add(Math.max(0, reader.cnt0() - handledCnt0 - 1));
                    handledCnt0 = reader.cnt0();
                    sent.increment();
                    sentBytes.add(record.bytes());
                    backoff.reset();
                }
            } else {
                busy.increment();
            }
            long newestCnt0 = image.cnt0();
            published.add(Math.max(0, newestCnt0 - seenCnt0));
            seenCnt0 = newestCnt0;
        }
    }
}
