package org.shmimtcp.image;

import org.shmimtcp.posix.Clock;

/**
 * Determines when frames were really written, from the time stamps in their image and from
 * observations of its counter. It gives no time rather than a wrong one. pyMilk never stamps its
 * frames, so the image shows when a C program last wrote it. MagAO-X's frame grabbers stamp UTC
 * where ImageStreamIO stamps TAI, which is 37 s ahead.
 *
 * <p>A frame cannot have been written before a moment at which it was not there yet. A stamp
 * earlier than that comes from another clock if adding TAI - UTC makes it plausible. Otherwise it
 * is not this frame's stamp.
 *
 * <p>Times are those of {@link Clock.Wall}, in ns since 1970. Not thread-safe; allocates nothing.
 */
public final class WriteClock {
    /** Tolerance for the delay between stamp and counter and between two clock readings. */
    private static final long SLACK_NS = 200_000_000L;

    /** A stamp younger than this is believed even if nothing else is known about the frame. */
    private static final long RECENT_NS = 1_000_000_000L;

    private static final long UNKNOWN = Long.MIN_VALUE;

    private final long taiMinusUtcNs;

    /** The correction to add to this writer's stamps. */
    private long shiftNs = UNKNOWN;

    private boolean hasFrame;
    private long lastCnt0;
    private long lastStampNs;
    private long absentNs = UNKNOWN;

    /** Starts without observations, with the TAI - UTC of this machine's kernel. */
    public WriteClock() {
        this(Clock.taiMinusUtc().toNanos());
    }

    WriteClock(long taiMinusUtcNs) {
        this.taiMinusUtcNs = taiMinusUtcNs;
    }

    /**
     * Records that at that time no frame was newer than the one judged last.
     *
     * @param nowNs the time, ns since 1970
     */
    public void nothingNew(long nowNs) {
        absentNs = nowNs;
    }

    /**
     * Determines when the newest frame was written.
     *
     * @param cnt0 its counter
     * @param stampNs its write time as stored in the image; 0 for none
     * @param nowNs when it was seen
     * @return when it was written; 0 if that is unknown
     */
    public long writtenNs(long cnt0, long stampNs, long nowNs) {
        boolean another = !hasFrame || cnt0 != lastCnt0;
        boolean sameStamp = hasFrame && stampNs == lastStampNs;
        long notBeforeNs = another ? absentNs : UNKNOWN;
        hasFrame = true;
        lastCnt0 = cnt0;
        lastStampNs = stampNs;
        absentNs = nowNs; // of the next frame
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

    /**
     * Determines when a past frame was written, using the clock correction found for newer frames.
     *
     * @param stampNs its write time as stored in the image; 0 for none
     * @param nowNs when it was seen
     * @return when it was written; 0 if that is unknown
     */
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
