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

    /** A copy of it is kept here, and looked at as a whole. */
    private static final long MAX_FRAME_BYTES = 256L << 20;

    private record Key(String name, int slice) {}

    private final ImageDirectory directory;
    private final Map<Key, FrameView> views = new HashMap<>();

    /** However many browsers there are: pictures are made one after the other, on one core. */
    private final Semaphore turn = new Semaphore(1, true);

    FrameViews(ImageDirectory directory) {
        this.directory = directory;
    }

    /**
     * A picture that is another one than that which the browser has.
     *
     * @param has version of what the browser has; 0 for nothing
     * @return null if nothing has changed in that time
     * @throws ImageException if the stream cannot be opened
     */
    byte @Nullable [] await(
            String name, int slice, long has, FrameView.Region part, int maxCells, long timeoutMs)
            throws InterruptedException {
        long endNs = Clock.monotonicNs() + timeoutMs * 1_000_000;
        while (true) {
            turn.acquire();
            try {
                FrameView view = view(new Key(name, slice));
                if (view.update() != has) {
                    return view.picture(part, maxCells);
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

    private synchronized FrameView view(Key key) {
        FrameView view = views.get(key);
        if (view == null) {
            if (views.size() >= MAX_VIEWS) {
                throw new ImageException(
                        MAX_VIEWS + " streams are being looked at, which is the most at a time");
            }
            try (Image image = Image.open(directory, key.name())) {
                if (image.spec().sliceBytes() > MAX_FRAME_BYTES) {
                    throw new ImageException(
                            "stream '"
                                    + key.name()
                                    + "' has frames of "
                                    + (image.spec().sliceBytes() >> 20)
                                    + " MiB: too large to be shown");
                }
            }
            view = new FrameView(directory, key.name(), key.slice());
            views.put(key, view);
        }
        return view;
    }

    ImageDirectory directory() {
        return directory;
    }

    /** Lets go what nobody looks at. */
    void closeUnused() {
        closeIf(UNUSED_NS);
    }

    private void closeIf(long unusedNs) {
        long nowNs = Clock.monotonicNs();
        turn.acquireUninterruptibly();
        try {
            synchronized (this) {
                views.values()
                        .removeIf(view -> {
                            boolean unused = view.isUnused(nowNs, unusedNs);
                            if (unused) {
                                view.close();
                            }
                            return unused;
                        });
            }
        } finally {
            turn.release();
        }
    }

    @Override
    public void close() {
        closeIf(-1);
    }
}
