package org.shmimtcp.image;

import org.shmimtcp.posix.Clock;

/**
 * Finds out when frames were really written, from the stamps in their image and from what was seen
 * of its counter. No time rather than a wrong one: pyMilk never stamps its frames, so an image
 * shows when a C program wrote it last; and MagAO-X's frame grabbers stamp UTC where ImageStreamIO
 * stamps TAI, which is 37 s ahead.
 *
 * <p>A frame cannot have been written before a moment at which it was not there yet. A stamp that
 * says so is of another clock if adding TAI - UTC makes it right, and otherwise not of this frame.
 *
 * <p>Times are of {@link Clock.Wall}, ns since 1970. One thread; nothing here allocates.
 */
public final class WriteClock {
    /** Between the stamp and the counter, and between two readings of clocks. */
    private static final long SLACK_NS = 200_000_000L;

    /** A stamp of just now is believed of a frame of which nothing is known. */
    private static final long RECENT_NS = 1_000_000_000L;

    private static final long UNKNOWN = Long.MIN_VALUE;

    private final long taiMinusUtcNs;

    /** What is to be added to a stamp of this writer. */
    private long shiftNs = UNKNOWN;

    private boolean hasFrame;
    private long lastCnt0;
    private long lastStampNs;
    private long absentNs = UNKNOWN;

    public WriteClock() {
        this(Clock.taiMinusUtc().toNanos());
    }

    WriteClock(long taiMinusUtcNs) {
        this.taiMinusUtcNs = taiMinusUtcNs;
    }

    /** Takes note that no frame is newer than the one judged last, at that time. */
    public void nothingNew(long nowNs) {
        absentNs = nowNs;
    }

    /**
     * Judges the newest frame.
     *
     * @param stampNs its write time as the image has it; 0 for none
     * @param nowNs when it was seen
     * @return when it was written; 0 if that cannot be told
     */
    public long writtenNs(long cnt0, long stampNs, long nowNs) {
        boolean another = !hasFrame || cnt0 != lastCnt0;
        boolean sameStamp = hasFrame && stampNs == lastStampNs;
        long notBeforeNs = another ? absentNs : UNKNOWN;
        hasFrame = true;
        lastCnt0 = cnt0;
        lastStampNs = stampNs;
        absentNs = nowNs; // of the next one
        if (stampNs <= 0 || (another && sameStamp)) {
            shiftNs = UNKNOWN;
            return 0;
        }
        if (notBeforeNs == UNKNOWN) {
            return ofKnownClock(stampNs, nowNs);
        }
        if (isBetween(stampNs, notBeforeNs, nowNs)) {
            shiftNs = 0;
        } else if (isBetween(stampNs + taiMinusUtcNs, notBeforeNs, nowNs)) {
            shiftNs = taiMinusUtcNs;
        } else {
            shiftNs = UNKNOWN;
            return 0;
        }
        return stampNs + shiftNs;
    }

    /** Judges the stamp of a frame of the past, by the clock that newer ones were stamped with. */
    public long ofKnownClock(long stampNs, long nowNs) {
        long shift = shiftNs == UNKNOWN ? 0 : shiftNs;
        long ageNs = nowNs - (stampNs + shift);
        boolean believed = shiftNs != UNKNOWN || ageNs < RECENT_NS;
        return stampNs > 0 && ageNs > -SLACK_NS && believed ? stampNs + shift : 0;
    }

    private static boolean isBetween(long writtenNs, long notBeforeNs, long nowNs) {
        return writtenNs - notBeforeNs > -SLACK_NS && nowNs - writtenNs > -SLACK_NS;
    }
}
