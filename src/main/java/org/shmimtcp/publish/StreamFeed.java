package org.shmimtcp.publish;

import java.lang.foreign.MemorySegment;
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
import org.shmimtcp.posix.Clock;
import org.shmimtcp.wire.MilkzmqHead;
import org.shmimtcp.xrif.Xrif;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream for all of its clients, read by a thread of its own while any of them waits. The
 * stream is polled: its semaphores are for those who must not be late.
 */
final class StreamFeed implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(StreamFeed.class);

    /** A frame larger than this, compressed or not, would take all the memory. */
    static final int MAX_FRAME_BYTES = 64 << 20;

    private static final long MIN_POLL_NS = 50_000;
    private static final long MAX_POLL_NS = 1_000_000;

    /** Of a stream that stands still. */
    private static final long CALM_POLL_NS = 5_000_000;

    private static final long CALM_AFTER_NS = 1_000_000_000;

    /** Until a stream that is not there, or cannot be used, is looked at again. */
    private static final long ABSENT_POLL_NS = 50_000_000;

    /** Until a client that takes nothing is tried again. */
    private static final long BUSY_NS = 2_000_000;

    /** A feed without clients ends after this. */
    static final long IDLE_NS = 30_000_000_000L;

    private final String name;
    private final PublishSettings settings;
    private final ViewerSocket socket;
    private final PublishCounts counts;
    private final long periodNs;
    private final Semaphore news = new Semaphore(0);

    /** By the number of the connection. Guarded by this, like all that follows up to the image. */
    private final Map<Integer, Client> clients = new LinkedHashMap<>();

    private long emptySinceNs = Clock.monotonicNs();
    private boolean stopped;

    private @Nullable Image image;
    private @Nullable FrameReader reader;

    /** Counts the images that the name has led to. */
    private long generation;

    private @Nullable Xrif xrif;
    private byte[] scratch = new byte[0];
    private byte[] packed = new byte[0];

    private @Nullable Frame newest;
    private long newestSinceNs;
    private String said = "";

    /** What one client has, and wants. */
    private static final class Client {
        private final int id;
        private boolean waits;
        private long dueNs = Clock.monotonicNs();

        /** Of the image and the frame that it has. */
        private long generation;

        private long cnt0;

        Client(int id) {
            this.id = id;
        }

        boolean has(Frame frame) {
            return generation == frame.generation && cnt0 == frame.cnt0;
        }
    }

    /** A frame, ready to be sent. */
    private record Frame(ViewerSocket.Message message, long generation, long cnt0, int bytes) {}

    StreamFeed(String name, PublishSettings settings, ViewerSocket socket, PublishCounts counts) {
        this.name = name;
        this.settings = settings;
        this.socket = socket;
        this.counts = counts;
        this.periodNs = settings.periodNs();
    }

    /** A client asks for a frame; false if this feed has ended. */
    synchronized boolean request(int client) {
        if (stopped) {
            return false;
        }
        clients.computeIfAbsent(client, Client::new).waits = true;
        news.release();
        return true;
    }

    /** A client is gone. */
    synchronized void forget(int client) {
        clients.remove(client);
        if (clients.isEmpty()) {
            emptySinceNs = Clock.monotonicNs();
        }
    }

    /** True once it has had no clients for a while; it then takes no more. */
    synchronized boolean hasEnded() {
        return stopped;
    }

    /** Ends it; returns the clients that wait. */
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

    /** Until the time is over, or a client asks. */
    private void pause(long waitNs) throws InterruptedException {
        if (news.tryAcquire(waitNs, TimeUnit.NANOSECONDS)) {
            news.drainPermits();
        }
    }

    /** Serves those who are due; returns the time to the next look, -1 for the end. */
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
        } catch (RuntimeException | OutOfMemoryError bug) {
            forgetImage();
            say("could not be published: " + bug, true);
            return ABSENT_POLL_NS;
        }
    }

    private long serve(List<Client> due, long nowNs) {
        if (!follow()) {
            return ABSENT_POLL_NS;
        }
        Frame frame = read(nowNs);
        if (frame == null) {
            return pollNs(nowNs);
        }
        boolean all = true;
        for (Client client : due) {
            if (!client.has(frame)) {
                all &= send(client, frame, nowNs);
            }
        }
        return all ? pollNs(nowNs) : BUSY_NS;
    }

    private boolean send(Client client, Frame frame, long nowNs) {
        synchronized (this) {
            client.waits = false; // before it is sent: the answer may be quick
        }
        ViewerSocket.Sent sent = socket.send(client.id, frame.message);
        synchronized (this) {
            switch (sent) {
                case YES -> {
                    client.generation = frame.generation;
                    client.cnt0 = frame.cnt0;
                    client.dueNs = Math.max(client.dueNs + periodNs, nowNs);
                }
                case NOT_NOW -> client.waits = true;
                case GONE -> forget(client.id);
            }
        }
        if (sent == ViewerSocket.Sent.YES) {
            counts.sent(frame.bytes);
        }
        return sent != ViewerSocket.Sent.NOT_NOW;
    }

    private long pollNs(long nowNs) {
        boolean calm = nowNs - newestSinceNs > CALM_AFTER_NS;
        return calm
                ? Math.min(CALM_POLL_NS, periodNs)
                : Math.clamp(periodNs / 20, MIN_POLL_NS, MAX_POLL_NS);
    }

    /**
     * Opens the stream, again if it was re-created; false if it is not there or not for viewers.
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
        generation++;
        ImageSpec spec = now.spec();
        String refusal = refusal(spec, settings.compressed());
        if (refusal != null) {
            say("is not for viewers: " + refusal, true);
            return false;
        }
        xrif =
                settings.compressed() && MilkzmqHead.compresses(spec.type())
                        ? new Xrif((int) spec.shape().slicePixels())
                        : null;
        scratch = new byte[xrif == null ? 0 : (int) spec.sliceBytes()];
        packed = new byte[xrif == null ? 0 : Xrif.maxCompressedBytes(xrif.pixels())];
        reader = now.newPollingReader();
        say("is published, " + spec.describe(), false);
        return true;
    }

    /** Why frames of an image cannot be sent; null if they can. */
    static @Nullable String refusal(ImageSpec spec, boolean compressed) {
        if (!MilkzmqHead.carries(spec.type())) {
            return "milkzmq has no pixels of type " + spec.type().letters();
        }
        boolean packs = compressed && MilkzmqHead.compresses(spec.type());
        long bytes = packs ? 2 * spec.sliceBytes() : spec.sliceBytes();
        return bytes > MAX_FRAME_BYTES
                ? "a frame has " + spec.sliceBytes() + " bytes, more than fit a message here"
                : null;
    }

    /** Says something once, until something else is to be said. */
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
        newest = null;
        xrif = null;
        Image last = image;
        image = null;
        if (last != null) {
            last.close();
        }
    }

    /** The newest frame; null if there is none, or writers left no time for it. */
    private @Nullable Frame read(long nowNs) {
        Image from = image;
        FrameReader frames = reader;
        if (from == null || frames == null || !frames.hasFrame()) {
            return null;
        }
        Frame last = newest;
        if (last != null && last.cnt0 == from.cnt0()) {
            return last;
        }
        FrameCopier copier = new FrameCopier(from);
        if (!frames.readNewestSlice(copier)) {
            return null;
        }
        Frame frame = copier.frame();
        newest = frame;
        newestSinceNs = nowNs;
        counts.read();
        return frame;
    }

    /** Copies into a message, or for the compressor. */
    private final class FrameCopier implements FrameReader.Copier {
        private final MemorySegment memory;
        private final ImageSpec spec;
        private final byte[] pixels;
        private final int at;
        private long cnt0;
        private long seconds;
        private long nanos;

        FrameCopier(Image from) {
            this.memory = from.memory();
            this.spec = from.spec();
            boolean raw = xrif == null;
            this.pixels = raw ? new byte[MilkzmqHead.BYTES + (int) spec.sliceBytes()] : scratch;
            this.at = raw ? MilkzmqHead.BYTES : 0;
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
            Xrif compressor = xrif;
            byte[] bytes = pixels;
            if (compressor != null) {
                int length = compressor.compress(MemorySegment.ofArray(pixels), packed, 0);
                bytes = new byte[MilkzmqHead.BYTES + length];
                System.arraycopy(packed, 0, bytes, MilkzmqHead.BYTES, length);
            }
            new MilkzmqHead(
                            name,
                            spec.type(),
                            spec.shape().nx(),
                            Math.max(1, spec.shape().ny()),
                            cnt0,
                            seconds,
                            nanos,
                            compressor != null,
                            bytes.length - MilkzmqHead.BYTES)
                    .write(bytes);
            return new Frame(new ViewerSocket.Message(bytes), generation, cnt0, bytes.length);
        }
    }
}
