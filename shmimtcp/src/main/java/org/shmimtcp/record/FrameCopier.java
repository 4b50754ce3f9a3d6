package org.shmimtcp.record;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageLayout;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.MetadataLayout;

/**
 * Copies a frame, with its times of acquisition and writing, to a given place. The frame is a slice
 * of a circular image, or the whole of any other. Allocates nothing.
 */
final class FrameCopier implements FrameReader.Copier {
    private static final long SECOND_NS = 1_000_000_000;
    private static final int TIMESPEC_BYTES = 16;

    private final MemorySegment memory;
    private final ImageSpec spec;
    private final ImageLayout layout;
    private final boolean sliceTimes;
    private MemorySegment to = MemorySegment.NULL;
    private long toOffset;
    private boolean byCounter;
    private long stampCnt0;
    private long cnt1;
    private long acquiredNs;
    private long writtenNs;

    FrameCopier(Image image) {
        this.memory = image.memory();
        this.spec = image.spec();
        this.layout = image.layout();
        this.sliceTimes = spec.isCircular() && ImageType.hasSliceArrays(spec.imageType());
    }

    /** Sets the place for the next frame; it needs room for {@link ImageSpec#frameBytes}. */
    FrameCopier to(MemorySegment place, long offset) {
        this.to = place;
        this.toOffset = offset;
        return this;
    }

    @Override
    public void copy(long cnt0, int slice, long offset, boolean isNewest) {
        boolean wholeCube = isNewest && !spec.isCircular();
        long from = wholeCube ? layout.pixels() : offset;
        MemorySegment.copy(memory, from, to, toOffset, spec.frameBytes());
        cnt1 = isNewest ? MetadataLayout.cnt1Acquire(memory) : slice;
        byCounter = false;
        if (isNewest) {
            acquiredNs =
                    ns(
                            MetadataLayout.acquiredSeconds(memory),
                            MetadataLayout.acquiredNanos(memory));
            writtenNs =
                    ns(MetadataLayout.writtenSeconds(memory), MetadataLayout.writtenNanos(memory));
        } else if (sliceTimes) {
            acquiredNs = timespec(layout.acquisitionTimes(), slice);
            writtenNs = timespec(layout.writeTimes(), slice);
            stampCnt0 = memory.get(JAVA_LONG, layout.counters() + 8L * slice);
            byCounter = true;
        } else { // the C library stores no times for the frames of a ring
            acquiredNs = 0;
            writtenNs = 0;
        }
    }

    private long timespec(long table, int slice) {
        long at = table + (long) TIMESPEC_BYTES * slice;
        return ns(memory.get(JAVA_LONG, at), memory.get(JAVA_LONG, at + 8));
    }

    private static long ns(long seconds, long nanos) {
        return seconds * SECOND_NS + nanos;
    }

    /** cnt1 of the frame copied last. */
    long cnt1() {
        return cnt1;
    }

    /**
     * The time at which the frame was acquired, ns since 1970; 0 if unknown.
     *
     * @param cnt0 of the frame: few writers stamp their slices, so the stamp may be another frame's
     */
    long acquiredNs(long cnt0) {
        return byCounter && stampCnt0 != cnt0 ? 0 : acquiredNs;
    }

    /**
     * The time at which the frame was written, ns since 1970; 0 if unknown. See {@link
     * #acquiredNs}.
     */
    long writtenNs(long cnt0) {
        return byCounter && stampCnt0 != cnt0 ? 0 : writtenNs;
    }
}
