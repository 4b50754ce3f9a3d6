package org.shmimtcp.image;

/**
 * Differences of counters that other processes or machines set, and that may be any number.
 *
 * <p>A sum that takes in what is no number of frames is wrong until its process ends: the rates,
 * the metrics and whatever else is computed from it.
 */
public final class FrameCount {
    /** A year at 30 kHz. A counter that goes up by more at once was set, it did not count. */
    static final long MOST = 1L << 40;

    private FrameCount() {}

    /**
     * Frames counted after one number and before another; 0 for a counter that was set back, or
     * that cannot have counted that far.
     */
    public static long between(long before, long after) {
        return Math.max(0, gained(before, after) - 1);
    }

    /** Frames counted after one number up to another; 0 likewise. */
    public static long gained(long before, long after) {
        long gained = after - before;
        boolean overflow = ((before ^ after) & (after ^ gained)) < 0;
        return overflow || gained < 0 || gained > MOST ? 0 : gained;
    }
}
