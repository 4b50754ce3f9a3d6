package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The tables that ImageStreamIO keeps beside pixels and keywords, for inspection by people. Each
 * entry is read as it is at that moment. All methods throw {@link ImageException.Truncated} if the
 * file was truncated.
 */
public final class ImageTables {
    private final MemorySegment memory;
    private final ImageSpec spec;
    private final ImageLayout layout;
    private final String name;

    ImageTables(MemorySegment memory, ImageSpec spec, ImageLayout layout, String name) {
        this.name = name;
        this.memory = memory;
        this.spec = spec;
        this.layout = layout;
    }

    /**
     * Which process made one update of the image, and which stream triggered it.
     *
     * <pre>
     *    0  trigger mode       4
     *    4  writer's PID       4
     *    8  trigger's inode    8
     *   16  process start     16   struct timespec
     *   32  stream update     16   struct timespec
     *   48  trigger semaphore  4   -1: none
     *   52  trigger status     4
     *   56  trigger's cnt0     8
     * </pre>
     *
     * @param triggerMode how the process was triggered, as milk numbers it; 0: at once
     * @param writerPid the process that made the update; 0 if the entry is unused
     * @param triggerInode the inode of the stream that triggered it
     * @param processStart when the process began to compute this update
     * @param streamUpdate when it wrote the update
     * @param triggerSemaphore the index in the stream that triggered it; -1 if there was none
     * @param triggerStatus the result of that wait, as milk numbers it
     * @param triggerCnt0 the update counter of the stream that triggered it
     */
    public record ProcessTrace(
            int triggerMode,
            int writerPid,
            long triggerInode,
            Instant processStart,
            Instant streamUpdate,
            int triggerSemaphore,
            int triggerStatus,
            long triggerCnt0) {

        /** {@return true if a process has filled it} */
        public boolean isUsed() {
            return writerPid > 0;
        }
    }

    /**
     * The times at which a slice of a circular image was acquired and written, and the update's
     * counter.
     *
     * @param acquired when the data were acquired
     * @param written when they were written to this image
     * @param counter {@code cnt0} of the update
     */
    public record SliceStamp(Instant acquired, Instant written, long counter) {}

    /**
     * The counters and times of a frame in the ring, where its writer keeps them; 0 elsewhere.
     *
     * @param cnt0 the update counter
     * @param cnt1 the slice written last
     * @param acquired when the data were acquired
     * @param written when they were written to this image
     */
    public record RingStamp(long cnt0, long cnt1, Instant acquired, Instant written) {}

    /** {@return all process traces, newest first, used or not} */
    public List<ProcessTrace> processTraces() {
        return table(spec.processTraces(), this::processTrace);
    }

    private ProcessTrace processTrace(int index) {
        long at = layout.processTraces() + (long) index * ProcessTraceLayout.BYTES;
        return new ProcessTrace(
                memory.get(JAVA_INT, at + ProcessTraceLayout.MODE),
                memory.get(JAVA_INT, at + ProcessTraceLayout.PID),
                memory.get(JAVA_LONG, at + ProcessTraceLayout.INODE),
                time(at + ProcessTraceLayout.START),
                time(at + ProcessTraceLayout.UPDATE),
                memory.get(JAVA_INT, at + ProcessTraceLayout.SEMAPHORE),
                memory.get(JAVA_INT, at + ProcessTraceLayout.STATUS),
                memory.get(JAVA_LONG, at + ProcessTraceLayout.CNT0));
    }

    /** {@return one stamp for each slice; empty for an image that has no slice arrays} */
    public List<SliceStamp> slices() {
        int slices = ImageType.hasSliceArrays(spec.imageType()) ? spec.shape().nz() : 0;
        return table(
                slices,
                i ->
                        new SliceStamp(
                                time(layout.acquisitionTimes() + 16L * i),
                                time(layout.writeTimes() + 16L * i),
                                memory.get(JAVA_LONG, layout.counters() + 8L * i)));
    }

    /** {@return one stamp for each place of the ring; empty for an image without a ring} */
    public List<RingStamp> ring() {
        long ring = (long) spec.ringSize() * ImageLayout.RING_METADATA_BYTES;
        long start = layout.ringFrames() - ring;
        return table(
                spec.ringSize(),
                i -> ringStamp(start + (long) i * ImageLayout.RING_METADATA_BYTES));
    }

    private RingStamp ringStamp(long at) {
        return new RingStamp(
                memory.get(JAVA_LONG, at),
                memory.get(JAVA_LONG, at + 8),
                time(at + 16),
                time(at + 32));
    }

    private <T> List<T> table(int entries, IntFunction<T> entry) {
        return LostMemory.read(name, () -> IntStream.range(0, entries).mapToObj(entry).toList());
    }

    private Instant time(long offset) {
        return MetadataLayout.time(memory, offset);
    }
}
