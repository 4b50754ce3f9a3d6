package org.shmimtcp.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.BracketedCopy.Order;
import org.shmimtcp.posix.Clock;

/**
 * Reads frames from an image: each one whole, or not at all.
 *
 * <p>A frame is the whole image or, for a cube, one slice. {@code cnt0}, {@code write} and the
 * identity of the image are checked before and after each copy. If a writer intervened, the copy is
 * repeated a few times, then refused. A slice of a circular image may be read while the next one is
 * written: there, the distance between the counters shows whether the writer has wrapped around.
 * While {@code cnt0} is 0 there is no frame.
 *
 * <p>Allocates nothing after construction. Not thread-safe.
 */
public final class FrameReader implements AutoCloseable {
    private static final int NONE = BracketedCopy.NONE;

    private final Image image;
    private final MemorySegment memory;
    private final ImageSpec spec;
    private final ImageLayout layout;
    private final long sliceBytes;
    private final FrameWaiter waiter;
    private final BracketedCopy copies;
    private final PlainCopier plain = new PlainCopier();

    /**
     * @param claim false to poll {@code cnt0} even if a semaphore is free
     */
    FrameReader(Image image, boolean claim) {
        this.image = image;
        this.memory = image.memory();
        this.spec = image.spec();
        this.layout = image.layout();
        this.sliceBytes = spec.sliceBytes();
        this.waiter = new FrameWaiter(image, claim, this::hasNew);
        this.copies = new BracketedCopy(image);
    }

    /** Makes the newest frame count as new again, for a destination that has not seen it. */
    public void resync() {
        resumeAfter(Long.MAX_VALUE);
    }

    /**
     * Resumes after a frame that the destination has. The newest frame counts as new in any case.
     *
     * @param cnt0 {@code cnt0} of that frame; a value beyond the newest frame, or below 0, stands
     *     for the newest
     */
    public void resumeAfter(long cnt0) {
        try {
            copies.resumeAfter(cnt0);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(image.name(), e);
        }
    }

    /** The index of the semaphore that this reader waits on; -1 if none was free and it polls. */
    public int semaphore() {
        return waiter.semaphore();
    }

    /** A buffer for one frame, aligned so that copies run at full speed. */
    public MemorySegment newBuffer() {
        return Arena.ofAuto().allocate(sliceBytes, 64);
    }

    /** A buffer for all keywords; {@link Keywords} gives access to them. */
    public MemorySegment newKeywordBuffer() {
        return Arena.ofAuto().allocate((long) KeywordLayout.BYTES * spec.keywordSlots(), 64);
    }

    /** The number of frames read. */
    public long frames() {
        return copies.frames();
    }

    /**
     * The number of frames that the source published since this reader was created, and that it did
     * not read.
     */
    public long skipped() {
        return copies.skipped();
    }

    /** Returns false while nothing was published ({@code cnt0} is 0). */
    public boolean hasFrame() {
        return image.cnt0() != 0;
    }

    /** {@code cnt0} of the frame read last. */
    public long cnt0() {
        return copies.lastCnt0();
    }

    /** The slice read last; 0 for an image that is not a cube. */
    public int slice() {
        return Math.max(0, copies.lastSlice());
    }

    /**
     * Waits for a frame newer than the one read last.
     *
     * @return true if there is one; false after the time-out
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean awaitNext(long timeoutNs) {
        try {
            boolean news = waiter.await(Clock.monotonicNs() + timeoutNs);
            LostMemory.check();
            return news;
        } catch (InternalError e) {
            throw LostMemory.truncated(image.name(), e);
        }
    }

    /**
     * Checks once whether there is a frame newer than the one read last; for callers that spin. If
     * a post has announced a frame that is late, this method sleeps for some microseconds. That
     * lets a writer on the same CPU finish the frame.
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean pollNext() {
        try {
            boolean news = waiter.poll();
            LostMemory.check();
            return news;
        } catch (InternalError e) {
            throw LostMemory.truncated(image.name(), e);
        }
    }

    private boolean hasNew() {
        return copies.hasNew();
    }

    /**
     * Copies a frame, or part of it. The reader checks that no writer intervened, and repeats a
     * copy that was disturbed.
     */
    public interface Copier {
        /**
         * Copies one frame.
         *
         * @param cnt0 {@code cnt0} of the frame, if no writer intervenes
         * @param slice the slice to copy
         * @param offset offset of its pixels in {@link Image#memory}, in the ring if the frame is
         *     there
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
                long bytes = (long) KeywordLayout.BYTES * spec.keywordSlots();
                MemorySegment.copy(
                        memory, layout.keywordsOffset(), keywordsTo, keywordsOffset, bytes);
            }
        }
    }

    /**
     * Copies the newest frame.
     *
     * @return true if {@code to} holds one whole frame; false if writers left no time for it
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean readNewest(MemorySegment to) {
        return readNewest(to, 0, null, 0);
    }

    /**
     * Copies the newest frame and its keywords.
     *
     * @param to has room for {@link ImageSpec#sliceBytes} bytes at the offset
     * @param keywordsTo has room for all keyword slots at its offset; null for none
     */
    public boolean readNewest(
            MemorySegment to,
            long offset,
            @Nullable MemorySegment keywordsTo,
            long keywordsOffset) {
        return readNewest(plain.to(to, offset, keywordsTo, keywordsOffset));
    }

    /** Copies the newest frame through the copier; returns false if writers left no time for it. */
    public boolean readNewest(Copier copier) {
        return read(Order.NEWEST, NONE, copier);
    }

    /**
     * Copies the given slice of a cube as it is now, while nothing is being written.
     *
     * @param slice from 0
     * @return true if {@code to} holds the whole slice; false if writers left no time for it
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean readSlice(int slice, MemorySegment to) {
        Objects.checkIndex(slice, spec.shape().slices());
        return read(Order.NEWEST, slice, plain.to(to, 0, null, 0));
    }

    /**
     * Copies the oldest frame that was not read yet and still exists: the next slice of a circular
     * image, otherwise the newest frame.
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
     * Copies, through the copier, the oldest frame that was not read yet and still exists: the next
     * slice of a circular image, the next frame of a ring, otherwise the newest frame.
     */
    public boolean readNext(Copier copier) {
        Order order = spec.ringSize() > 1 ? Order.NEXT_OF_RING : Order.NEWEST;
        return read(spec.isCircular() ? Order.NEXT_SLICE : order, NONE, copier);
    }

    /**
     * Copies, through the copier, the newest slice of a circular image, even while the next one is
     * being written; otherwise the newest frame.
     */
    public boolean readNewestSlice(Copier copier) {
        return read(spec.isCircular() ? Order.NEWEST_SLICE : Order.NEWEST, NONE, copier);
    }

    private boolean read(Order order, int slice, Copier copier) {
        try {
            boolean whole = copies.copy(order, slice, copier);
            LostMemory.check();
            if (!whole) {
                waiter.expectSoon();
            }
            return whole;
        } catch (InternalError e) {
            throw LostMemory.truncated(image.name(), e);
        }
    }

    /**
     * Releases the semaphore for another reader. Call it once: afterwards another reader may own
     * the semaphore.
     */
    @Override
    public void close() {
        try {
            waiter.close();
            LostMemory.check();
        } catch (InternalError truncated) {
            // nobody else can access this memory any more
        }
    }
}
