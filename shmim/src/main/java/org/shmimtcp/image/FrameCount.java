package org.shmimtcp.image;

/**
 * Differences of counters that other processes or machines set, and that may hold any value.
 *
 * <p>An implausible difference must not be added to a sum: the sum, and the rates and metrics
 * computed from it, would stay wrong until the process ends.
 */
public final class FrameCount {
    /** A year of frames at 30 kHz. A counter that rises by more at once was set, not counted. */
    static final long MOST = 1L << 40;

    private FrameCount() {}

    /**
     * Counts the frames between two others.
     *
     * @param before {@code cnt0} of the earlier frame
     * @param after {@code cnt0} of the later frame
     * @return the number of frames counted after {@code before} and before {@code after}; 0 if the
     *     counter was set back or rose implausibly
     */
    public static long between(long before, long after) {
        return Math.max(0, gained(before, after) - 1);
    }

    /**
     * Counts the frames since another one.
     *
     * @param before {@code cnt0} of the earlier frame
     * @param after {@code cnt0} of the later frame
     * @return the number of frames counted after {@code before}, up to and including {@code after};
     *     0 if the counter was set back or rose implausibly
     */
    public static long gained(long before, long after) {
        long gained = after - before;
        boolean overflow = ((before ^ after) & (after ^ gained)) < 0;
        return overflow || gained < 0 || gained > MOST ? 0 : gained;
    }
}
