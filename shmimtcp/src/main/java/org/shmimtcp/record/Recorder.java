package org.shmimtcp.record;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.fits.FrameTable;
import org.shmimtcp.fits.ImageHeader;
import org.shmimtcp.fits.PixelCodec;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.loop.Counter;
import org.shmimtcp.loop.Loop;
import org.shmimtcp.posix.ClaimedFile;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HelperThread;
import org.shmimtcp.posix.IoReason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records every new frame of a stream into a FITS cube, in constant memory.
 *
 * <p>The thread that follows the stream copies frames into a ring, and waits for the disk only if
 * the ring is full. Frames that the stream publishes meanwhile are lost, counted and logged.
 * Recording changes nothing in the stream except one of its semaphores.
 */
public final class Recorder implements Loop {
    private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);
    private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long UPDATE_NS = TimeUnit.SECONDS.toNanos(1);

    /** The largest piece written to the disk at once. */
    private static final long PIECE_BYTES = 8 << 20;

    private static final long REHEARSAL_NS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final int REHEARSED_FRAMES = 2000;
    private static final Duration TIME_TO_FINISH = Duration.ofMinutes(10);

    private final Image image;
    private final Limits limits;
    private final Path file;
    private final CubeFile cube;
    private final PixelCodec codec;
    private final long pixels;
    private final long fileFrameBytes;
    private final FrameRing ring;
    private final FrameCopier copier;
    private final Counter frames = new Counter();
    private final Counter skipped = new Counter();
    private final Counter lostToDisk = new Counter();

    /** Frames that were read, but in the end are not in the file. */
    private final Counter missing = new Counter();

    private final AtomicReference<@Nullable Throwable> diskFailure = new AtomicReference<>();
    private final BooleanSupplier over = this::isOver; // one object instead of one per frame
    private long startNs;
    private long skippedBefore;
    private volatile boolean followed;
    private volatile boolean stopped;

    /**
     * When to end, and how much memory to use.
     *
     * @param frames the number of frames; {@code Long.MAX_VALUE} for no limit
     * @param durationNs the time; {@code Long.MAX_VALUE} for no limit
     * @param bufferBytes the size of the ring
     */
    public record Limits(long frames, long durationNs, long bufferBytes) {}

    /**
     * Creates the file.
     *
     * @param replace true to replace a regular file of that name, and the remains of an unfinished
     *     recording; otherwise neither may exist
     * @param origin for the header
     * @throws ImageException if such pixels cannot be saved, or there is no memory for the ring
     * @throws IOException if the file exists and is not to be replaced, is not a regular file or is
     *     being written, or cannot be created
     */
    public Recorder(
            Image image, Path file, boolean replace, ImageHeader.Origin origin, Limits limits)
            throws IOException {
        this.image = image;
        this.file = file;
        this.limits = limits;
        this.codec = PixelCodec.of(image.spec().type());
        byte[] header = ImageHeader.ofFrames(image.spec(), image.name(), origin);
        this.pixels = image.spec().frameBytes() / image.spec().type().bytes();
        this.fileFrameBytes = pixels * codec.fileBytes();
        this.copier = new FrameCopier(image);
        // Places have the size of a frame in the file, so that many frames are written at once.
        this.ring = new FrameRing(fileFrameBytes, limits.bufferBytes());
        int axes = ImageHeader.frameAxes(image.spec()).size();
        try {
            this.cube = CubeFile.create(file, replace, header, axes, fileFrameBytes);
        } catch (IOException | RuntimeException e) {
            ring.close();
            throw e;
        }
    }

    /**
     * Records until the number of frames or the time is reached, or it is stopped; then completes
     * the file.
     *
     * @throws ImageException if the stream was replaced, removed or truncated; the file is complete
     *     up to there
     * @throws UncheckedIOException if the file is not complete, or not under its name; the frames
     *     that it lacks are counted
     */
    @Override
    public void run() {
        try (ring;
                cube) {
            Thread disk =
                    Thread.ofPlatform()
                            .name("disk")
                            .uncaughtExceptionHandler((t, e) -> diskFailure.set(e))
                            .start(HelperThread.onAnyCpu(this::writeAll));
            @Nullable ImageException lost = null;
            try {
                follow();
            } catch (ImageException e) {
                lost = e; // earlier frames are kept
            } finally {
                followed = true;
                join(disk);
            }
            complete();
            if (lost != null) {
                throw lost;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void join(Thread disk) {
        boolean interrupted = false;
        while (disk.isAlive()) {
            try {
                disk.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void complete() throws IOException {
        switch (diskFailure.get()) {
            case null -> finish();
            case UncheckedIOException e -> throw unwritten(IoReason.of(e), e);
            case Error error -> {
                count(settled());
                throw error;
            }
            case RuntimeException exception -> {
                count(settled());
                throw exception;
            }
            case Throwable other -> throw new IllegalStateException(other);
        }
    }

    private void finish() throws IOException {
        if (cube.isRemoved()) {
            count(0);
            throw removed();
        }
        try {
            cube.finish();
        } catch (FileSystemException onlyItsRowsAreLeft) {
            throw onlyItsRowsAreLeft;
        } catch (IOException e) {
            throw unwritten(IoReason.of(e), e);
        }
        if (cube.isMoved()) {
            throw new FileSystemException(
                    file.toString(),
                    null,
                    "it was renamed while it was recorded: all "
                            + frames()
                            + " frames are in "
                            + cube.whereabouts());
        }
    }

    private FileSystemException removed() {
        String what = "it was removed while it was recorded: ";
        String lost =
                frames.get() == 1
                        ? "its one frame is lost"
                        : "its " + frames.get() + " frames are lost";
        return new FileSystemException(file.toString(), null, what + lost);
    }

    private IOException unwritten(String why, Exception cause) throws IOException {
        if (cube.isRemoved()) {
            count(0);
            return removed();
        }
        long kept = settled();
        count(kept);
        return new IOException(
                file
                        + " cannot be written: "
                        + why
                        + "; it has "
                        + kept
                        + " of "
                        + frames.get()
                        + " frames; free some space, then: shmim recover "
                        + file,
                cause);
    }

    /** Returns the number of frames that {@code shmim recover} will find. */
    private long settled() {
        try {
            return cube.settle();
        } catch (IOException e) {
            LOG.warn("{}: {}", file, IoReason.of(e));
            return cube.frames();
        }
    }

    private void count(long kept) {
        missing.set(frames.get() - kept);
    }

    private void follow() {
        try (FrameReader reader = image.newReader()) {
            rehearse(reader);
            startNs = Clock.monotonicNs();
            while (!isOver()) {
                if (image.isReplaced()) {
                    throw new ImageException(
                            "stream '"
                                    + image.name()
                                    + "' was replaced or removed: "
                                    + file
                                    + " contains the frames before that");
                }
                follow(reader);
            }
        }
    }

    /**
     * Reads and converts frames without recording them, so that the first recorded ones need not
     * wait for class loading and compilation. Frames already published do not count: only new ones
     * are recorded.
     */
    private void rehearse(FrameReader reader) {
        long endNs = Clock.monotonicNs() + REHEARSAL_NS;
        copier.to(ring.frames(), 0);
        for (int n = 0; n < REHEARSED_FRAMES && Clock.monotonicNs() < endNs; n++) {
            reader.resync();
            reader.awaitNext(0);
            reader.readNext(copier);
            FrameTable.put(ring.rows(), 0, n, copier.cnt1(), copier.acquiredNs(), 0);
            codec.toFile(ring.frames(), 0, pixels);
        }
        skippedBefore = reader.skipped();
    }

    private void follow(FrameReader reader) {
        boolean diskWasSlow = ring.isFull();
        if (diskWasSlow && !ring.awaitPlace(over)) {
            return;
        }
        if (!reader.awaitNext(TICK_NS)) {
            return;
        }
        long number = ring.filled();
        if (!reader.readNext(copier.to(ring.frames(), ring.frameAt(number)))) {
            return;
        }
        long cnt0 = reader.cnt0();
        FrameTable.put(
                ring.rows(),
                ring.rowAt(number),
                cnt0,
                copier.cnt1(),
                copier.acquiredNs(),
                copier.writtenNs());
        ring.fill(1);
        if (diskWasSlow) {
            lostToDisk.add(reader.skipped() - skippedBefore - skipped.get());
        }
        skipped.set(reader.skipped() - skippedBefore);
        frames.increment();
    }

    /** Writes frames from the ring to the file; runs on the disk thread. */
    private void writeAll() {
        long updatedNs = Clock.monotonicNs();
        long saidLost = 0;
        boolean saidMoved = false;
        try {
            while (true) {
                long nextNs = updatedNs + UPDATE_NS;
                if (ring.awaitFrame(() -> followed || Clock.monotonicNs() - nextNs > 0)) {
                    writePiece();
                } else if (followed && ring.isEmpty()) {
                    break;
                }
                // Also when no frame comes, so that after a burst the header counts all frames.
                if (Clock.monotonicNs() - nextNs > 0) {
                    if (cube.isStale()) {
                        cube.update();
                    }
                    updatedNs = Clock.monotonicNs();
                    saidLost = sayLost(saidLost);
                    saidMoved = checkPlace(saidMoved);
                }
            }
            sayLost(saidLost);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Fails if the file was removed, since nothing recorded into it would be kept. */
    private boolean checkPlace(boolean saidMoved) throws IOException {
        if (cube.isRemoved()) {
            throw removed();
        }
        boolean moved = cube.isMoved();
        if (moved && !saidMoved) {
            LOG.warn("{} was renamed: the frames go into {}", file, cube.whereabouts());
        }
        return moved;
    }

    private void writePiece() throws IOException {
        long first = ring.emptied();
        int place = ring.place(first);
        long most = Math.max(1, PIECE_BYTES / fileFrameBytes);
        long count = Math.min(ring.filled() - first, Math.min(most, ring.places() - place));
        if (codec.fileBytes() == codec.type().bytes()) {
            codec.toFile(ring.frames(), ring.frameAt(first), count * pixels);
        } else {
            for (long i = first; i < first + count; i++) {
                codec.toFile(ring.frames(), ring.frameAt(i), pixels);
            }
        }
        MemorySegment frameBytes =
                ring.frames().asSlice(ring.frameAt(first), count * fileFrameBytes);
        cube.append(
                frameBytes, ring.rows().asSlice(ring.rowAt(first), count * FrameTable.ROW_BYTES));
        ring.empty(count);
    }

    private long sayLost(long said) {
        long lost = lostToDisk.get();
        if (lost > said) {
            LOG.warn(
                    "{}: the disk is too slow: {} frames lost so far ({} places in the buffer)",
                    file,
                    lost,
                    ring.places());
        }
        return lost;
    }

    @Override
    public void stop() {
        stopped = true;
    }

    /** Allows time to write the frames that are still in the ring. */
    @Override
    public Duration stopTime() {
        return TIME_TO_FINISH;
    }

    private boolean isOver() {
        return stopped
                || diskFailure.get() != null
                || frames.get() >= limits.frames()
                || Clock.monotonicNs() - startNs >= limits.durationNs();
    }

    /** The number of frames in the file or in the ring. */
    public long frames() {
        return frames.get() - missing.get();
    }

    /** The number of frames that the stream published and that are not in the file. */
    public long skipped() {
        return skipped.get() + missing.get();
    }

    @Override
    public Traffic traffic() {
        long lost = missing.get();
        long written = frames.get() - lost;
        return new Traffic(
                image.name(),
                "recorded",
                written + skipped(),
                written,
                written * fileFrameBytes,
                skipped(),
                "lost_to_disk=" + (lostToDisk.get() + lost));
    }

    /** Returns true if a recording of that name was not completed, or is still running. */
    public static boolean isUnfinished(Path file) {
        return CubeFile.isUnfinished(file);
    }

    /** Describes the process that is writing a file; empty if none is known. */
    public static Optional<String> writer(Path file) {
        try (ClaimedFile _ = ClaimedFile.open(file)) {
            return Optional.empty();
        } catch (ClaimedFile.InUse e) {
            return Optional.of(String.valueOf(e.getReason()));
        } catch (IOException otherwise) {
            return Optional.empty();
        }
    }

    /**
     * Completes a file whose recorder was killed.
     *
     * @return the number of frames in it
     * @throws IOException if it is complete or being written, or cannot be read or written
     */
    public static long recover(Path file) throws IOException {
        return CubeFile.recover(file);
    }
}
