package org.shmimtcp.image;

import java.lang.foreign.MemorySegment;
import org.shmimtcp.posix.NativeMemory;

/**
 * The times at which a frame was acquired and written, as its image stores them: in seconds and
 * nanoseconds since 1970 on the writer's clock. They are 0 if the image has none: few writers stamp
 * the slices of a circular image, and the C library stores no times for the frames of a ring.
 * {@link WriteClock} checks and corrects a write time.
 *
 * <p>For a {@link FrameReader.Copier}, which reads them while it copies the frame. Allocates
 * nothing. Not thread-safe.
 */
public final class FrameTimes {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int TIMESPEC_BYTES = 16;

    private final MemorySegment memory;
    private final ImageLayout layout;
    private final boolean hasSliceTimes;
    private long acquiredSeconds;
    private long acquiredNanos;
    private long writtenSeconds;
    private long writtenNanos;

    /**
     * Reads nothing yet: all times are 0.
     *
     * @param image must stay open while this object is used
     */
    public FrameTimes(Image image) {
        ImageSpec spec = image.spec();
        this.memory = image.memory();
        this.layout = image.layout();
        this.hasSliceTimes = spec.isCircular() && ImageType.hasSliceArrays(spec.imageType());
    }

    /**
     * Reads the times of a frame.
     *
     * @param cnt0 its counter
     * @param slice its slice
     * @param isNewest true if it is the newest frame, whose times are in the metadata
     */
    public void read(long cnt0, int slice, boolean isNewest) {
        if (isNewest) {
            acquiredSeconds = MetadataLayout.acquiredSeconds(memory);
            acquiredNanos = MetadataLayout.acquiredNanos(memory);
            writtenSeconds = MetadataLayout.writtenSeconds(memory);
            writtenNanos = MetadataLayout.writtenNanos(memory);
        } else if (hasSliceTimes && isStamped(cnt0, slice)) {
            long acquired = layout.acquisitionTimes() + (long) TIMESPEC_BYTES * slice;
            long written = layout.writeTimes() + (long) TIMESPEC_BYTES * slice;
            acquiredSeconds = NativeMemory.getLong(memory, acquired);
            acquiredNanos = NativeMemory.getLong(memory, acquired + Long.BYTES);
            writtenSeconds = NativeMemory.getLong(memory, written);
            writtenNanos = NativeMemory.getLong(memory, written + Long.BYTES);
        } else {
            acquiredSeconds = 0;
            acquiredNanos = 0;
            writtenSeconds = 0;
            writtenNanos = 0;
        }
    }

    /** True if the stamp of the slice is that of this frame, and not of an earlier one. */
    private boolean isStamped(long cnt0, int slice) {
        return NativeMemory.getLong(memory, layout.counters() + (long) Long.BYTES * slice) == cnt0;
    }

    /**
     * Returns the seconds of the time of acquisition.
     *
     * @return seconds since 1970; 0 if unknown
     */
    public long acquiredSeconds() {
        return acquiredSeconds;
    }

    /**
     * Returns the nanoseconds of the time of acquisition, within the second.
     *
     * @return nanoseconds
     */
    public long acquiredNanos() {
        return acquiredNanos;
    }

    /**
     * Returns the time of acquisition.
     *
     * @return ns since 1970; 0 if unknown
     */
    public long acquiredNs() {
        return acquiredSeconds * SECOND_NS + acquiredNanos;
    }

    /**
     * Returns the time at which the frame was written.
     *
     * @return ns since 1970; 0 if unknown
     */
    public long writtenNs() {
        return writtenSeconds * SECOND_NS + writtenNanos;
    }
}
