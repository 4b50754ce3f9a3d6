package org.shmimtcp.image;

import org.shmimtcp.posix.Semaphores;

/**
 * The offset of each part of an image file. Each part follows the one before, whose size is rounded
 * up to 8 bytes:
 *
 * <pre>
 *   metadata                       {@link MetadataLayout#BYTES}
 *   pixels                         imdatamemsize
 *   keywords                       128 x NBkw
 *   semaphores                      32 x sem
 *   log semaphore                   32
 *   reader PIDs                      4 x sem
 *   writer PIDs                      4 x sem
 *   semaphore control                4 x sem
 *   semaphore status                 4 x sem
 *   process traces                  64 x NBproctrace
 *   acquisition times               16 x slices   \
 *   write times                     16 x slices    } only {@link ImageType#hasSliceArrays}
 *   counters                         8 x slices   /
 *   ring metadata                   48 x CBsize
 *   ring frames          imdatamemsize x CBsize
 * </pre>
 *
 * <p>All values are in bytes from the start of the file, as ImageStreamIO 2.00 computes them.
 *
 * @param pixels pixels of the first slice; always {@link MetadataLayout#BYTES}
 * @param keywordsOffset keyword slot 0
 * @param semaphores semaphore 0
 * @param logSemaphore the semaphore for loggers
 * @param readerPids the PID of the reader of semaphore 0
 * @param writerPids the PID that posted semaphore 0 last
 * @param processTraces process trace 0, the newest
 * @param acquisitionTimes struct timespec of slice 0; without slice arrays, where they would be
 * @param writeTimes struct timespec of slice 0; without slice arrays, where they would be
 * @param counters cnt0 of slice 0; without slice arrays, where they would be
 * @param ringFrames pixels of place 0 of the ring
 * @param fileBytes the exact length of the file
 */
public record ImageLayout(
        long pixels,
        long keywordsOffset,
        long semaphores,
        long logSemaphore,
        long readerPids,
        long writerPids,
        long processTraces,
        long acquisitionTimes,
        long writeTimes,
        long counters,
        long ringFrames,
        long fileBytes) {

    static final int RING_METADATA_BYTES = 48;
    static final int TIMESPEC_BYTES = 16;

    /**
     * Computes the layout of an image.
     *
     * @param spec its type, shape and tables
     * @return the offsets of its parts
     * @throws ImageException if the file would be larger than a long can count
     */
    public static ImageLayout of(ImageSpec spec) {
        try {
            return compute(spec);
        } catch (ArithmeticException tooLarge) {
            throw new ImageException("an image of " + spec.describe() + " is too large");
        }
    }

    private static ImageLayout compute(ImageSpec spec) {
        long sem = spec.semaphores();
        long slices = ImageType.hasSliceArrays(spec.imageType()) ? spec.shape().nz() : 0;
        long pixels = MetadataLayout.BYTES;
        long keywordsOffset = after(pixels, spec.pixelBytes(), 1);
        long semaphores = after(keywordsOffset, KeywordLayout.BYTES, spec.keywordSlots());
        long logSemaphore = after(semaphores, Semaphores.BYTES, sem);
        long readerPids = after(logSemaphore, Semaphores.BYTES, 1);
        long writerPids = after(readerPids, Integer.BYTES, sem);
        long control = after(writerPids, Integer.BYTES, sem);
        long status = after(control, Integer.BYTES, sem);
        long processTraces = after(status, Integer.BYTES, sem);
        long acquisitionTimes =
                after(processTraces, ProcessTraceLayout.BYTES, spec.processTraces());
        long writeTimes = after(acquisitionTimes, TIMESPEC_BYTES, slices);
        long counters = after(writeTimes, TIMESPEC_BYTES, slices);
        long ringMetadata = after(counters, Long.BYTES, slices);
        long ringFrames = after(ringMetadata, RING_METADATA_BYTES, spec.ringSize());
        long fileBytes = after(ringFrames, spec.pixelBytes(), spec.ringSize());
        return new ImageLayout(
                pixels,
                keywordsOffset,
                semaphores,
                logSemaphore,
                readerPids,
                writerPids,
                processTraces,
                acquisitionTimes,
                writeTimes,
                counters,
                ringFrames,
                fileBytes);
    }

    private static long after(long start, long bytes, long count) {
        long size = Math.multiplyExact(bytes, count);
        return Math.addExact(start, Math.addExact(size, 7) & -8L);
    }
}
