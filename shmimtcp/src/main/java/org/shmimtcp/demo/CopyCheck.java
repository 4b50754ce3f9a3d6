package org.shmimtcp.demo;

import java.lang.foreign.MemorySegment;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.Keywords;
import org.shmimtcp.image.MemoryChecksum;
import org.shmimtcp.loop.Counter;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.synthetic.FrameStamp;

/**
 * Checks the frames of a stream whose source stamps them ({@link FrameStamp}). The checksum shows
 * whether a frame is whole, the number whether it is newer than the one before. Its age counts from
 * the time when it was due at the source, so that a stall is not hidden. Allocates nothing per
 * frame.
 *
 * <p>One thread calls {@link #checkNext}; any thread may read the counts.
 */
final class CopyCheck implements AutoCloseable {
    private static final long MAX_AGE_NS = 100_000_000_000L;
    private static final int DIGITS = 3;
    private static final int UNKNOWN = -1;

    private final FrameReader reader;
    private final MemorySegment pixels;
    private final MemorySegment table;
    private final Keywords keywords;
    private final MemoryChecksum checksum;
    private final SingleWriterRecorder ages = new SingleWriterRecorder(MAX_AGE_NS, DIGITS);
    private final Histogram allAges = new Histogram(MAX_AGE_NS, DIGITS);
    private final Counter seen = new Counter();
    private final Counter lost = new Counter();
    private final Counter torn = new Counter();
    private final Counter reordered = new Counter();
    private final Counter repeated = new Counter();
    private final Counter missed = new Counter();
    private int frameSlot = UNKNOWN;
    private int timeSlot = UNKNOWN;
    private int crcSlot = UNKNOWN;
    private long lastFrame;

    /**
     * @param image whose keywords hold stamps from its next frame on
     */
    CopyCheck(Image image) {
        this.reader = image.newReader();
        this.pixels = reader.newBuffer();
        this.table = reader.newKeywordBuffer();
        this.keywords = new Keywords(table);
        this.checksum = new MemoryChecksum(pixels);
    }

    /** Waits for a frame and checks it; returns false if none came in time. */
    boolean checkNext(long timeoutNs) {
        if (!reader.awaitNext(timeoutNs) || !reader.readNewest(pixels, 0, table, 0)) {
            return false;
        }
        long nowNs = Clock.monotonicNs();
        if (frameSlot == UNKNOWN) {
            findStamps();
        }
        long frame = keywords.getLong(frameSlot);
        if (checksum.compute() != keywords.getLong(crcSlot)) {
            torn.increment();
        } else if (frame == lastFrame) {
            repeated.increment();
        } else if (frame < lastFrame) {
            reordered.increment();
        } else {
            lost.add(frame - lastFrame - 1);
            lastFrame = frame;
            ages.recordValue(Math.clamp(nowNs - keywords.getLong(timeSlot), 0, MAX_AGE_NS));
        }
        seen.increment();
        missed.set(reader.skipped());
        return true;
    }

    private void findStamps() {
        frameSlot = slot(FrameStamp.FRAME);
        timeSlot = slot(FrameStamp.TIME_NS);
        crcSlot = slot(FrameStamp.CRC32C);
    }

    private int slot(String name) {
        for (int slot = 0; slot < keywords.slots(); slot++) {
            if (keywords.get(slot).filter(keyword -> keyword.name().equals(name)).isPresent()) {
                return slot;
            }
        }
        throw new IllegalStateException("no keyword " + name + " in this stream");
    }

    /** The number of frames read, good or bad. */
    long seen() {
        return seen.get();
    }

    /** The number of frames published in this stream that the check was too slow to read. */
    long missed() {
        return missed.get();
    }

    /** The number of frames that were torn, repeated or out of order. */
    long faults() {
        return torn.get() + reordered.get() + repeated.get();
    }

    /** The results so far, in one line. */
    String counts() {
        return String.format(
                Locale.ROOT,
                "checked %d  lost %d  torn %d  reordered %d  repeated %d",
                seen.get(),
                lost.get(),
                torn.get(),
                reordered.get(),
                repeated.get());
    }

    /** The distribution of the frames' ages, in one line. */
    synchronized String ages() {
        allAges.add(ages.getIntervalHistogram());
        return String.format(
                Locale.ROOT,
                "age p50 %.0f us  p99 %.0f us  p99.9 %.0f us  max %.0f us",
                allAges.getValueAtPercentile(50) / 1e3,
                allAges.getValueAtPercentile(99) / 1e3,
                allAges.getValueAtPercentile(99.9) / 1e3,
                allAges.getMaxValue() / 1e3);
    }

    @Override
    public void close() {
        reader.close();
    }
}
