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
 * <p>A frame is the whole image, or for a cube one slice. The copy is bracketed by {@code cnt0},
 * {@code write} and the identity of the image; when a writer came in between, it is repeated a few
 * times, then refused. A slice of a circular image may be read while the next one is written:
 * there, the distance between the counters tells whether the writer has come round. While {@code
 * cnt0} is 0 there is no frame.
 *
 * <p>Nothing here allocates after construction. One thread at a time.
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
     * @param claim false to poll {@code cnt0} even where a semaphore is free
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
        try {
            copies.resumeAfter(cnt0);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(image.name(), e);
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
        return copies.frames();
    }

    /** Frames that the source published and this reader never saw, since it is there. */
    public long skipped() {
        return copies.skipped();
    }

    /** False while nothing was published: {@code cnt0} is 0. */
    public boolean hasFrame() {
        return image.cnt0() != 0;
    }

    /** {@code cnt0} of the frame read last. */
    public long cnt0() {
        return copies.lastCnt0();
    }

    /** The slice that was read last; 0 for an image that is no cube. */
    public int slice() {
        return Math.max(0, copies.lastSlice());
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
            throw LostMemory.truncated(image.name(), e);
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
            throw LostMemory.truncated(image.name(), e);
        }
    }

    private boolean hasNew() {
        return copies.hasNew();
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
        Objects.checkIndex(slice, spec.shape().slices());
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
