package org.shmimtcp.testing;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;

/**
 * Frames in which every 8-byte word except the second, a time, is the frame's number, as in
 * shmpeer.
 */
public final class NumberedFrames {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final long POLL_NS = 50_000_000;

    private NumberedFrames() {}

    /** Publishes a frame, numbered from 1; in a cube, as the next slice. */
    public static void publish(Image source, FrameWriter writer, long number) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = arena.allocate(source.spec().sliceBytes(), 8);
            for (long i = 0; i < frame.byteSize() / 8; i++) {
                frame.setAtIndex(JAVA_LONG, i, number);
            }
            writer.publish((int) ((number - 1) % source.spec().shape().slices()), frame);
        }
    }

    /** Returns the frame number in a slice; -1 if its words differ. */
    public static long numberIn(MemorySegment slice) {
        long number = slice.getAtIndex(JAVA_LONG, 0);
        for (long i = 2; i < slice.byteSize() / 8; i++) {
            if (slice.getAtIndex(JAVA_LONG, i) != number) {
                return -1;
            }
        }
        return number;
    }

    /** Returns the frame number in an image of one slice; -1 while a frame is being written. */
    public static long numberIn(Image image) {
        long number = numberIn(image.pixels()); // first: pixels are written before the counters
        return image.isWriting() ? -1 : number;
    }

    /** Returns the number of the newest frame; -1 while a frame is being written. */
    private static long newest(Image image) {
        long sliceBytes = image.spec().sliceBytes();
        long slice = image.spec().shape().slices() == 1 ? 0 : image.cnt1();
        long number = numberIn(image.pixels().asSlice(slice * sliceBytes, sliceBytes));
        return image.isWriting() ? -1 : number;
    }

    /**
     * Publishes frames one at a time, waiting for each to arrive, and checks each in the copy. If
     * the source has a frame already, waits for that first: it would be taken for the next one.
     *
     * @throws AssertionError if a frame does not arrive, or arrives changed
     */
    public static void lockStep(Image source, Image copy, int first, int last) {
        if (source.cnt0() > 0) {
            long there = newest(source);
            Await.until(DEADLINE, "the frame that is there", () -> newest(copy) == there);
        }
        FrameWriter writer = source.newWriter();
        long sliceBytes = source.spec().sliceBytes();
        for (int number = first; number <= last; number++) {
            long before = copy.cnt0();
            publish(source, writer, number);
            int frame = number;
            Await.until(DEADLINE, "frame " + frame, () -> copy.cnt0() > before);
            long slice = (frame - 1L) % source.spec().shape().slices();
            MemorySegment pixels = copy.pixels().asSlice(slice * sliceBytes, sliceBytes);
            if (numberIn(pixels) != frame || copy.cnt0() != before + 1 || copy.cnt1() != slice) {
                throw new AssertionError(
                        "frame %d arrived as %d, slice %d as %d, cnt0 %d after %d"
                                .formatted(
                                        frame,
                                        numberIn(pixels),
                                        slice,
                                        copy.cnt1(),
                                        copy.cnt0(),
                                        before));
            }
        }
    }

    /**
     * Reads a copy on a thread of its own, and checks all frames published from now on, until it is
     * closed.
     */
    public static final class Checker implements AutoCloseable {
        private final Image image;
        private final long firstCnt0;
        private final Thread thread;
        private volatile boolean stopping;
        private volatile long newest;
        private long frames;
        private long torn;
        private long foreign;
        private long backwards;
        private long repeated;
        private long lost;

        public Checker(Image image) {
            this.image = image;
            this.firstCnt0 = image.cnt0() + 1;
            this.thread = Thread.ofPlatform().daemon().name("checker").start(this::run);
        }

        private void run() {
            try (FrameReader reader = image.newReader()) {
                MemorySegment frame = reader.newBuffer();
                while (!stopping) {
                    if (reader.awaitNext(POLL_NS)
                            && reader.readNext(frame, 0, null, 0)
                            && reader.cnt0() >= firstCnt0) {
                        judge(numberIn(frame));
                    }
                }
            }
        }

        private void judge(long number) {
            frames++;
            if (number < 0) {
                torn++;
            } else if (number == 0) {
                foreign++;
            } else if (number == newest) {
                repeated++;
            } else if (number < newest) {
                backwards++;
            } else {
                lost += newest == 0 ? 0 : number - newest - 1;
                newest = number;
            }
        }

        /** Returns the highest frame number seen so far. */
        public long newest() {
            return newest;
        }

        public long frames() {
            return frames;
        }

        /** Returns the number of frames that the reader accepted although their words differ. */
        public long torn() {
            return torn;
        }

        /** Returns the number of frames numbered 0, which no writer wrote. */
        public long foreign() {
            return foreign;
        }

        /** Returns the number of frames with a lower number than an earlier one. */
        public long backwards() {
            return backwards;
        }

        /** Returns the number of frames with the same number as the previous one. */
        public long repeated() {
            return repeated;
        }

        /**
         * Returns the count of frame numbers that never arrived here, wherever they were skipped.
         */
        public long lost() {
            return lost;
        }

        /** Stops checking. The counts are final afterwards. */
        @Override
        public void close() {
            stopping = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public String toString() {
            return "frames=%d lost=%d torn=%d foreign=%d backwards=%d repeated=%d"
                    .formatted(frames, lost, torn, foreign, backwards, repeated);
        }
    }
}
