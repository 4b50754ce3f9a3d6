package org.shmimtcp.image;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.shmimtcp.image.FrameReader.Copier;

/**
 * Copies frames out of an image. It checks the image's counters, write flag and identity before and
 * after each copy. So a frame is copied whole and from this image, or not at all. The class also
 * counts copied and skipped frames.
 *
 * <p>Accesses are not guarded against truncation of the file; the {@link FrameReader} guards them.
 * Not thread-safe. Allocates nothing after construction.
 */
final class BracketedCopy {
    static final int NONE = -1;

    /** The number of copies attempted before a read is refused; each costs as much as the first. */
    private static final int MAX_COPIES = 3;

    /** The number of checks of a busy {@code write} flag before giving up: some microseconds. */
    private static final int MAX_CHECKS = 200;

    private final Image image;
    private final MemorySegment memory;
    private final ImageSpec spec;
    private final ImageLayout layout;
    private final long sliceBytes;
    private final int slices;

    private long lastCnt0;
    private int lastSlice = NONE;
    private long refusedCnt0 = NONE;
    private long frames;
    private long skipped;

    BracketedCopy(Image image) {
        this.image = image;
        this.memory = image.memory();
        this.spec = image.spec();
        this.layout = image.layout();
        this.sliceBytes = spec.sliceBytes();
        this.slices = spec.shape().slices();
        // The frame that is there now counts as one new frame; earlier frames do not count as
        // skipped.
        this.lastCnt0 = newestButOne();
    }

    /** See {@link FrameReader#resumeAfter}. */
    void resumeAfter(long cnt0) {
        long newest = newestButOne();
        long before = cnt0 < 0 ? newest : Math.min(cnt0, newest);
        if (frames > 0) {
            skipped += FrameCount.gained(lastCnt0, before);
        }
        lastCnt0 = before;
        lastSlice = NONE;
        refusedCnt0 = NONE;
    }

    private long newestButOne() {
        return Math.max(0, cnt0() - 1);
    }

    /**
     * Returns true if there is a frame that was not copied yet. A frame that could not be copied
     * whole counts as new again only when it, or the next one, is finished. A counter of 0 means
     * that nothing was published: the image is new, or is being re-created in this file.
     */
    boolean hasNew() {
        long cnt0 = cnt0();
        return cnt0 != 0 && cnt0 != lastCnt0 && (cnt0 != refusedCnt0 || !isWriting());
    }

    private long cnt0() {
        return MetadataLayout.cnt0Acquire(memory);
    }

    private boolean isWriting() {
        return MetadataLayout.isWritingAcquire(memory);
    }

    /** The number of frames copied. */
    long frames() {
        return frames;
    }

    /**
     * The number of frames that the source published between copied frames and that were not
     * copied.
     */
    long skipped() {
        return skipped;
    }

    /** {@code cnt0} of the frame copied last. */
    long lastCnt0() {
        return lastCnt0;
    }

    /** The slice copied last; {@link #NONE} after {@link #resumeAfter}. */
    int lastSlice() {
        return lastSlice;
    }

    /** Which frame to copy. */
    enum Order {
        NEWEST,
        NEWEST_SLICE,
        NEXT_SLICE,
        NEXT_OF_RING
    }

    /**
     * Copies a frame through the copier.
     *
     * @param slice the slice of a plain cube; {@link #NONE} for the one written last
     * @return false if writers left no time for a copy, or there is no frame
     */
    boolean copy(Order order, int slice, Copier copier) {
        return switch (order) {
            case NEWEST -> copyNewest(slice, copier);
            case NEWEST_SLICE -> copyCircular(copier, false);
            case NEXT_SLICE -> copyCircular(copier, true);
            case NEXT_OF_RING -> copyRing(copier);
        };
    }

    private boolean copyNewest(int wantedSlice, Copier copier) {
        int copies = 0;
        for (int check = 0; check < MAX_CHECKS && copies < MAX_COPIES; check++) {
            long cnt0 = cnt0();
            if (cnt0 == 0) {
                return false; // nothing was published yet
            }
            if (isWriting()) {
                Thread.onSpinWait();
                continue;
            }
            int slice = wantedSlice == NONE ? newestSlice() : wantedSlice;
            copy(copier, cnt0, slice, offsetOf(slice), true);
            copies++;
            if (!isWriting() && cnt0() == cnt0) {
                return accept(cnt0, slice);
            }
        }
        refusedCnt0 = cnt0();
        return false;
    }

    private boolean copyCircular(Copier copier, boolean inOrder) {
        int copies = 0;
        for (int check = 0; check < MAX_CHECKS && copies < MAX_COPIES; check++) {
            long newest = cnt0();
            if (newest == lastCnt0) {
                return false;
            }
            int newestSlice = sliceOf(newest);
            if (newestSlice == NONE && (isWriting() || cnt0() != newest)) {
                refusedCnt0 = newest;
                Thread.onSpinWait();
                continue; // the slice will be known in a moment: skip no frame for that
            }
            // Not a rolling buffer, or the counter restarted from 0.
            if (newestSlice == NONE || newest < lastCnt0) {
                return copyNewest(NONE, copier);
            }
            // The writer may be writing frame newest + 1, over frame newest + 1 - slices.
            long oldest = newest + 2 - slices;
            long wanted = inOrder ? Math.max(lastCnt0 + 1, oldest) : newest;
            int slice = Math.floorMod(newestSlice - (newest - wanted), slices);
            copy(copier, wanted, slice, offsetOf(slice), wanted == newest);
            copies++;
            if (wanted >= cnt0() + 2 - slices) {
                return accept(wanted, slice);
            }
        }
        return false;
    }

    private boolean copyRing(Copier copier) {
        int places = spec.ringSize();
        int copies = 0;
        for (int check = 0; check < MAX_CHECKS && copies < MAX_COPIES; check++) {
            long newest = cnt0();
            long index = MetadataLayout.cbIndex(memory);
            long filled = MetadataLayout.cbCycle(memory) > 0 ? places : index;
            if (isWriting() || cnt0() != newest) { // the index may already belong to the next frame
                Thread.onSpinWait();
                continue;
            }
            long oldest = Math.max(newest + 1 - filled, newest + 2 - places);
            if (newest <= lastCnt0 || oldest > newest || index >= places) {
                return copyNewest(NONE, copier);
            }
            if (newest == lastCnt0 + 1) { // its times are in the head unless another comes
                copy(copier, newest, 0, layout.pixels(), true);
                copies++;
                if (!isWriting() && cnt0() == newest) {
                    return accept(newest, 0);
                }
                continue;
            }
            long wanted = Math.max(lastCnt0 + 1, oldest);
            long place = Math.floorMod(index - (newest - wanted), places);
            copy(copier, wanted, 0, layout.ringFrames() + place * spec.pixelBytes(), false);
            copies++;
            if (wanted >= cnt0() + 2 - places) {
                return accept(wanted, 0);
            }
        }
        refusedCnt0 = cnt0();
        return false;
    }

    /**
     * Returns the slice that holds frame {@code newest} of a circular image; {@link #NONE} if it is
     * not certain.
     */
    private int sliceOf(long newest) {
        boolean writing = isWriting();
        long cnt1 = MetadataLayout.cnt1Acquire(memory);
        boolean stable = !writing && !isWriting() && cnt0() == newest;
        if (lastSlice == NONE || newest <= lastCnt0) {
            return stable ? checkedSlice(cnt1) : NONE;
        }
        int expected = Math.floorMod(lastSlice + (newest - lastCnt0), slices);
        boolean isNext = cnt1 == (expected + 1) % slices; // the writer is one ahead of its counter
        return cnt1 == expected || (isNext && !stable) ? expected : NONE;
    }

    private long offsetOf(int slice) {
        return layout.pixels() + slice * sliceBytes;
    }

    private int newestSlice() {
        return slices == 1 ? 0 : checkedSlice(MetadataLayout.cnt1Acquire(memory));
    }

    /** Checks {@code cnt1} before it is used as an index: another process writes it. */
    private int checkedSlice(long cnt1) {
        return cnt1 >= 0 && cnt1 < slices ? (int) cnt1 : 0;
    }

    private static void copy(Copier copier, long cnt0, int slice, long offset, boolean isNewest) {
        copier.copy(cnt0, slice, offset, isNewest);
        VarHandle.acquireFence(); // orders the copy before the counter checks that follow
    }

    /** Accepts a frame whose counters were right, if the memory still holds the same image. */
    private boolean accept(long cnt0, int slice) {
        if (!image.holdsSameImage()) {
            return false;
        }
        skipped += FrameCount.between(lastCnt0, cnt0);
        frames++;
        lastCnt0 = cnt0;
        lastSlice = slice;
        refusedCnt0 = NONE;
        return true;
    }
}
