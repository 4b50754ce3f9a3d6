package org.shmimtcp.status;

import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageTables.ProcessTrace;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.MetadataLayout;

/**
 * The contents of a stream's file as a value. The JSON fields have the same names. Times are those
 * in the file, in seconds of CLOCK_TAI including nanoseconds, null where unset; process ids are 0
 * or negative where unset.
 *
 * @param nameInside the name stored in the file by its creator
 * @param shape sizes of the axes
 * @param type letters of the data type
 * @param imageType the bits in the file
 * @param imageTypeText the meaning of these bits
 */
public record StreamDetails(
        String name,
        String nameInside,
        String file,
        long inode,
        long fileBytes,
        String version,
        List<Integer> shape,
        String type,
        long pixelBytes,
        long imageType,
        String imageTypeText,
        @Nullable Double created,
        @Nullable Double lastAccess,
        @Nullable Double acquired,
        @Nullable Double written,
        int creatorPid,
        int ownerPid,
        long cnt0,
        long cnt1,
        long cnt2,
        boolean writing,
        int ringSize,
        int keywordSlots,
        List<KeywordDetails> keywords,
        List<SemaphoreDetails> semaphores,
        List<TraceDetails> processTraces) {

    /**
     * A keyword.
     *
     * @param value a number or text
     */
    public record KeywordDetails(String name, Object value, String comment, long counter) {}

    /** A semaphore with the processes registered to wait for it and to post it. */
    public record SemaphoreDetails(int index, int value, int readerPid, int writerPid) {}

    /** What triggered an update of the stream. */
    public record TraceDetails(
            int writerPid,
            int triggerMode,
            long triggerInode,
            int triggerSemaphore,
            int triggerStatus,
            long triggerCnt0,
            @Nullable Double started,
            @Nullable Double updated) {
        static TraceDetails of(ProcessTrace trace) {
            return new TraceDetails(
                    trace.writerPid(),
                    trace.triggerMode(),
                    trace.triggerInode(),
                    trace.triggerSemaphore(),
                    trace.triggerStatus(),
                    trace.triggerCnt0(),
                    seconds(trace.processStart()),
                    seconds(trace.streamUpdate()));
        }
    }

    /** Returns the current contents. Each value is read separately. */
    public static StreamDetails of(Image image) {
        ImageSpec spec = image.spec();
        MemorySegment head = image.head();
        return new StreamDetails(
                image.name(),
                MetadataLayout.name(head),
                image.file().toString(),
                MetadataLayout.inode(head),
                image.layout().fileBytes(),
                MetadataLayout.version(head),
                IntStream.of(spec.shape().nx(), spec.shape().ny(), spec.shape().nz())
                        .limit(spec.shape().naxis())
                        .boxed()
                        .toList(),
                spec.type().letters(),
                spec.pixelBytes(),
                spec.imageType(),
                ImageType.describe(spec.imageType()),
                seconds(image.created()),
                seconds(image.lastAccessed()),
                seconds(image.acquired()),
                seconds(image.written()),
                MetadataLayout.creatorPid(head),
                MetadataLayout.ownerPid(head),
                image.cnt0(),
                image.cnt1(),
                image.cnt2(),
                image.isWriting(),
                spec.ringSize(),
                spec.keywordSlots(),
                image.keywords().all().stream()
                        .map(k ->
                                new KeywordDetails(
                                        k.name(), json(k.value()), k.comment(), k.counter()))
                        .toList(),
                IntStream.range(0, spec.semaphores())
                        .mapToObj(i ->
                                new SemaphoreDetails(
                                        i,
                                        image.semaphoreValue(i),
                                        image.readerPid(i),
                                        image.writerPid(i)))
                        .toList(),
                image.tables().processTraces().stream()
                        .filter(ProcessTrace::isUsed)
                        .map(TraceDetails::of)
                        .toList());
    }

    /** Returns text for non-finite numbers, which JSON does not have. */
    private static Object json(Object value) {
        return value instanceof Double number && !Double.isFinite(number)
                ? number.toString()
                : value;
    }

    private static @Nullable Double seconds(Instant stamp) {
        return stamp.equals(Instant.EPOCH) ? null : stamp.getEpochSecond() + stamp.getNano() / 1e9;
    }
}
