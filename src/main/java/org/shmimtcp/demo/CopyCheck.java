package org.shmimtcp.demo;

import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Optional;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.Keyword;
import org.shmimtcp.image.Keywords;
import org.shmimtcp.loop.Counter;
import org.shmimtcp.loop.Loop;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.synthetic.FrameStamp;

/**
 * Follows a copy of a stamped stream and checks each frame by its {@link FrameStamp}: whether it is
 * whole, new and in order, and how old it is.
 *
 * <p>A frame's age counts from when it was due at the source, not from when it was written: a
 * source that was held up does not hide it. Source and check must be on one machine.
 *
 * <p>{@link #run} allocates nothing once it has seen the first stamp.
 */
public final class CopyCheck implements Loop {
    private static final long WAIT_NS = 50_000_000;
    private static final long MAX_AGE_NS = 100_000_000_000L;
    private static final int DIGITS = 3;
    private static final int NONE = -1;

    private final Image copy;
    private final FrameReader reader;
    private final MemorySegment frame;
    private final MemorySegment keywordBytes;
    private final Keywords keywords;
    private final FrameStamp.Checksum checksum;
    private final SingleWriterRecorder ages = new SingleWriterRecorder(MAX_AGE_NS, DIGITS);
    private final Histogram ageSum = new Histogram(MAX_AGE_NS, DIGITS);

    private final Counter good = new Counter();
    private final Counter lost = new Counter();
    private final Counter unseen = new Counter();
    private final Counter torn = new Counter();
    private final Counter reordered = new Counter();
    private final Counter repeated = new Counter();
    private final Counter unstamped = new Counter();
    private final Counter refused = new Counter();

    /** Number of the frame before, for the loop to compare with. */
    private final Counter newest = new Counter();

    private int frameSlot = NONE;
    private int timeSlot = NONE;
    private int crcSlot = NONE;
    private volatile boolean stopped;

    /**
     * What was found so far.
     *
     * @param good whole frames, each counted once
     * @param lost numbers that were jumped over
     * @param unseen of these, so many were in the copy, but gone before this check came to read
     *     them
     * @param torn frames whose pixels do not fit their checksum; their numbers count as lost
     * @param reordered frames older than the one before
     * @param repeated frames that were published again
     * @param unstamped frames without stamp
     * @param refused attempts to read that found no whole frame
     * @param lastFrame number of the newest good frame; 0 if there is none
     * @param ageNs age of good frames when they had been read here
     */
    public record Report(
            long good,
            long lost,
            long unseen,
            long torn,
            long reordered,
            long repeated,
            long unstamped,
            long refused,
            long lastFrame,
            Histogram ageNs) {

        /** True if there were frames, and each was whole, new, in order and stamped. */
        public boolean isFaultless() {
            return good > 0 && torn == 0 && reordered == 0 && repeated == 0 && unstamped == 0;
        }

        /** {@code torn=0 reordered=0 … p50_us=61.2 …}. */
        public String faultsAndAges() {
            return String.format(
                    Locale.ROOT,
                    "torn=%d reordered=%d repeated=%d unstamped=%d unseen=%d refused=%d"
                            + " p50_us=%.1f p99_us=%.1f p99.9_us=%.1f max_us=%.1f",
                    torn,
                    reordered,
                    repeated,
                    unstamped,
                    unseen,
                    refused,
                    ageNs.getValueAtPercentile(50) / 1e3,
                    ageNs.getValueAtPercentile(99) / 1e3,
                    ageNs.getValueAtPercentile(99.9) / 1e3,
                    ageNs.getMaxValue() / 1e3);
        }
    }

    /** Starts with the copy's next frame. */
    public CopyCheck(Image copy) {
        this.copy = copy;
        this.reader = copy.newReader();
        this.frame = reader.newBuffer();
        this.keywordBytes = reader.newKeywordBuffer();
        this.keywords = new Keywords(keywordBytes);
        this.checksum = new FrameStamp.Checksum(frame);
    }

    /**
     * Checks frames until stopped.
     *
     * @throws ImageException if the copy was replaced, removed or cut short
     */
    @Override
    public void run() {
        try (reader) {
            while (!stopped) {
                if (copy.isReplaced()) {
                    throw new ImageException(
                            "stream '" + copy.name() + "' was replaced or removed while checked");
                }
                checkNext(WAIT_NS);
            }
        }
    }

    /**
     * Waits for a frame and checks it.
     *
     * @return false if none came in time, or none could be read whole
     */
    boolean checkNext(long timeoutNs) {
        if (!reader.awaitNext(timeoutNs)) {
            return false;
        }
        if (!reader.readNewest(frame, 0, keywordBytes, 0)) {
            refused.increment();
            return false;
        }
        long nowNs = Clock.monotonicNs();
        unseen.set(reader.skipped());
        if (!hasStamp()) {
            unstamped.increment();
        } else if (checksum.compute() != keywords.getLong(crcSlot)) {
            torn.increment();
        } else {
            place(keywords.getLong(frameSlot), nowNs - keywords.getLong(timeSlot));
        }
        return true;
    }

    /** Looks where the stamp is, until it is there. */
    private boolean hasStamp() {
        if (crcSlot == NONE) {
            frameSlot = slotOf(FrameStamp.FRAME);
            timeSlot = slotOf(FrameStamp.TIME_NS);
            crcSlot = frameSlot == NONE || timeSlot == NONE ? NONE : slotOf(FrameStamp.CRC32C);
        }
        return crcSlot != NONE;
    }

    private int slotOf(String name) {
        for (int slot = 0; slot < keywords.slots(); slot++) {
            Optional<Keyword> keyword = keywords.get(slot);
            if (keyword.isPresent()
                    && keyword.get().name().equals(name)
                    && keyword.get().value() instanceof Long) {
                return slot;
            }
        }
        return NONE;
    }

    /** A jump back starts a new order: what follows it is not blamed for it. */
    private void place(long n, long ageNs) {
        long last = newest.get();
        if (n == last) {
            repeated.increment();
            return;
        }
        if (n < last) {
            reordered.increment();
        } else if (last > 0) {
            lost.add(n - last - 1);
        }
        newest.set(n);
        good.increment();
        ages.recordValue(Math.clamp(ageNs, 0, MAX_AGE_NS));
    }

    @Override
    public void stop() {
        stopped = true;
    }

    /** What was found so far; any thread may ask. */
    public synchronized Report report() {
        ageSum.add(ages.getIntervalHistogram());
        return new Report(
                good.get(),
                lost.get(),
                unseen.get(),
                torn.get(),
                reordered.get(),
                repeated.get(),
                unstamped.get(),
                refused.get(),
                newest.get(),
                ageSum.copy());
    }

    /** {@code in} are the numbers passed by, {@code skipped} those that were jumped over. */
    @Override
    public Traffic traffic() {
        Report now = report();
        return new Traffic(
                copy.name(),
                "checked",
                now.good() + now.lost(),
                now.good(),
                now.good() * frame.byteSize(),
                now.lost(),
                now.faultsAndAges());
    }
}
