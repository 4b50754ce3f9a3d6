package org.shmimtcp.synthetic;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.MemoryChecksum;
import org.shmimtcp.loop.Counter;
import org.shmimtcp.loop.Loop;
import org.shmimtcp.pacing.Lateness;
import org.shmimtcp.pacing.Pace;
import org.shmimtcp.posix.Clock;

/**
 * Writes the frames of a source into an image, at a steady rate.
 *
 * <p>A frame is computed ahead of its time and copied when it is due. So a slow source causes no
 * delay unless it takes longer than a period. Frames are numbered without gaps, even if times were
 * missed. The loop allocates nothing.
 */
public final class FrameLoop implements Loop {
    private static final long REHEARSAL_NS = 200_000_000;
    private static final long REHEARSED_FRAMES = 1000;

    private final Image image;
    private final FrameSource source;
    private final Limits limits;
    private final @Nullable FrameStamp stamp;
    private final FrameWriter writer;
    private final MemorySegment frame;
    private final MemoryChecksum checksum;
    private final Lateness lateness = new Lateness();
    private final Counter frames = new Counter();
    private final Counter missed = new Counter();
    private final BooleanSupplier over = this::isOver; // one object instead of one per frame
    private long startNs;
    private volatile boolean stopped;

    /**
     * When to end, and the rate.
     *
     * @param rateHz frames a second; 0 for as many as possible
     * @param frames the number of frames; {@code Long.MAX_VALUE} for no limit
     * @param durationNs the time; {@code Long.MAX_VALUE} for no limit
     */
    public record Limits(double rateHz, long frames, long durationNs) {}

    /**
     * @param source produces frames of the image's shape and type
     * @param stamp null for none
     * @throws ImageException if the image may not be written
     */
    public FrameLoop(Image image, FrameSource source, Limits limits, @Nullable FrameStamp stamp) {
        this.image = image;
        this.source = source;
        this.limits = limits;
        this.stamp = stamp;
        this.writer = image.newWriter();
        this.frame = Arena.ofAuto().allocate(image.spec().sliceBytes(), 64);
        this.checksum = new MemoryChecksum(frame);
    }

    /**
     * Writes until the number of frames or the time is reached, or it is stopped.
     *
     * @throws ImageException if the image was replaced, removed or truncated
     */
    @Override
    public void run() {
        rehearse();
        startNs = Clock.monotonicNs();
        Pace pace = new Pace(limits.rateHz(), Clock::monotonicNs, LockSupport::parkNanos);
        int slices = image.spec().shape().slices();
        for (long n = 1; n <= limits.frames(); n++) {
            source.fill(frame, n);
            long dueNs = pace.awaitNext(over);
            if (isOver()) {
                return;
            }
            if (image.isReplaced()) {
                throw new ImageException(
                        "stream '"
                                + image.name()
                                + "' was replaced or removed while it was written");
            }
            long nowNs = Clock.monotonicNs();
            write(n, (int) ((n - 1) % slices), dueNs, nowNs);
            pace.written();
            count(n, nowNs - dueNs, pace.missed());
        }
    }

    /**
     * Computes frames without writing them, so that the first ones need not wait for class loading
     * and compilation.
     */
    private void rehearse() {
        long endNs = Clock.monotonicNs() + REHEARSAL_NS;
        for (long n = 1; n <= REHEARSED_FRAMES && Clock.monotonicNs() < endNs; n++) {
            source.fill(frame, n);
            checksum.compute();
        }
    }

    private void write(long n, int slice, long dueNs, long nowNs) {
        source.stamp(frame, nowNs);
        long crc = stamp == null ? 0 : checksum.compute();
        writer.begin();
        writer.writeSlice(slice, frame, 0);
        if (stamp != null) {
            stamp.write(n, dueNs, crc);
        }
        writer.commit(slice);
    }

    private void count(long n, long lateNs, long missedNow) {
        lateness.record(lateNs);
        frames.set(n);
        missed.set(missedNow);
    }

    @Override
    public void stop() {
        stopped = true;
    }

    private boolean isOver() {
        return stopped || Clock.monotonicNs() - startNs >= limits.durationNs();
    }

    /**
     * The traffic: {@code in} counts the times at which a frame was due, {@code skipped} those that
     * were missed.
     */
    @Override
    public Traffic traffic() {
        long written = frames.get();
        return new Traffic(
                image.name(),
                "written",
                written + missed.get(),
                written,
                written * frame.byteSize(),
                missed.get(),
                limits.rateHz() > 0 ? lateness.describe() : "");
    }
}
