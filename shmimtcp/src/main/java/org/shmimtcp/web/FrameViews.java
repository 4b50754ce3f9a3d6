package org.shmimtcp.web;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.posix.Clock;

/** The frames that browsers view. Views that no browser requests any more are closed. */
final class FrameViews implements AutoCloseable {
    private static final long UNUSED_NS = 10_000_000_000L;

    /**
     * Period at which a stream's counter is polled. Waiting on a semaphore instead would occupy one
     * of the ten that other readers need.
     */
    private static final long POLL_MS = 50;

    private static final int MAX_VIEWS = 12;

    /**
     * A view that was not requested for so long is no longer in use: a browser that shows it
     * repeats its request after one second at most.
     */
    private static final long LOOKED_AT_NS = 3_000_000_000L;

    /**
     * Limit for the frames of all viewed streams together. A copy of each frame is kept here.
     * Closed views are freed only when the garbage collector runs, so twice as much must fit into
     * the JVM's limit (512 MiB).
     */
    private static final long MAX_BYTES = 256L << 20;

    /** Limit for pictures in transit to browsers, some of which read slowly. */
    private static final int MAX_SENT_BYTES = 128 << 20;

    /** Too many or too large streams are being viewed; a later request may succeed. */
    static final class Full extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Full(String message) {
            super(message);
        }
    }

    private record Key(String name, int slice) {}

    private final ImageDirectory directory;
    private final Map<Key, FrameView> views = new HashMap<>();

    /** Pictures are rendered one at a time, on one core, regardless of the number of browsers. */
    private final Semaphore turn = new Semaphore(1, true);

    private final Semaphore sent = new Semaphore(MAX_SENT_BYTES);

    private final long maxBytes;

    FrameViews(ImageDirectory directory) {
        this(directory, MAX_BYTES);
    }

    /**
     * @param maxBytes limit for the frames of all viewed streams together
     */
    FrameViews(ImageDirectory directory, long maxBytes) {
        this.directory = directory;
        this.maxBytes = maxBytes;
    }

    /**
     * Waits for a picture newer than the one that the browser has.
     *
     * @param has version of the picture that the browser has; 0 for none
     * @return null if nothing has changed within the time-out, or if too many bytes are in transit;
     *     otherwise call {@link #sent} when the picture has been sent
     * @throws ImageException if the stream cannot be opened
     * @throws Full if too many or too large streams are being viewed
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
            Thread.sleep(POLL_MS); // a view claims no semaphore, so no post wakes it
        }
    }

    private byte @Nullable [] picture(Key key, long has, FrameView.Region part, int maxCells) {
        FrameView view = view(key);
        try {
            return view.update() == has ? null : view.picture(part, maxCells);
        } catch (OutOfMemoryError e) { // for example after a larger stream has replaced this one
            remove(key);
            throw new Full("there is not enough memory for stream '" + key.name() + "'");
        }
    }

    /**
     * Releases a picture's share of the limit. Call when the picture has been sent or sending has
     * failed.
     */
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

    /** Closes views without recent requests if the new view needs their room. */
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
                            + " MiB: too large to show");
        }
        if (!hasRoom(bytes)) {
            removeUnused(LOOKED_AT_NS);
        }
        if (!hasRoom(bytes)) {
            throw new Full(
                    views.size()
                            + " streams are being viewed, and with '"
                            + key.name()
                            + "' their frames would exceed the limit ("
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

    /** Closes the views that no browser has requested for ten seconds. */
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

    /** Call only with {@link #turn} acquired. */
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
