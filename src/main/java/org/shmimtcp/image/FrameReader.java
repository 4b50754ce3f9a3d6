package org.shmimtcp.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Clock;

/**
 * Reads frames from an image: each one whole, or not at all.
 *
 * <p>A frame is the whole image, or for a cube one slice. The copy is bracketed by {@code cnt0} and
 * {@code write}; when a writer came in between, it is repeated a few times, then refused. A slice
 * of a circular image may be read while the next one is written: there, the distance between the
 * counters tells whether the writer has come round.
 *
 * <p>Nothing here allocates after construction. One thread at a time.
 */
public final class FrameReader implements AutoCloseable {
    /** Copies tried before a read is refused: each costs as much as the first. */
    private static final int MAX_COPIES = 3;

    /** Looks at a busy {@code write} flag before giving up: some microseconds. */
    private static final int MAX_LOOKS = 200;

    private static final int NONE = -1;

    private final Image image;
    private final MemorySegment memory;
    private final ImageSpec spec;
    private final ImageLayout layout;
    private final long sliceBytes;
    private final int slices;
    private final FrameWaiter waiter;

    private final PlainCopier plain = new PlainCopier();
    private long lastCnt0;
    private int lastSlice = NONE;
    private long refusedCnt0 = NONE;
    private long frames;
    private long skipped;

    /**
     * @param claim false to poll {@code cnt0} even where a semaphore is free
     */
    FrameReader(Image image, boolean claim) {
        this.image = image;
        this.memory = image.memory();
        this.spec = image.spec();
        this.layout = image.layout();
        this.sliceBytes = spec.sliceBytes();
        this.slices = spec.shape().slices();
        this.waiter = new FrameWaiter(image, claim, this::hasNew);
        // What is there counts as one new frame; what came before it was never asked for.
        this.lastCnt0 = newestButOne();
    }

    /** Makes the newest frame new again, for a destination that has not seen it. */
    public void resync() {
        resumeAfter(Long.MAX_VALUE);
    }

    /**
     * Goes on after a frame that the destination has; the newest one is new in any case.
     *
     * @param cnt0 of that frame; what is beyond the newest frame, or below 0, stands for the newest
     */
    public void resumeAfter(long cnt0) {
        long newest = newestButOne();
        long before = cnt0 < 0 ? newest : Math.min(cnt0, newest);
        if (frames > 0 && before > lastCnt0) {
            skipped += before - lastCnt0;
        }
        lastCnt0 = before;
        lastSlice = NONE;
        refusedCnt0 = NONE;
    }

    private long newestButOne() {
        try {
            long before = Math.max(0, image.cnt0() - 1);
            LostMemory.check();
            return before;
        } catch (InternalError e) {
            throw new ImageException.Truncated(image.name(), e);
        }
    }

    /** The index of the semaphore it waits on; -1 if none was free, and it polls. */
    public int semaphore() {
        return waiter.semaphore();
    }

    /** A buffer for one frame, aligned so that copies run at full speed. */
    public MemorySegment newBuffer() {
        return Arena.ofAuto().allocate(sliceBytes, 64);
    }

    /** A buffer for all keywords, to be looked at through {@link Keywords}. */
    public MemorySegment newKeywordBuffer() {
        return Arena.ofAuto().allocate((long) KeywordLayout.BYTES * spec.keywords(), 64);
    }

    /** Frames read. */
    public long frames() {
        return frames;
    }

    /** Frames that the source published and this reader never saw, since it is there. */
    public long skipped() {
        return skipped;
    }

    /** {@code cnt0} of the frame read last. */
    public long cnt0() {
        return lastCnt0;
    }

    /** The slice that was read last; 0 for an image that is no cube. */
    public int slice() {
        return Math.max(0, lastSlice);
    }

    /**
     * Waits for a frame newer than the one read last.
     *
     * @return true if there is one; false after the time-out
     * @throws ImageException.Truncated if the file was cut short
     */
    public boolean awaitNext(long timeoutNs) {
        try {
            boolean news = waiter.await(Clock.monotonicNs() + timeoutNs);
            LostMemory.check();
            return news;
        } catch (InternalError e) {
            throw new ImageException.Truncated(image.name(), e);
        }
    }

    /**
     * Looks whether there is a frame newer than the one read last, for who spins: while a frame was
     * announced but is late, this sleeps for some microseconds, and lets a writer on the same CPU
     * finish it.
     *
     * @throws ImageException.Truncated if the file was cut short
     */
    public boolean lookForNext() {
        try {
            boolean news = waiter.look();
            LostMemory.check();
            return news;
        } catch (InternalError e) {
            throw new ImageException.Truncated(image.name(), e);
        }
    }

    /**
     * A frame that could not be read whole is news again only when it, or the next, is finished.
     */
    private boolean hasNew() {
        long cnt0 = image.cnt0();
        return cnt0 != lastCnt0 && (cnt0 != refusedCnt0 || !image.isWriting());
    }

    /**
     * Copies a frame, or part of it, while the reader watches that no writer comes in between; a
     * copy that was disturbed is made again.
     */
    public interface Copier {
        /**
         * Copies.
         *
         * @param cnt0 of the frame, if no writer comes in between
         * @param slice the slice to copy
         * @param offset of its pixels in {@link Image#file}'s memory: of the ring if they are there
         * @param isNewest true if the times and counters in the head are this frame's
         */
        void copy(long cnt0, int slice, long offset, boolean isNewest);
    }

    /** Copies pixels, and keywords if wanted, to given places. */
    private final class PlainCopier implements Copier {
        private MemorySegment to = MemorySegment.NULL;
        private long toOffset;
        private @Nullable MemorySegment keywordsTo;
        private long keywordsOffset;

        PlainCopier to(
                MemorySegment pixels, long offset, @Nullable MemorySegment keywords, long at) {
            this.to = pixels;
            this.toOffset = offset;
            this.keywordsTo = keywords;
            this.keywordsOffset = at;
            return this;
        }

        @Override
        public void copy(long cnt0, int slice, long offset, boolean isNewest) {
            MemorySegment.copy(memory, offset, to, toOffset, sliceBytes);
            if (keywordsTo != null) {
                long bytes = (long) KeywordLayout.BYTES * spec.keywords();
                MemorySegment.copy(memory, layout.keywords(), keywordsTo, keywordsOffset, bytes);
            }
        }
    }

    /**
     * Copies the newest frame.
     *
     * @return true if {@code to} holds one whole frame; false if writers left no time for it
     * @throws ImageException.Truncated if the file was cut short
     */
    public boolean readNewest(MemorySegment to) {
        return readNewest(to, 0, null, 0);
    }

    /**
     * Copies the newest frame and its keywords.
     *
     * @param to holds {@link ImageSpec#sliceBytes} bytes from the offset on
     * @param keywordsTo holds all keyword slots from its offset on; null for none
     */
    public boolean readNewest(
            MemorySegment to,
            long offset,
            @Nullable MemorySegment keywordsTo,
            long keywordsOffset) {
        return readNewest(plain.to(to, offset, keywordsTo, keywordsOffset));
    }

    /** Has the newest frame copied; false if writers left no time for it. */
    public boolean readNewest(Copier copier) {
        return read(Order.NEWEST, NONE, copier);
    }

    /**
     * Copies a given slice of a cube as it is now, while nothing is written.
     *
     * @param slice from 0 on
     * @return true if {@code to} holds the whole slice; false if writers left no time for it
     * @throws ImageException.Truncated if the file was cut short
     */
    public boolean readSlice(int slice, MemorySegment to) {
        Objects.checkIndex(slice, slices);
        return read(Order.NEWEST, slice, plain.to(to, 0, null, 0));
    }

    /**
     * Copies the oldest frame not read yet that is still there: of a circular image the next slice,
     * otherwise the newest frame.
     */
    public boolean readNext(
            MemorySegment to,
            long offset,
            @Nullable MemorySegment keywordsTo,
            long keywordsOffset) {
        plain.to(to, offset, keywordsTo, keywordsOffset);
        return read(spec.isCircular() ? Order.NEXT_SLICE : Order.NEWEST, NONE, plain);
    }

    /**
     * Has the oldest frame copied that was not read yet and is still there: of a circular image the
     * next slice, of one with a ring the next of the ring, otherwise the newest frame.
     */
    public boolean readNext(Copier copier) {
        Order order = spec.ringSize() > 1 ? Order.NEXT_OF_RING : Order.NEWEST;
        return read(spec.isCircular() ? Order.NEXT_SLICE : order, NONE, copier);
    }

    /**
     * Has the newest slice of a circular image copied, even while the next one is written; of any
     * other image the newest frame.
     */
    public boolean readNewestSlice(Copier copier) {
        return read(spec.isCircular() ? Order.NEWEST_SLICE : Order.NEWEST, NONE, copier);
    }

    private enum Order {
        NEWEST,
        NEWEST_SLICE,
        NEXT_SLICE,
        NEXT_OF_RING
    }

    private boolean read(Order order, int slice, Copier copier) {
        try {
            boolean whole =
                    switch (order) {
                        case NEWEST -> copyNewest(slice, copier);
                        case NEWEST_SLICE -> copyCircular(copier, false);
                        case NEXT_SLICE -> copyCircular(copier, true);
                        case NEXT_OF_RING -> copyRing(copier);
                    };
            LostMemory.check();
            if (!whole) {
                waiter.expectSoon();
            }
            return whole;
        } catch (InternalError e) {
            throw new ImageException.Truncated(image.name(), e);
        }
    }

    private boolean copyNewest(int wantedSlice, Copier copier) {
        int copies = 0;
        for (int look = 0; look < MAX_LOOKS && copies < MAX_COPIES; look++) {
            long cnt0 = image.cnt0();
            if (image.isWriting()) {
                Thread.onSpinWait();
                continue;
            }
            int slice = wantedSlice == NONE ? newestSlice() : wantedSlice;
            copy(copier, cnt0, slice, offsetOf(slice), true);
            copies++;
            if (!image.isWriting() && image.cnt0() == cnt0) {
                return accept(cnt0, slice);
            }
        }
        refusedCnt0 = image.cnt0();
        return false;
    }

    private boolean copyCircular(Copier copier, boolean inOrder) {
        int copies = 0;
        for (int look = 0; look < MAX_LOOKS && copies < MAX_COPIES; look++) {
            long newest = image.cnt0();
            if (newest == lastCnt0) {
                return false;
            }
            int newestSlice = sliceOf(newest);
            if (newestSlice == NONE && (image.isWriting() || image.cnt0() != newest)) {
                refusedCnt0 = newest;
                Thread.onSpinWait();
                continue; // it can be told in a moment: no reason to leave any out
            }
            // Not rolling, or counted from 0 again.
            if (newestSlice == NONE || newest < lastCnt0) {
                return copyNewest(NONE, copier);
            }
            // The writer may be at newest + 1, in the place of newest + 1 - slices.
            long oldest = newest + 2 - slices;
            long wanted = inOrder ? Math.max(lastCnt0 + 1, oldest) : newest;
            int slice = Math.floorMod(newestSlice - (newest - wanted), slices);
            copy(copier, wanted, slice, offsetOf(slice), wanted == newest);
            copies++;
            if (wanted >= image.cnt0() + 2 - slices) {
                return accept(wanted, slice);
            }
        }
        return false;
    }

    private boolean copyRing(Copier copier) {
        int places = spec.ringSize();
        int copies = 0;
        for (int look = 0; look < MAX_LOOKS && copies < MAX_COPIES; look++) {
            long newest = image.cnt0();
            long index = MetadataLayout.cbIndex(memory);
            long filled = MetadataLayout.cbCycle(memory) > 0 ? places : index;
            if (image.isWriting()
                    || image.cnt0() != newest) { // the index may be of the next frame already
                Thread.onSpinWait();
                continue;
            }
            long oldest = Math.max(newest + 1 - filled, newest + 2 - places);
            if (newest <= lastCnt0 || oldest > newest || index >= places) {
                return copyNewest(NONE, copier);
            }
            if (newest == lastCnt0 + 1) { // from where its times are, if no other comes meanwhile
                copy(copier, newest, 0, layout.pixels(), true);
                copies++;
                if (!image.isWriting() && image.cnt0() == newest) {
                    return accept(newest, 0);
                }
                continue;
            }
            long wanted = Math.max(lastCnt0 + 1, oldest);
            long place = Math.floorMod(index - (newest - wanted), places);
            copy(copier, wanted, 0, layout.ringFrames() + place * spec.pixelBytes(), false);
            copies++;
            if (wanted >= image.cnt0() + 2 - places) {
                return accept(wanted, 0);
            }
        }
        refusedCnt0 = image.cnt0();
        return false;
    }

    /** The slice that frame {@code newest} of a circular image is in; NONE if that is not sure. */
    private int sliceOf(long newest) {
        boolean writing = image.isWriting();
        long cnt1 = image.cnt1();
        boolean stable = !writing && !image.isWriting() && image.cnt0() == newest;
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
        return slices == 1 ? 0 : checkedSlice(image.cnt1());
    }

    /** cnt1 is another process's word: never an index before it was looked at. */
    private int checkedSlice(long cnt1) {
        return cnt1 >= 0 && cnt1 < slices ? (int) cnt1 : 0;
    }

    private static void copy(Copier copier, long cnt0, int slice, long offset, boolean isNewest) {
        copier.copy(cnt0, slice, offset, isNewest);
        VarHandle.acquireFence(); // the counters are looked at after the last pixel
    }

    private boolean accept(long cnt0, int slice) {
        if (cnt0 > lastCnt0 + 1) {
            skipped += cnt0 - lastCnt0 - 1;
        }
        frames++;
        lastCnt0 = cnt0;
        lastSlice = slice;
        refusedCnt0 = NONE;
        return true;
    }

    /** Gives the semaphore free for another reader, once: afterwards it may be another's. */
    @Override
    public void close() {
        try {
            waiter.close();
            LostMemory.check();
        } catch (InternalError truncated) {
            // nobody else can see this memory any more
        }
    }
}
