package org.shmimtcp.image;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.NativeMemory;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.posix.Semaphores;

/**
 * Publishes frames into an image: call {@link #begin}, write pixels and keywords, then {@link
 * #commit(int)}; or call {@link #publish}. Allocates nothing. Not thread-safe.
 *
 * <p>The format has no lock: two writers of one image tear each other's frames. {@link
 * #foreignFrames} tells whether there is another writer.
 */
public final class FrameWriter {
    /** ImageStreamIO's limit: the semaphore of a reader that is gone must not count up for ever. */
    private static final int SEMAPHORE_MAX = 10;

    private static final long NONE = -1;

    private final Image image;
    private final MemorySegment memory;
    private final ImageSpec spec;
    private final ImageLayout layout;
    private final String name;
    private final boolean sliceArrays;
    private final Clock.Wall now = new Clock.Wall();

    /**
     * {@code cnt0} of the frame that this writer published last; {@link #NONE} before the first.
     */
    private long lastCnt0 = NONE;

    private long foreignFrames;

    FrameWriter(Image image) {
        this.image = image;
        this.memory = image.memory();
        this.spec = image.spec();
        this.layout = image.layout();
        this.name = image.name();
        // The type may promise arrays that an image without slices has no room for.
        this.sliceArrays = ImageType.hasSliceArrays(spec.imageType()) && spec.shape().nz() > 0;
    }

    /**
     * Tells readers that the pixels are about to change.
     *
     * @throws ImageException.Truncated if the file was truncated or holds another image now: a
     *     write could then hit anything, pixels or semaphores
     */
    public void begin() {
        try {
            if (!image.holdsSameImage()) {
                LostMemory.check();
                throw ImageException.Truncated.recreated(name);
            }
            MetadataLayout.writeRelease(memory, true);
            // No pixel may be written before the flag is raised; a release alone does not ensure
            // that.
            VarHandle.fullFence();
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /**
     * Withdraws a {@link #begin} after which no pixel was written.
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public void abort() {
        try {
            MetadataLayout.writeRelease(memory, false);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /**
     * Copies pixels into a slice. Readers see them after {@link #commit(int)}.
     *
     * @param slice from 0; 0 for an image that is not a cube
     * @param from holds {@link ImageSpec#sliceBytes} bytes at the offset
     * @param offset where the pixels begin in {@code from}, in bytes
     * @throws IndexOutOfBoundsException if the image has no such slice
     * @throws ImageException.Truncated if the file was truncated
     */
    public void writeSlice(int slice, MemorySegment from, long offset) {
        Objects.checkIndex(slice, spec.shape().slices());
        long bytes = spec.sliceBytes();
        try {
            NativeMemory.copy(from, offset, memory, layout.pixels() + slice * bytes, bytes);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /**
     * Copies the first keyword slots, in the format of the file and the wire.
     *
     * @param count the number of slots
     * @param from holds 128 bytes for each of them at the offset
     * @param offset where the slots begin in {@code from}, in bytes
     * @throws IndexOutOfBoundsException if the image has fewer slots
     * @throws ImageException.Truncated if the file was truncated
     */
    public void writeKeywords(int count, MemorySegment from, long offset) {
        Objects.checkFromIndexSize(0, count, spec.keywordSlots());
        try {
            long bytes = (long) KeywordLayout.BYTES * count;
            NativeMemory.copy(from, offset, memory, layout.keywordsOffset(), bytes);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /**
     * Compares a slice and the first keyword slots with what the image has.
     *
     * @param slice from 0; 0 for an image that is not a cube
     * @param from holds {@link ImageSpec#sliceBytes} bytes at the offset, and the keywords
     * @param offset where the pixels begin in {@code from}, in bytes
     * @param keywords the number of slots to compare
     * @param keywordsOffset where the slots begin in {@code from}, in bytes
     * @return true if the image already has this content
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean holds(
            int slice, MemorySegment from, long offset, int keywords, long keywordsOffset) {
        long bytes = spec.sliceBytes();
        long keywordBytes = (long) KeywordLayout.BYTES * keywords;
        try {
            boolean held =
                    same(from, offset, layout.pixels() + slice * bytes, bytes)
                            && same(from, keywordsOffset, layout.keywordsOffset(), keywordBytes);
            LostMemory.check();
            return held;
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /**
     * Compares all pixels with what the image has.
     *
     * @param from holds {@link ImageSpec#pixelBytes} bytes at the offset
     * @param offset where the pixels begin in {@code from}, in bytes
     * @return true if the image already has these values
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean holdsImage(MemorySegment from, long offset) {
        try {
            boolean held = same(from, offset, layout.pixels(), spec.pixelBytes());
            LostMemory.check();
            return held;
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    private boolean same(MemorySegment from, long offset, long here, long bytes) {
        return MemorySegment.mismatch(from, offset, offset + bytes, memory, here, here + bytes)
                == -1;
    }

    /**
     * Copies all pixels of an image, every slice of a cube.
     *
     * @param from holds {@link ImageSpec#pixelBytes} bytes at the offset
     * @param offset where the pixels begin in {@code from}, in bytes
     * @throws ImageException.Truncated if the file was truncated
     */
    public void writeImage(MemorySegment from, long offset) {
        try {
            NativeMemory.copy(from, offset, memory, layout.pixels(), spec.pixelBytes());
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /**
     * Sets all pixels to zero.
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public void zero() {
        try {
            memory.asSlice(layout.pixels(), spec.pixelBytes()).fill((byte) 0);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /**
     * Copies one keyword slot, in the format of the file and the wire.
     *
     * @param slot from 0
     * @param from holds 128 bytes at the offset
     * @param offset where the slot begins in {@code from}, in bytes
     * @throws IndexOutOfBoundsException if the image has no such slot
     * @throws ImageException.Truncated if the file was truncated
     */
    public void writeKeyword(int slot, MemorySegment from, long offset) {
        Objects.checkIndex(slot, spec.keywordSlots());
        try {
            long to = layout.keywordsOffset() + (long) KeywordLayout.BYTES * slot;
            NativeMemory.copy(from, offset, memory, to, KeywordLayout.BYTES);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /**
     * Publishes what was written, with the present time as the time of acquisition.
     *
     * @param slice the slice that was written (cnt1); 0 for an image that is not a cube
     * @throws IndexOutOfBoundsException if the image has no such slice
     * @throws ImageException.Truncated if the file was truncated
     */
    public void commit(int slice) {
        now.read();
        commit(slice, now.seconds(), now.nanos());
    }

    /**
     * Publishes what was written.
     *
     * @param slice the slice that was written (cnt1); 0 for an image that is not a cube
     * @param acquiredSeconds when the data were acquired: seconds since 1970, on ImageStreamIO's
     *     clock (TAI)
     * @param acquiredNanos nanoseconds of that second, 0 to 999,999,999
     * @throws IndexOutOfBoundsException if the image has no such slice
     * @throws ImageException.Truncated if the file was truncated
     */
    public void commit(int slice, long acquiredSeconds, long acquiredNanos) {
        Objects.checkIndex(slice, spec.shape().slices());
        try {
            long cnt0 = countBefore() + 1;
            commit(slice, slice, cnt0, acquiredSeconds, acquiredNanos);
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /**
     * Returns {@code cnt0}, and notes whether another process changed it since this writer's last
     * frame.
     */
    private long countBefore() {
        long cnt0 = MetadataLayout.cnt0Acquire(memory);
        if (cnt0 != lastCnt0 && lastCnt0 != NONE) {
            foreignFrames++;
            lastCnt0 = cnt0;
        }
        return cnt0;
    }

    /**
     * Tells whether another process writes this image too.
     *
     * @return the number of times that the counter had changed between two frames of this writer
     * @throws ImageException.Truncated if the file was truncated
     */
    public long foreignFrames() {
        try {
            countBefore();
            LostMemory.check();
            return foreignFrames;
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /**
     * Tells whether this image's newest frame has this counter and write time.
     *
     * @param cnt0 the counter
     * @param seconds since 1970, on the clock of the image's writer
     * @param nanos of that second
     * @return true if both are equal
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean isNewest(long cnt0, long seconds, long nanos) {
        try {
            boolean same =
                    MetadataLayout.cnt0Acquire(memory) == cnt0
                            && MetadataLayout.writtenSeconds(memory) == seconds
                            && MetadataLayout.writtenNanos(memory) == nanos;
            LostMemory.check();
            return same;
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /**
     * The metadata of a frame that came from another machine. One object serves all frames, so that
     * none is allocated. Times are those of ImageStreamIO's clock (TAI).
     */
    public static final class Origin {
        /** The source's update counter. */
        public long cnt0;

        /** The source's newest slice. */
        public long cnt1;

        /** The source's count of events, copied as it is. */
        public long cnt2;

        /** When the data were acquired: seconds since 1970. */
        public long acquiredSeconds;

        /** When the data were acquired: nanoseconds of the second. */
        public long acquiredNanos;

        /** The source's inode, which distinguishes it from others of the same name. */
        public long inode;

        /** When publishing of the frame began here: seconds since 1970. */
        public long startSeconds;

        /** When publishing of the frame began here: nanoseconds of the second. */
        public long startNanos;

        /** Starts with zeros in all fields. */
        public Origin() {}
    }

    /**
     * Publishes what was written, with the metadata of its source. Process trace 0 names the source
     * as the trigger.
     *
     * @param slice the slice that was written; -1 if it was the whole image
     * @param origin the frame's metadata; only read
     * @param sameCounter true to give the frame the source's cnt0 instead of the next one here
     * @throws ImageException.Truncated if the file was truncated
     */
    public void commit(int slice, Origin origin, boolean sameCounter) {
        try {
            long before = countBefore();
            long cnt0 = sameCounter ? origin.cnt0 : before + 1;
            MetadataLayout.cnt2(memory, origin.cnt2);
            if (spec.processTraces() > 0) {
                trace(origin);
            }
            commit(
                    slice,
                    cnt1(slice, origin.cnt1),
                    cnt0,
                    origin.acquiredSeconds,
                    origin.acquiredNanos);
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /**
     * Returns the cnt1 to publish: the source's, unless readers could not use it as a slice index.
     */
    private long cnt1(int slice, long ofSource) {
        int slices = spec.shape().slices();
        boolean free = slices == 1 || (slice < 0 && ofSource >= 0 && ofSource < slices);
        return free ? ofSource : Math.max(0, slice);
    }

    private void trace(Origin origin) {
        long trace = layout.processTraces();
        NativeMemory.putInt(memory, trace + ProcessTraceLayout.MODE, 0);
        NativeMemory.putInt(memory, trace + ProcessTraceLayout.PID, Processes.ownPid());
        NativeMemory.putLong(memory, trace + ProcessTraceLayout.INODE, origin.inode);
        time(trace + ProcessTraceLayout.START, origin.startSeconds, origin.startNanos);
        now.read();
        time(trace + ProcessTraceLayout.UPDATE, now.seconds(), now.nanos());
        NativeMemory.putInt(memory, trace + ProcessTraceLayout.SEMAPHORE, -1);
        NativeMemory.putInt(memory, trace + ProcessTraceLayout.STATUS, 0);
        NativeMemory.putLong(memory, trace + ProcessTraceLayout.CNT0, origin.cnt0);
    }

    private void time(long offset, long seconds, long nanos) {
        NativeMemory.putLong(memory, offset, seconds);
        NativeMemory.putLong(memory, offset + 8, nanos);
    }

    /** Updates ring, times, counter and flag and posts the semaphores, in ImageStreamIO's order. */
    private void commit(int slice, long cnt1, long cnt0, long acquiredSeconds, long acquiredNanos) {
        now.read();
        MetadataLayout.cnt1(memory, cnt1);
        if (sliceArrays && slice >= 0) {
            stampSlice(slice, cnt0, acquiredSeconds, acquiredNanos);
        }
        if (spec.ringSize() > 0) {
            copyToRing();
        }
        MetadataLayout.time(memory, MetadataLayout.WRITETIME, now.seconds(), now.nanos());
        MetadataLayout.time(memory, MetadataLayout.ATIME, acquiredSeconds, acquiredNanos);
        MetadataLayout.cnt0Release(memory, cnt0);
        lastCnt0 = cnt0;
        MetadataLayout.writeRelease(memory, false);
        postAll();
        LostMemory.check();
    }

    /**
     * Publishes one frame: a slice of a cube, otherwise the whole image.
     *
     * @param slice from 0; 0 for an image that is not a cube
     * @param frame holds {@link ImageSpec#sliceBytes} bytes
     * @throws IndexOutOfBoundsException if the image has no such slice
     * @throws ImageException.Truncated if the file was truncated or holds another image now
     */
    public void publish(int slice, MemorySegment frame) {
        begin();
        writeSlice(slice, frame, 0);
        commit(slice);
    }

    private void stampSlice(int slice, long cnt0, long acquiredSeconds, long acquiredNanos) {
        long place = (long) slice * ImageLayout.TIMESPEC_BYTES;
        time(layout.acquisitionTimes() + place, acquiredSeconds, acquiredNanos);
        time(layout.writeTimes() + place, now.seconds(), now.nanos());
        NativeMemory.putLong(memory, layout.counters() + 8L * slice, cnt0);
    }

    /**
     * Copies the frame to the ring place after the newest; the index moves once the pixels are
     * there.
     */
    private void copyToRing() {
        long next = MetadataLayout.cbIndex(memory) + 1;
        long cycle = MetadataLayout.cbCycle(memory);
        if (next >= spec.ringSize()) {
            next = 0;
            cycle++;
        }
        long bytes = spec.pixelBytes();
        NativeMemory.copy(
                memory, layout.pixels(), memory, layout.ringFrames() + next * bytes, bytes);
        MetadataLayout.ring(memory, (int) next, cycle);
    }

    private void postAll() {
        for (int i = 0; i < spec.semaphores(); i++) {
            long semaphore = layout.semaphores() + i * Semaphores.BYTES;
            if (Semaphores.value(memory, semaphore) < SEMAPHORE_MAX) {
                Semaphores.post(memory, semaphore);
                NativeMemory.putInt(memory, layout.writerPids() + 4L * i, Processes.ownPid());
            }
        }
        if (Semaphores.value(memory, layout.logSemaphore()) < SEMAPHORE_MAX) {
            Semaphores.post(memory, layout.logSemaphore());
        }
    }
}
