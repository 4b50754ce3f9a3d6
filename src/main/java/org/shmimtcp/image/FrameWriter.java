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

    private final MemorySegment memory;
    private final ImageSpec spec;
    private final ImageLayout layout;
    private final String name;
    private final boolean sliceArrays;
    private final Clock.Wall now = new Clock.Wall();

    FrameWriter(Image image) {
        this.memory = image.memory();
        this.spec = image.spec();
        this.layout = image.layout();
        this.name = image.name();
        // The type may promise arrays that an image without slices has no room for.
        this.sliceArrays = ImageType.hasSliceArrays(spec.imageType()) && spec.shape().nz() > 0;
    }

    /** Tells readers that the pixels are about to change. */
    public void begin() {
        try {
            MetadataLayout.writeRelease(memory, true);
            // No pixel may be written before the flag is up; a release alone would let it.
            VarHandle.fullFence();
            LostMemory.check();
        } catch (InternalError e) {
            throw new ImageException.Truncated(name, e);
        }
    }

    /** Takes a {@link #begin} back where no pixel was written. */
    public void abort() {
        try {
            MetadataLayout.writeRelease(memory, false);
            LostMemory.check();
        } catch (InternalError e) {
            throw new ImageException.Truncated(name, e);
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
            throw new ImageException.Truncated(name, e);
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
            throw new ImageException.Truncated(name, e);
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
            throw new ImageException.Truncated(name, e);
        }
    }

    private boolean same(MemorySegment from, long offset, long here, long bytes) {
        return MemorySegment.mismatch(from, offset, offset + bytes, memory, here, here + bytes)
                == -1;
    }

    /** Publishes what was written, acquired now. */
    public void commit(int slice) {
        now.read();
        commit(slice, now.seconds(), now.nanos());
    }

    /**
     * Publishes what was written: ring, times, counter, flag, semaphores, in ImageStreamIO's order.
     *
     * @param slice what was written (cnt1); 0 for an image that is no cube
     * @param acquiredSeconds when the data were acquired
     * @param acquiredNanos 0 to 999,999,999
     */
    public void commit(int slice, long acquiredSeconds, long acquiredNanos) {
        Objects.checkIndex(slice, spec.shape().slices());
        try {
            long cnt0 = MetadataLayout.cnt0Acquire(memory) + 1;
            now.read();
            MetadataLayout.cnt1(memory, slice);
            if (sliceArrays) {
                stampSlice(slice, cnt0, acquiredSeconds, acquiredNanos);
            }
            if (spec.ringSize() > 0) {
                copyToRing();
            }
            MetadataLayout.time(memory, MetadataLayout.WRITETIME, now.seconds(), now.nanos());
            MetadataLayout.time(memory, MetadataLayout.ATIME, acquiredSeconds, acquiredNanos);
            MetadataLayout.cnt0Release(memory, cnt0);
            MetadataLayout.writeRelease(memory, false);
            postAll();
            LostMemory.check();
        } catch (InternalError e) {
            throw new ImageException.Truncated(name, e);
        }
    }

    /** Publishes one frame: a slice of a cube, otherwise the whole image. */
    public void publish(int slice, MemorySegment frame) {
        begin();
        writeSlice(slice, frame, 0);
        commit(slice);
    }

    private void stampSlice(int slice, long cnt0, long acquiredSeconds, long acquiredNanos) {
        long acquired = layout.acquisitionTimes() + (long) slice * ImageLayout.TIMESPEC_BYTES;
        memory.set(JAVA_LONG, acquired, acquiredSeconds);
        memory.set(JAVA_LONG, acquired + 8, acquiredNanos);
        long written = layout.writeTimes() + (long) slice * ImageLayout.TIMESPEC_BYTES;
        memory.set(JAVA_LONG, written, now.seconds());
        memory.set(JAVA_LONG, written + 8, now.nanos());
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
