package org.shmimtcp.loop;

/**
 * Permits a burst, then one event per period: a leaky bucket with a single number as its state (the
 * generic cell rate algorithm of ITU-T I.371). Not thread-safe.
 */
public final class RateLimit {
    private final long periodNs;
    private final long toleranceNs;

    /** The time at which the next event would be due if all were evenly spaced. */
    private long dueNs;

    /**
     * @param perSecond long-term rate, per second
     * @param burst number of events permitted at once after a rest, at least 1
     * @param nowNs current time on the clock that is passed to {@link #tryPass}
     */
    public RateLimit(double perSecond, int burst, long nowNs) {
        this.periodNs = Math.max(1, Math.round(1e9 / perSecond));
        this.toleranceNs = (burst - 1) * periodNs;
        this.dueNs = nowNs;
    }

    /** Returns true, and counts the event, if it is permitted now. */
    public boolean tryPass(long nowNs) {
        long aheadNs = Math.max(0, dueNs - nowNs);
        if (aheadNs > toleranceNs) {
            return false;
        }
        dueNs = nowNs + aheadNs + periodNs;
        return true;
    }
}
