package org.shmimtcp.link;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.loop.Counter;
import org.shmimtcp.testing.Await;

/**
 * Reads a copy while everything else goes wrong, and finds every frame that no writer wrote. Frames
 * carry their number, from 1 on, in all 64-bit words but the second, which is the time of writing
 * (CLOCK_MONOTONIC): as {@code shmpeer write} makes them.
 */
final class CopyWatch implements AutoCloseable {
    private static final double STALE_S = 0.1;

    private final ImageDirectory directory;
    private final String name;
    private final boolean sourceCounter;
    private final Thread thread = Thread.ofPlatform().daemon().unstarted(this::run);
    private volatile boolean ended;
    private final Counter frames = new Counter();
    private volatile long lastNs = System.nanoTime();
    private volatile long lastNumber;
    private final Counter torn = new Counter();
    private final Counter foreign = new Counter();
    private final Counter backwards = new Counter();
    private final Counter misnumbered = new Counter();
    private final Counter images = new Counter();
    private final Counter stale = new Counter();
    private volatile double oldestS;

    /**
     * @param sourceCounter true if cnt0 of the copy is the source's, and so the frame's number
     */
    CopyWatch(ImageDirectory directory, String name, boolean sourceCounter) {
        this.directory = directory;
        this.name = name;
        this.sourceCounter = sourceCounter;
        thread.start();
    }

    private void run() {
        while (!ended) {
            try (Image image = Image.open(directory, name);
                    FrameReader reader = image.newReader()) {
                images.increment();
                follow(image, reader);
            } catch (ImageException notThere) {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    private void follow(Image image, FrameReader reader) {
        MemorySegment frame = reader.newBuffer();
        long before = -1;
        while (!ended && !image.isReplaced()) {
            if (!reader.awaitNext(20_000_000) || !reader.readNewest(frame)) {
                continue;
            }
            long number = frame.get(JAVA_LONG, 0);
            long wrong = 0;
            for (long at = 16; at < frame.byteSize(); at += 8) {
                wrong |= frame.get(JAVA_LONG, at) ^ number;
            }
            torn.add(wrong != 0 ? 1 : 0);
            foreign.add(isWritten(number, frame.get(JAVA_LONG, 8)) ? 0 : 1);
            backwards.add(number < before ? 1 : 0);
            misnumbered.add(sourceCounter && number != reader.cnt0() ? 1 : 0);
            before = number;
            lastNumber = number;
            frames.increment();
            lastNs = System.nanoTime();
            noteAge((lastNs - frame.get(JAVA_LONG, 8)) / 1e9);
        }
    }

    /** What is left of an image that is being made, or of none, has no number and no time. */
    private static boolean isWritten(long number, long writtenNs) {
        return number > 0 && writtenNs > 0 && writtenNs <= System.nanoTime();
    }

    /** Both are of CLOCK_MONOTONIC. */
    private void noteAge(double ageS) {
        oldestS = Math.max(oldestS, ageS);
        stale.add(ageS > STALE_S ? 1 : 0);
    }

    /** Frames so far that were more than 0.1 s old when they were seen. */
    long stale() {
        return stale.get();
    }

    /** Age of the oldest frame seen so far, in seconds. */
    double oldestS() {
        return oldestS;
    }

    long lastNumber() {
        return lastNumber;
    }

    long frames() {
        return frames.get();
    }

    /** Copies that were opened, one after the other. */
    long images() {
        return images.get();
    }

    boolean isFaultless() {
        return torn.get() == 0
                && foreign.get() == 0
                && backwards.get() == 0
                && misnumbered.get() == 0;
    }

    /** Waits for a frame that arrives from now on; returns how long that took, in seconds. */
    double secondsToNextFrame(Duration deadline) {
        long startNs = System.nanoTime();
        long before = frames.get();
        Await.until(deadline, "a frame; " + this, () -> frames.get() > before);
        return (lastNs - startNs) / 1e9;
    }

    @Override
    public String toString() {
        return "frames=%d torn=%d foreign=%d backwards=%d misnumbered=%d images=%d last=%d"
                .formatted(
                        frames.get(),
                        torn.get(),
                        foreign.get(),
                        backwards.get(),
                        misnumbered.get(),
                        images.get(),
                        lastNumber);
    }

    @Override
    public void close() {
        ended = true;
        try {
            thread.join(5000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
