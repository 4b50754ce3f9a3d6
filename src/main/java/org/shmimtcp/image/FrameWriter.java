package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.posix.Semaphores;

/**
 * Publishes frames into an image. {@link #begin}, write pixels and keywords, {@link #commit}; or
 * {@link #publish}. Nothing here allocates. One thread at a time.
 */
public final class FrameWriter {
    /** ImageStreamIO posts no further: a reader that is gone must not count up for ever. */
    private static final int SEMAPHORE_MAX = 10;

    private static final long NONE = -1;

    private final Image image;
    private final MemorySegment memory;
    private final ImageSpec spec;
    private final ImageLayout layout;
    private final String name;
    private final boolean sliceArrays;
    private final Clock.Wall now = new Clock.Wall();

    /** Of the frame that was published last here; {@link #NONE} before the first. */
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
     * @throws ImageException.Truncated if the file was cut short, or another image is in it: what
     *     is written there now would be anything, pixels or semaphores
     */
    public void begin() {
        try {
            if (!image.holdsSameImage()) {
                LostMemory.check();
                throw ImageException.Truncated.recreated(name);
            }
            MetadataLayout.writeRelease(memory, true);
            // No pixel may be written before the flag is up; a release alone would let it.
            VarHandle.fullFence();
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /** Takes a {@link #begin} back where no pixel was written. */
    public void abort() {
        try {
            MetadataLayout.writeRelease(memory, false);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /**
     * Copies pixels to a slice; slice 0 of an image that is no cube.
     *
     * @param from holds {@link ImageSpec#sliceBytes} bytes at the offset
     */
    public void writeSlice(int slice, MemorySegment from, long offset) {
        Objects.checkIndex(slice, spec.shape().slices());
        long bytes = spec.sliceBytes();
        try {
            MemorySegment.copy(from, offset, memory, layout.pixels() + slice * bytes, bytes);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /** Copies the first {@code count} keyword slots, as they are on the wire or in another file. */
    public void writeKeywords(int count, MemorySegment from, long offset) {
        Objects.checkFromIndexSize(0, count, spec.keywords());
        try {
            long bytes = (long) KeywordLayout.BYTES * count;
            MemorySegment.copy(from, offset, memory, layout.keywords(), bytes);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /** True if the slice, and the first {@code keywords} keyword slots, are the same already. */
    public boolean holds(
            int slice, MemorySegment from, long offset, int keywords, long keywordsOffset) {
        long bytes = spec.sliceBytes();
        long keywordBytes = (long) KeywordLayout.BYTES * keywords;
        try {
            boolean held =
                    same(from, offset, layout.pixels() + slice * bytes, bytes)
                            && same(from, keywordsOffset, layout.keywords(), keywordBytes);
            LostMemory.check();
            return held;
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /** True if all pixels are the same already. */
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

    /** Copies all pixels of an image. */
    public void writeImage(MemorySegment from, long offset) {
        try {
            MemorySegment.copy(from, offset, memory, layout.pixels(), spec.pixelBytes());
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /** Sets all pixels to zero. */
    public void zero() {
        try {
            memory.asSlice(layout.pixels(), spec.pixelBytes()).fill((byte) 0);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /** Copies one keyword slot. */
    public void writeKeyword(int slot, MemorySegment from, long offset) {
        Objects.checkIndex(slot, spec.keywords());
        try {
            long to = layout.keywords() + (long) KeywordLayout.BYTES * slot;
            MemorySegment.copy(from, offset, memory, to, KeywordLayout.BYTES);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /** Publishes what was written, acquired now. */
    public void commit(int slice) {
        now.read();
        commit(slice, now.seconds(), now.nanos());
    }

    /**
     * Publishes what was written.
     *
     * @param slice what was written (cnt1); 0 for an image that is no cube
     * @param acquiredSeconds when the data were acquired
     * @param acquiredNanos 0 to 999,999,999
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

    /** Notes what others have published since this writer last did. */
    private long countBefore() {
        long cnt0 = MetadataLayout.cnt0Acquire(memory);
        if (cnt0 != lastCnt0 && lastCnt0 != NONE) {
            foreignFrames++;
            lastCnt0 = cnt0;
        }
        return cnt0;
    }

    /**
     * Times that the counter was found changed by another process between two frames of this
     * writer.
     *
     * @throws ImageException.Truncated if the file was cut short
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

    /** What is known of a frame that came from another machine. One object serves all frames. */
    public static final class Origin {
        public long cnt0;
        public long cnt1;
        public long cnt2;
        public long acquiredSeconds;
        public long acquiredNanos;

        /** The source's inode, which tells it from others of its name. */
        public long inode;

        /** When the frame began to be published here. */
        public long startSeconds;

        public long startNanos;
    }

    /**
     * Publishes what was written, with what its source says of it; process trace 0 tells the source
     * as the trigger.
     *
     * @param slice -1 if it was the whole image
     * @param sameCounter true to give the frame the source's cnt0 instead of the next one here
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

    /** Readers take it for a slice where there are several; then it must be one. */
    private long cnt1(int slice, long ofSource) {
        int slices = spec.shape().slices();
        boolean free = slices == 1 || (slice < 0 && ofSource >= 0 && ofSource < slices);
        return free ? ofSource : Math.max(0, slice);
    }

    private void trace(Origin origin) {
        long trace = layout.processTraces();
        memory.set(JAVA_INT, trace + ProcessTraceLayout.MODE, 0);
        memory.set(JAVA_INT, trace + ProcessTraceLayout.PID, Processes.ownPid());
        memory.set(JAVA_LONG, trace + ProcessTraceLayout.INODE, origin.inode);
        time(trace + ProcessTraceLayout.START, origin.startSeconds, origin.startNanos);
        now.read();
        time(trace + ProcessTraceLayout.UPDATE, now.seconds(), now.nanos());
        memory.set(JAVA_INT, trace + ProcessTraceLayout.SEMAPHORE, -1);
        memory.set(JAVA_INT, trace + ProcessTraceLayout.STATUS, 0);
        memory.set(JAVA_LONG, trace + ProcessTraceLayout.CNT0, origin.cnt0);
    }

    private void time(long offset, long seconds, long nanos) {
        memory.set(JAVA_LONG, offset, seconds);
        memory.set(JAVA_LONG, offset + 8, nanos);
    }

    /** Ring, times, counter, flag, semaphores, in ImageStreamIO's order. */
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

    /** Publishes one frame: a slice of a cube, otherwise the whole image. */
    public void publish(int slice, MemorySegment frame) {
        begin();
        writeSlice(slice, frame, 0);
        commit(slice);
    }

    private void stampSlice(int slice, long cnt0, long acquiredSeconds, long acquiredNanos) {
        long place = (long) slice * ImageLayout.TIMESPEC_BYTES;
        time(layout.acquisitionTimes() + place, acquiredSeconds, acquiredNanos);
        time(layout.writeTimes() + place, now.seconds(), now.nanos());
        memory.set(JAVA_LONG, layout.counters() + 8L * slice, cnt0);
    }

    /** To the place after the newest; the index moves when the pixels are there. */
    private void copyToRing() {
        long next = MetadataLayout.cbIndex(memory) + 1;
        long cycle = MetadataLayout.cbCycle(memory);
        if (next >= spec.ringSize()) {
            next = 0;
            cycle++;
        }
        long bytes = spec.pixelBytes();
        MemorySegment.copy(
                memory, layout.pixels(), memory, layout.ringFrames() + next * bytes, bytes);
        MetadataLayout.ring(memory, (int) next, cycle);
    }

    private void postAll() {
        for (int i = 0; i < spec.semaphores(); i++) {
            long semaphore = layout.semaphores() + i * Semaphores.BYTES;
            if (Semaphores.value(memory, semaphore) < SEMAPHORE_MAX) {
                Semaphores.post(memory, semaphore);
                memory.set(JAVA_INT, layout.writerPids() + 4L * i, Processes.ownPid());
            }
        }
        if (Semaphores.value(memory, layout.logSemaphore()) < SEMAPHORE_MAX) {
            Semaphores.post(memory, layout.logSemaphore());
        }
    }
}
