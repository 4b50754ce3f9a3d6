package org.shmimtcp.publish;

import java.lang.foreign.MemorySegment;
import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.wire.MilkzmqHead;
import org.shmimtcp.xrif.Xrif;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one stream for all of its clients, on its own thread, while a client waits for a frame. It
 * polls the stream and leaves the semaphores to readers that must not be late.
 */
final class StreamFeed implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(StreamFeed.class);

    /** Limit for a frame, because frames are kept in memory. */
    static final int MAX_FRAME_BYTES = 64 << 20;

    private static final long MIN_POLL_NS = 50_000;
    private static final long MAX_POLL_NS = 1_000_000;

    /** Poll period of a stream that is not being updated. */
    private static final long CALM_POLL_NS = 5_000_000;

    private static final long CALM_AFTER_NS = 1_000_000_000;

    /** Poll period of a stream that does not exist or cannot be published. */
    private static final long ABSENT_POLL_NS = 50_000_000;

    /** Time until sending to a client that takes no data is tried again; doubled each time. */
    private static final long BUSY_NS = 2_000_000;

    /** Longest such time. Hundreds of clients that never read must cost the others nothing. */
    private static final long LONGEST_BUSY_NS = 128_000_000;

    /** Time until a frame for which there was no memory is read again. */
    private static final long NO_MEMORY_NS = 1_000_000_000;

    /** Time after which a feed without clients ends. */
    static final long IDLE_NS = 30_000_000_000L;

    /** Time over which the rates of clients are taken; some request a frame every two seconds. */
    private static final double RATE_S = 4;

    private final String name;
    private final PublishSettings settings;
    private final ViewerSocket socket;
    private final PublishCounts counts;
    private final long periodNs;
    private final Semaphore news = new Semaphore(0);

    /** By connection number. Guarded by this, as are the next two fields. */
    private final Map<Integer, Client> clients = new LinkedHashMap<>();

    private long emptySinceNs = Clock.monotonicNs();
    private boolean stopped;

    private @Nullable Image image;
    private @Nullable FrameReader reader;

    private long openedNs;

    /** Number of images opened so far; tells a re-created image from its predecessor. */
    private long generation;

    private boolean compresses;

    /** The collector may take it and the next one if memory is short: they can be made again. */
    private SoftReference<@Nullable Codec> codec = new SoftReference<>(null);

    private SoftReference<@Nullable Frame> newest = new SoftReference<>(null);

    /** The counter at the last look, and when it was first seen. */
    private long seenCnt0 = -1;

    private long newestSinceNs;
    private String said = "";

    /** State of one client. */
    private static final class Client {
        private final int id;
        private boolean waits;
        private long dueNs = Clock.monotonicNs();

        /** Time from the last attempt to send to the next one; 0 after a success. */
        private long busyNs;

        /** Generation of the image of the frame that it has; {@code cnt0} is that frame's. */
        private long generation;

        private long cnt0;

        private long sent;

        /** Start of the time over which the rate is taken, and the frames sent by then. */
        private long markedNs = Clock.monotonicNs();

        private long markedSent;
        private double perS = -1;

        Client(int id) {
            this.id = id;
        }

        /** Returns the recent frames per second. */
        double perS(long nowNs) {
            double seconds = Math.max(1e-3, (nowNs - markedNs) / 1e9);
            boolean whole = seconds >= RATE_S;
            double lately = (sent - markedSent) / seconds;
            if (whole) {
                perS = lately;
                markedNs = nowNs;
                markedSent = sent;
            }
            return perS < 0 ? lately : perS;
        }

        /** Records that the client took no data. */
        void putOff(long nowNs) {
            waits = true;
            busyNs = Math.clamp(2 * busyNs, BUSY_NS, LONGEST_BUSY_NS);
            dueNs = nowNs + busyNs;
        }

        boolean has(long ofGeneration, long ofCnt0) {
            return generation == ofGeneration && cnt0 == ofCnt0;
        }

        /**
         * True if it would take a frame for the one that it has: viewers tell frames by their
         * counters only, and the stream was re-created.
         */
        boolean wouldMistake(Frame frame) {
            return generation != 0 && generation != frame.generation && cnt0 == frame.cnt0;
        }
    }

    /** A frame that is ready to be sent. */
    private record Frame(ViewerSocket.Message message, long generation, long cnt0, int bytes) {}

    StreamFeed(String name, PublishSettings settings, ViewerSocket socket, PublishCounts counts) {
        this.name = name;
        this.settings = settings;
        this.socket = socket;
        this.counts = counts;
        this.periodNs = settings.periodNs();
    }

    /** Records a client's request; false if this feed has ended. */
    synchronized boolean request(int client) {
        if (stopped) {
            return false;
        }
        clients.computeIfAbsent(client, Client::new).waits = true;
        news.release();
        return true;
    }

    /** Removes a client that has disconnected. */
    synchronized void forget(int client) {
        clients.remove(client);
        if (clients.isEmpty()) {
            emptySinceNs = Clock.monotonicNs();
        }
    }

    /** Adds what each of its clients views. Only one thread may call this. */
    synchronized void addViews(List<LinkEnd.View> views) {
        long nowNs = Clock.monotonicNs();
        for (Client client : clients.values()) {
            String address = socket.address(client.id);
            if (address != null) {
                views.add(new LinkEnd.View(address, name, rounded(client.perS(nowNs))));
            }
        }
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }

    /** True if it has ended, as it had no clients for a while. It accepts no more requests. */
    synchronized boolean hasEnded() {
        return stopped;
    }

    /** Ends the feed; returns the clients that wait for a frame. */
    synchronized List<Integer> stop() {
        stopped = true;
        news.release();
        return clients.values().stream().filter(c -> c.waits).map(c -> c.id).toList();
    }

    @Override
    public void run() {
        try {
            while (true) {
                long waitNs = step();
                if (waitNs < 0) {
                    return;
                }
                pause(waitNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            stop();
            forgetImage();
        }
    }

    /** Waits until the time is over or a client requests a frame. */
    private void pause(long waitNs) throws InterruptedException {
        if (news.tryAcquire(waitNs, TimeUnit.NANOSECONDS)) {
            news.drainPermits();
        }
    }

    /** Serves the clients that are due; returns the time to the next step in ns, or -1 to end. */
    private long step() {
        List<Client> due = new ArrayList<>();
        long nowNs = Clock.monotonicNs();
        long waitNs = CALM_AFTER_NS;
        synchronized (this) {
            if (stopped || (clients.isEmpty() && nowNs - emptySinceNs > IDLE_NS)) {
                stopped = true;
                return -1;
            }
            for (Client client : clients.values()) {
                if (client.waits && client.dueNs - nowNs <= 0) {
                    due.add(client);
                } else if (client.waits) {
                    waitNs = Math.min(waitNs, client.dueNs - nowNs);
                }
            }
        }
        if (due.isEmpty()) {
            return waitNs;
        }
        try {
            return Math.min(waitNs, serve(due, nowNs));
        } catch (ImageException e) {
            forgetImage();
            say("cannot be read: " + e.getMessage(), true);
            return ABSENT_POLL_NS;
        } catch (OutOfMemoryError e) {
            say("has frames too large for the memory that is left: trying again", true);
            return NO_MEMORY_NS;
        } catch (RuntimeException bug) {
            forgetImage();
            say("could not be published: " + bug, true);
            return ABSENT_POLL_NS;
        }
    }

    private long serve(List<Client> due, long nowNs) {
        if (!follow() || image == null) {
            return ABSENT_POLL_NS;
        }
        long cnt0 = image.cnt0();
        if (cnt0 != seenCnt0) {
            seenCnt0 = cnt0;
            newestSinceNs = nowNs;
        }
        List<Client> behind = due.stream().filter(client -> !client.has(generation, cnt0)).toList();
        Frame frame = behind.isEmpty() ? null : read(nowNs);
        if (frame != null) {
            behind.forEach(client -> send(client, frame, nowNs));
        }
        return pollNs(nowNs);
    }

    private void send(Client client, Frame frame, long nowNs) {
        boolean hangUp;
        synchronized (this) {
            client.waits = false; // before sending, because the next request may come at once
            hangUp = client.wouldMistake(frame);
            if (hangUp) {
                client.generation = 0;
            }
        }
        if (hangUp) { // the client requests the frame again after a second
            socket.sendUnnoted(client.id, MilkzmqHead.hangUp());
            return;
        }
        ViewerSocket.Sent sent = socket.send(client.id, frame.message);
        synchronized (this) {
            switch (sent) {
                case YES -> {
                    client.sent++;
                    client.busyNs = 0;
                    client.generation = frame.generation;
                    client.cnt0 = frame.cnt0;
                    client.dueNs = Math.max(client.dueNs + periodNs, nowNs);
                }
                case NOT_NOW -> client.putOff(nowNs);
                case GONE -> forget(client.id);
            }
        }
        if (sent == ViewerSocket.Sent.YES) {
            counts.sent(frame.bytes);
        }
    }

    private long pollNs(long nowNs) {
        boolean calm = nowNs - newestSinceNs > CALM_AFTER_NS;
        return calm
                ? Math.min(CALM_POLL_NS, periodNs)
                : Math.clamp(periodNs / 20, MIN_POLL_NS, MAX_POLL_NS);
    }

    /**
     * Opens the stream, also after it was re-created; false if it does not exist or cannot be sent.
     */
    private boolean follow() {
        Image now = image;
        if (now != null && !now.isReplaced()) {
            return reader != null;
        }
        forgetImage();
        if (!settings.directory().has(name)) {
            say("is gone: clients wait until it is back", true);
            return false;
        }
        now = Image.openInside(settings.directory(), name);
        image = now;
        openedNs = Clock.monotonicNs();
        seenCnt0 = -1;
        generation++;
        ImageSpec spec = now.spec();
        String refusal = refusal(spec, settings.compressed());
        if (refusal != null) {
            say("is not for viewers: " + refusal, true);
            return false;
        }
        compresses = settings.compressed() && MilkzmqHead.compresses(spec.type());
        reader = now.newPollingReader();
        say("is published, " + spec.describe(), false);
        return true;
    }

    /** Returns why frames of an image cannot be sent; null if they can. */
    static @Nullable String refusal(ImageSpec spec, boolean compressed) {
        if (!MilkzmqHead.carries(spec.type())) {
            return "milkzmq has no pixels of type " + spec.type().letters();
        }
        boolean packs = compressed && MilkzmqHead.compresses(spec.type());
        long bytes = packs ? 2 * spec.sliceBytes() : spec.sliceBytes();
        return bytes > MAX_FRAME_BYTES
                ? "a frame has " + spec.sliceBytes() + " bytes, more than a message can hold"
                : null;
    }

    /** Logs a message unless it was the last one logged. */
    private void say(String what, boolean warning) {
        if (!what.equals(said)) {
            said = what;
            if (warning) {
                LOG.warn("stream '{}' {}", name, what);
            } else {
                LOG.info("stream '{}' {}", name, what);
            }
        }
    }

    private void forgetImage() {
        reader = null;
        newest.clear();
        codec.clear();
        Image last = image;
        image = null;
        if (last != null) {
            last.close();
        }
    }

    /** Returns the newest frame; null if there is none or it could not be read consistently. */
    private @Nullable Frame read(long nowNs) {
        Image from = image;
        FrameReader frames = reader;
        if (from == null || frames == null) {
            return null;
        }
        if (!frames.hasFrame()) {
            if (nowNs - openedNs > CALM_AFTER_NS) { // otherwise it is just being created
                say("has no frame yet (cnt0 is 0): clients wait for the first", false);
            }
            return null;
        }
        Frame last = newest.get();
        if (last != null && last.cnt0 == from.cnt0()) {
            return last;
        }
        if (!socket.hasRoom(from.spec().sliceBytes())) { // it would be read in vain
            return null;
        }
        FrameCopier copier = new FrameCopier(from);
        if (!frames.readNewestSlice(copier)) {
            return null;
        }
        Frame frame = copier.frame();
        newest = new SoftReference<>(frame);
        counts.read();
        return frame;
    }

    /** The compressor of frames of one size, and its buffers. */
    private static final class Codec {
        private final Xrif xrif;
        private final byte[] pixels;
        private final byte[] packed;

        Codec(ImageSpec spec) {
            xrif = new Xrif((int) spec.shape().slicePixels());
            pixels = new byte[(int) spec.sliceBytes()];
            packed = new byte[Xrif.maxCompressedBytes(xrif.pixels())];
        }
    }

    private @Nullable Codec codec(ImageSpec spec) {
        if (!compresses) {
            return null;
        }
        Codec now = codec.get();
        if (now == null) {
            now = new Codec(spec);
            codec = new SoftReference<>(now);
        }
        return now;
    }

    /** Copies a frame into a message, or into a buffer for the compressor. */
    private final class FrameCopier implements FrameReader.Copier {
        private final MemorySegment memory;
        private final ImageSpec spec;
        private final @Nullable Codec codec;
        private final byte[] pixels;
        private final int at;
        private long cnt0;
        private long seconds;
        private long nanos;

        FrameCopier(Image from) {
            this.memory = from.memory();
            this.spec = from.spec();
            this.codec = codec(spec);
            this.pixels =
                    codec == null
                            ? new byte[MilkzmqHead.BYTES + (int) spec.sliceBytes()]
                            : codec.pixels;
            this.at = codec == null ? MilkzmqHead.BYTES : 0;
        }

        @Override
        public void copy(long ofCnt0, int slice, long offset, boolean isNewest) {
            cnt0 = ofCnt0;
            seconds = MetadataLayout.writtenSeconds(memory);
            nanos = MetadataLayout.writtenNanos(memory);
            MemorySegment.copy(
                    memory, offset, MemorySegment.ofArray(pixels), at, spec.sliceBytes());
        }

        Frame frame() {
            byte[] bytes = pixels;
            if (codec != null) {
                int length = codec.xrif.compress(MemorySegment.ofArray(pixels), codec.packed, 0);
                bytes = new byte[MilkzmqHead.BYTES + length];
                System.arraycopy(codec.packed, 0, bytes, MilkzmqHead.BYTES, length);
            }
            new MilkzmqHead(
                            name,
                            spec.type(),
                            spec.shape().nx(),
                            Math.max(1, spec.shape().ny()),
                            cnt0,
                            seconds,
                            nanos,
                            codec != null,
                            bytes.length - MilkzmqHead.BYTES)
                    .write(bytes);
            return new Frame(new ViewerSocket.Message(bytes), generation, cnt0, bytes.length);
        }
    }
}
