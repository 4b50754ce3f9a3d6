package org.shmimtcp.testing;

import java.util.concurrent.locks.LockSupport;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;

/** Publishes numbered frames into an image at 200 Hz, until it is closed. */
public final class SteadySource implements AutoCloseable {
    private static final long PERIOD_NS = 5_000_000;

    private final Image image;
    private final Thread thread;
    private volatile boolean stopping;

    public SteadySource(Image image) {
        this.image = image;
        this.thread = Thread.ofPlatform().daemon().name("source").start(this::run);
    }

    private void run() {
        FrameWriter writer = image.newWriter();
        while (!stopping) {
            NumberedFrames.publish(image, writer, image.cnt0() + 1);
            LockSupport.parkNanos(PERIOD_NS);
        }
    }

    /** Stops publishing. No frame is published after this returns. */
    public void stop() {
        stopping = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stop();
    }
}
