package org.shmimtcp.loop;

/**
 * Lets a burst pass at once, and after it one each period: a leaky bucket in one number (the
 * generic cell rate algorithm of ITU-T I.371). Not thread-safe.
 */
public final class RateLimit {
    private final long periodNs;
    private final long toleranceNs;

    /** When the next would be due, had all come evenly. */
    private long dueNs;

    /**
     * @param perSecond how many pass in the long run
     * @param burst how many pass at once after a rest, 1 or more
     * @param nowNs on the clock that {@link #tryPass} is told
     */
    public RateLimit(double perSecond, int burst, long nowNs) {
        this.periodNs = Math.max(1, Math.round(1e9 / perSecond));
        this.toleranceNs = (burst - 1) * periodNs;
        this.dueNs = nowNs;
    }

    /** True if one more may pass. */
    public boolean tryPass(long nowNs) {
        long aheadNs = Math.max(0, dueNs - nowNs);
        if (aheadNs > toleranceNs) {
            return false;
        }
        dueNs = nowNs + aheadNs + periodNs;
        return true;
    }
}
