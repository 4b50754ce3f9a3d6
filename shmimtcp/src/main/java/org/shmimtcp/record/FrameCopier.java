package org.shmimtcp.record;

import java.lang.foreign.MemorySegment;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.FrameTimes;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageLayout;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;

/**
 * Copies a frame, with its times of acquisition and writing, to a given place. The frame is a slice
 * of a circular image, or the whole of any other. Allocates nothing.
 */
final class FrameCopier implements FrameReader.Copier {
    private final MemorySegment memory;
    private final ImageSpec spec;
    private final ImageLayout layout;
    private final FrameTimes times;
    private MemorySegment to = MemorySegment.NULL;
    private long toOffset;
    private long cnt1;

    FrameCopier(Image image) {
        this.memory = image.memory();
        this.spec = image.spec();
        this.layout = image.layout();
        this.times = new FrameTimes(image);
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
        times.read(cnt0, slice, isNewest);
    }

    /** cnt1 of the frame copied last. */
    long cnt1() {
        return cnt1;
    }

    /** The time at which the frame was acquired, ns since 1970; 0 if unknown. */
    long acquiredNs() {
        return times.acquiredNs();
    }

    /** The time at which the frame was written, ns since 1970; 0 if unknown. */
    long writtenNs() {
        return times.writtenNs();
    }
}
