package org.shmimtcp.web;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.posix.Clock;

/** The frames that browsers look at; those that nobody asks for any more are let go. */
final class FrameViews implements AutoCloseable {
    private static final long UNUSED_NS = 10_000_000_000L;

    /**
     * How often a stream's counter is looked at for somebody. Waiting on a semaphore instead would
     * take one of the ten that its readers need.
     */
    private static final long LOOK_MS = 50;

    private static final int MAX_VIEWS = 12;

    /** A browser that still looks has asked again by then: it waits for a second at most. */
    private static final long LOOKED_AT_NS = 3_000_000_000L;

    /**
     * Of all streams that are looked at. A copy of each frame is kept here; what is let go is freed
     * when the collector runs, so that twice as much must fit into the JVM's limit (512 MiB).
     */
    private static final long MAX_BYTES = 256L << 20;

    /** Pictures on their way to browsers, some of which read slowly. */
    private static final int MAX_SENT_BYTES = 128 << 20;

    /** Too much is being looked at; it may be less in a moment. */
    static final class Full extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Full(String message) {
            super(message);
        }
    }

    private record Key(String name, int slice) {}

    private final ImageDirectory directory;
    private final Map<Key, FrameView> views = new HashMap<>();

    /** However many browsers there are: pictures are made one after the other, on one core. */
    private final Semaphore turn = new Semaphore(1, true);

    private final Semaphore sent = new Semaphore(MAX_SENT_BYTES);

    private final long maxBytes;

    FrameViews(ImageDirectory directory) {
        this(directory, MAX_BYTES);
    }

    /**
     * @param maxBytes of the frames of all streams that are looked at
     */
    FrameViews(ImageDirectory directory, long maxBytes) {
        this.directory = directory;
        this.maxBytes = maxBytes;
    }

    /**
     * A picture that is another one than that which the browser has.
     *
     * @param has version of what the browser has; 0 for nothing
     * @return null if nothing has changed in that time, or nothing more can be sent; {@link #sent}
     *     is to be told of anything else
     * @throws ImageException if the stream cannot be opened
     * @throws Full if too much is being looked at
     */
    byte @Nullable [] await(
            String name, int slice, long has, FrameView.Region part, int maxCells, long timeoutMs)
            throws InterruptedException {
        long endNs = Clock.monotonicNs() + timeoutMs * 1_000_000;
        while (true) {
            turn.acquire();
            try {
                byte[] picture = picture(new Key(name, slice), has, part, maxCells);
                if (picture != null) {
                    return sent.tryAcquire(picture.length) ? picture : null;
                }
            } finally {
                turn.release();
            }
            if (Clock.monotonicNs() > endNs) {
                return null;
            }
            Thread.sleep(LOOK_MS);
        }
    }

    private byte @Nullable [] picture(Key key, long has, FrameView.Region part, int maxCells) {
        FrameView view = view(key);
        try {
            return view.update() == has ? null : view.picture(part, maxCells);
        } catch (OutOfMemoryError e) { // of a stream that was replaced by a larger one, say
            remove(key);
            throw new Full("there is not enough memory for stream '" + key.name() + "'");
        }
    }

    /** Is told when a picture has left, or cannot. */
    void sent(byte[] picture) {
        sent.release(picture.length);
    }

    private synchronized FrameView view(Key key) {
        FrameView view = views.get(key);
        if (view == null) {
            makeRoom(key);
            view = new FrameView(directory, key.name(), key.slice());
            views.put(key, view);
        }
        return view;
    }

    /** Lets go those that nobody has asked for lately, if that is needed. */
    private void makeRoom(Key key) {
        long bytes;
        try (Image image = Image.open(directory, key.name())) {
            bytes = image.spec().sliceBytes();
        }
        if (bytes > maxBytes) {
            throw new ImageException(
                    "stream '"
                            + key.name()
                            + "' has frames of "
                            + (bytes >> 20)
                            + " MiB: too large to be shown");
        }
        if (!hasRoom(bytes)) {
            removeUnused(LOOKED_AT_NS);
        }
        if (!hasRoom(bytes)) {
            throw new Full(
                    views.size()
                            + " streams are being looked at, and with '"
                            + key.name()
                            + "' their frames would be more than can be shown at a time ("
                            + (maxBytes >> 20)
                            + " MiB, "
                            + MAX_VIEWS
                            + " streams); close another picture");
        }
    }

    private boolean hasRoom(long bytes) {
        long all = views.values().stream().mapToLong(FrameView::bytes).sum();
        return views.size() < MAX_VIEWS && all + bytes <= maxBytes;
    }

    private synchronized void remove(Key key) {
        FrameView view = views.remove(key);
        if (view != null) {
            view.close();
        }
    }

    ImageDirectory directory() {
        return directory;
    }

    /** Lets go what nobody looks at. */
    void closeUnused() {
        closeIf(UNUSED_NS);
    }

    private void closeIf(long unusedNs) {
        turn.acquireUninterruptibly();
        try {
            removeUnused(unusedNs);
        } finally {
            turn.release();
        }
    }

    /** With the turn. */
    private synchronized void removeUnused(long unusedNs) {
        long nowNs = Clock.monotonicNs();
        views.values()
                .removeIf(view -> {
                    boolean unused = view.isUnused(nowNs, unusedNs);
                    if (unused) {
                        view.close();
                    }
                    return unused;
                });
    }

    @Override
    public void close() {
        closeIf(-1);
    }
}
