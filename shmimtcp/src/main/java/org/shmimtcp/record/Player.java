package org.shmimtcp.record;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.fits.FrameTable;
import org.shmimtcp.fits.ImageHdu;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.loop.Counter;
import org.shmimtcp.loop.Loop;
import org.shmimtcp.pacing.Lateness;
import org.shmimtcp.pacing.Pace;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HelperThread;

/**
 * Publishes the frames of a FITS cube into a stream, at a given rate or at their original times.
 *
 * <p>A thread reads ahead, so a slow disk causes no delay unless the ring runs empty. Every frame
 * is published, in order; a late frame is published at once.
 */
public final class Player implements Loop {
    private final Image image;
    private final ImageHdu file;
    private final double rateHz;
    private final boolean loop;
    private final FrameWriter writer;
    private final FrameRing ring;
    private final long pixels;
    private final long frameCount;
    private final Counter frames = new Counter();
    private final Lateness lateness = new Lateness();
    private final AtomicReference<@Nullable Throwable> diskFailure = new AtomicReference<>();
    private final BooleanSupplier over = this::isOver;
    private volatile boolean stopped;
    private volatile boolean readAll;

    /**
     * @param rateHz frames a second; 0 for the original times
     * @param loop true to restart from the first frame after the last
     * @param bufferBytes the size of the ring
     * @throws ImageException if the frames do not fit, have no times though these are needed, or
     *     the stream may not be written
     */
    public Player(Image image, ImageHdu file, double rateHz, boolean loop, long bufferBytes) {
        this.image = image;
        this.file = file;
        this.rateHz = rateHz;
        this.loop = loop;
        if (rateHz == 0 && file.table() == null) {
            throw new ImageException(file.file() + " has no times of its frames: give a rate");
        }
        this.frameCount = file.axes().getLast();
        if (frameCount == 0) {
            throw new ImageException(file.file() + " has no frames");
        }
        this.pixels = image.spec().pixelBytes() / image.spec().type().bytes();
        this.writer = image.newWriter();
        this.ring = new FrameRing(pixels * file.codec().bytes(), bufferBytes);
    }

    /**
     * Publishes until the end of the file, or until stopped.
     *
     * @throws ImageException if the stream was replaced, removed or truncated
     * @throws UncheckedIOException if the file cannot be read to its end
     */
    @Override
    public void run() {
        Thread disk =
                Thread.ofPlatform()
                        .name("disk")
                        .daemon()
                        .uncaughtExceptionHandler((t, e) -> diskFailure.set(e))
                        .unstarted(HelperThread.onAnyCpu(this::readAhead));
        try (ring) {
            disk.start();
            try {
                play();
            } finally {
                stopped = true;
                join(disk);
            }
        }
        switch (diskFailure.get()) {
            case null -> {}
            case Error error -> throw error;
            case RuntimeException exception -> throw exception;
            case Throwable other -> throw new IllegalStateException(other);
        }
    }

    private static void join(Thread disk) {
        try {
            disk.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void play() {
        Pace pace = new Pace(rateHz, Clock::monotonicNs, LockSupport::parkNanos);
        OriginalTimes times = new OriginalTimes(file.file(), frameCount, Clock.monotonicNs());
        boolean first = true;
        while (ring.awaitFrame(() -> readAll || isOver()) && !isOver()) {
            if (first) { // the first frame has been read: start the clock now
                times = new OriginalTimes(file.file(), frameCount, Clock.monotonicNs());
                pace = new Pace(rateHz, Clock::monotonicNs, LockSupport::parkNanos);
                first = false;
            }
            long number = ring.emptied();
            long dueNs = rateHz > 0 ? pace.awaitNext(over) : awaitTime(pace, times, number);
            if (isOver()) {
                return;
            }
            if (image.isReplaced()) {
                throw new ImageException(
                        "stream '"
                                + image.name()
                                + "' was replaced or removed while it was written");
            }
            long lateNs = Clock.monotonicNs() - dueNs;
            publish(number);
            ring.empty(1);
            lateness.record(lateNs);
            frames.increment();
            if (rateHz > 0) {
                pace.writtenKeepingUp();
            }
        }
    }

    private long awaitTime(Pace pace, OriginalTimes times, long number) {
        long writtenNs = FrameTable.writtenNs(ring.rows(), ring.rowAt(number));
        long dueNs = times.nextNs(number, writtenNs);
        pace.awaitTime(dueNs, over);
        return dueNs;
    }

    private void publish(long number) {
        writer.begin();
        writer.writeImage(ring.frames(), ring.frameAt(number));
        writer.commit(slice(number));
    }

    /** Returns the slice of a cube that was written for this frame. */
    private int slice(long number) {
        int slices = image.spec().shape().slices();
        if (slices == 1 || file.table() == null) {
            return 0;
        }
        long cnt1 = FrameTable.cnt1(ring.rows(), ring.rowAt(number));
        return cnt1 >= 0 && cnt1 < slices ? (int) cnt1 : 0;
    }

    /** Fills the ring from the file; runs on the disk thread. */
    private void readAhead() {
        try (FileChannel in = FileChannel.open(file.file(), StandardOpenOption.READ)) {
            do {
                for (long frame = 0; frame < frameCount; frame++) {
                    if (!ring.awaitPlace(over)) {
                        return;
                    }
                    read(in, frame, ring.filled());
                    ring.fill(1);
                }
            } while (loop);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            readAll = true;
        }
    }

    private void read(FileChannel in, long frame, long number) throws IOException {
        long bytes = pixels * file.codec().fileBytes();
        long at = ring.frameAt(number);
        readFully(in, file.dataAt() + frame * bytes, ring.frames().asSlice(at, bytes));
        file.codec().fromFile(ring.frames(), at, pixels);
        ImageHdu.Table table = file.table();
        if (table != null) {
            long row = table.at() + frame * FrameTable.ROW_BYTES;
            long rowAt = ring.rowAt(number);
            readFully(in, row, ring.rows().asSlice(rowAt, FrameTable.ROW_BYTES));
        }
    }

    private void readFully(FileChannel in, long from, MemorySegment to) throws IOException {
        ByteBuffer buffer = to.asByteBuffer();
        while (buffer.hasRemaining()) {
            if (in.read(buffer, from + buffer.position()) < 0) {
                throw new EOFException(file.file() + " was truncated while it was read");
            }
        }
    }

    @Override
    public void stop() {
        stopped = true;
    }

    private boolean isOver() {
        return stopped || diskFailure.get() != null;
    }

    @Override
    public Traffic traffic() {
        long played = frames.get();
        return new Traffic(
                image.name(),
                "played",
                played,
                played,
                played * image.spec().pixelBytes(),
                0,
                lateness.describe());
    }
}
