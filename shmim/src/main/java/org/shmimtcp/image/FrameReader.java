package org.shmimtcp.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.BracketedCopy.Order;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.NativeMemory;

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

    /**
     * Makes the newest frame count as new again, for a destination that has not seen it.
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public void resync() {
        resumeAfter(Long.MAX_VALUE);
    }

    /**
     * Resumes after a frame that the destination has. The newest frame counts as new in any case.
     *
     * @param cnt0 {@code cnt0} of that frame; a value beyond the newest frame, or below 0, stands
     *     for the newest
     * @throws ImageException.Truncated if the file was truncated
     */
    public void resumeAfter(long cnt0) {
        try {
            copies.resumeAfter(cnt0);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(image.name(), e);
        }
    }

    /**
     * {@return the index of the semaphore that this reader waits on; -1 if none was free and it
     * polls}
     */
    public int semaphore() {
        return waiter.semaphore();
    }

    /**
     * Allocates a buffer for one frame. The garbage collector frees it.
     *
     * @return {@link ImageSpec#sliceBytes} bytes, zero, aligned so that copies run at full speed
     */
    public MemorySegment newBuffer() {
        return Arena.ofAuto().allocate(sliceBytes, 64);
    }

    /**
     * Allocates a buffer for all keywords; {@link Keywords} gives access to them. The garbage
     * collector frees it.
     *
     * @return 128 bytes for each slot of the image
     */
    public MemorySegment newKeywordBuffer() {
        return Arena.ofAuto().allocate((long) KeywordLayout.BYTES * spec.keywordSlots(), 64);
    }

    /** {@return the number of frames read so far, repeated reads of one frame included} */
    public long frames() {
        return copies.frames();
    }

    /**
     * {@return the number of frames that the source published since this reader was created, and
     * that it did not read} Frames before its creation do not count.
     */
    public long skipped() {
        return copies.skipped();
    }

    /**
     * Checks whether there is a frame at all.
     *
     * @return false while nothing was published ({@code cnt0} is 0)
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean hasFrame() {
        return image.cnt0() != 0;
    }

    /**
     * {@return {@code cnt0} of the frame read last} Before the first, it is the counter of the
     * frame after which this reader started.
     */
    public long cnt0() {
        return copies.lastCnt0();
    }

    /** {@return the slice read last; 0 for an image that is not a cube} */
    public int slice() {
        return Math.max(0, copies.lastSlice());
    }

    /**
     * Waits for a frame newer than the one read last.
     *
     * @param timeoutNs how long to wait at most, in ns; 0 checks once
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
     * @return true if there is one
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
         * Copies one frame. The result counts only if the read that called this method returns
         * true. An {@link InternalError} from an access to {@link Image#memory} must pass through.
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
            NativeMemory.copy(memory, offset, to, toOffset, sliceBytes);
            if (keywordsTo != null) {
                long bytes = (long) KeywordLayout.BYTES * spec.keywordSlots();
                NativeMemory.copy(
                        memory, layout.keywordsOffset(), keywordsTo, keywordsOffset, bytes);
            }
        }
    }

    /**
     * Copies the newest frame, whether it was read before or not.
     *
     * @param to has room for {@link ImageSpec#sliceBytes} bytes
     * @return true if {@code to} holds one whole frame; false if nothing was published yet, or
     *     writers left no time for a copy: its content is then undefined
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean readNewest(MemorySegment to) {
        return readNewest(to, 0, null, 0);
    }

    /**
     * Copies the newest frame and its keywords.
     *
     * @param to has room for {@link ImageSpec#sliceBytes} bytes at the offset
     * @param offset where the pixels begin in {@code to}, in bytes
     * @param keywordsTo where the keywords go, as 128-byte slots; has room for all slots of the
     *     image at its offset. Null if they are not wanted
     * @param keywordsOffset where the keywords begin in {@code keywordsTo}, in bytes
     * @return as for {@link #readNewest(MemorySegment)}
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean readNewest(
            MemorySegment to,
            long offset,
            @Nullable MemorySegment keywordsTo,
            long keywordsOffset) {
        return readNewest(plain.to(to, offset, keywordsTo, keywordsOffset));
    }

    /**
     * Copies the newest frame through the copier.
     *
     * @param copier called once for each attempt, at most three times
     * @return false if nothing was published yet, or writers left no time for a copy
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean readNewest(Copier copier) {
        return read(Order.NEWEST, NONE, copier);
    }

    /**
     * Copies the given slice of a cube as it is now, while nothing is being written.
     *
     * @param slice from 0
     * @param to has room for {@link ImageSpec#sliceBytes} bytes
     * @return true if {@code to} holds the whole slice; false if nothing was published yet, or
     *     writers left no time for a copy
     * @throws IndexOutOfBoundsException if the image has no such slice
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean readSlice(int slice, MemorySegment to) {
        Objects.checkIndex(slice, spec.shape().slices());
        return read(Order.NEWEST, slice, plain.to(to, 0, null, 0));
    }

    /**
     * Copies the oldest frame that was not read yet and still exists: the next slice of a circular
     * image, otherwise the newest frame.
     *
     * @param to has room for {@link ImageSpec#sliceBytes} bytes at the offset
     * @param offset where the pixels begin in {@code to}, in bytes
     * @param keywordsTo where the keywords go, as 128-byte slots; has room for all slots of the
     *     image at its offset. Null if they are not wanted
     * @param keywordsOffset where the keywords begin in {@code keywordsTo}, in bytes. They are the
     *     keywords of now, not of an older slice
     * @return true if {@code to} holds one whole frame; false if there is no such frame, or writers
     *     left no time for a copy
     * @throws ImageException.Truncated if the file was truncated
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
     *
     * @param copier called once for each attempt, at most three times
     * @return false if there is no such frame, or writers left no time for a copy
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean readNext(Copier copier) {
        Order order = spec.ringSize() > 1 ? Order.NEXT_OF_RING : Order.NEWEST;
        return read(spec.isCircular() ? Order.NEXT_SLICE : order, NONE, copier);
    }

    /**
     * Copies, through the copier, the newest slice of a circular image, even while the next one is
     * being written; otherwise the newest frame.
     *
     * @param copier called once for each attempt, at most three times
     * @return false if there is no new frame, or writers left no time for a copy
     * @throws ImageException.Truncated if the file was truncated
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
