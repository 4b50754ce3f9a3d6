package org.shmimtcp.loop;

/**
 * Foretells when the next frame is due, so that a loop is awake by then: waking a sleeping core
 * costs some tens of microseconds, and these sources are periodic.
 *
 * <p>An alpha-beta filter follows phase and period of the arrivals. While they scatter little, it
 * gives a window to look out in; while they don't, none, and the loop sleeps until it is woken. The
 * window is as wide as the arrivals scatter, and never wide enough to cost much CPU.
 *
 * <p>Times are those of the monotonic clock, ns. One thread; nothing here allocates.
 */
public final class Anticipation {
    private static final double PHASE_GAIN = 0.15;
    private static final double PERIOD_GAIN = 0.01;
    private static final double SCATTER_GAIN = 0.05;

    /** Sources slower than that are not in a hurry; of faster ones each sleep is too short. */
    private static final long LONGEST_PERIOD_NS = 50_000_000;

    private static final long SHORTEST_PERIOD_NS = 100_000;

    /** Arrivals before a period is believed. */
    private static final int LEARNING = 32;

    private static final int MOST_MISSES_IN_A_ROW = 8;

    /** Mean deviations to look out before and after the frame is due. */
    private static final double LEAD = 1.5;

    private static final double TAIL = 3;

    private static final long LEAST_LEAD_NS = 4_000;
    private static final long MOST_LEAD_NS = 20_000;
    private static final long LEAST_TAIL_NS = 10_000;
    private static final long MOST_TAIL_NS = 60_000;

    /** Of the period: what the window may cost, at the most. */
    private static final double MOST_OF_PERIOD = 0.08;

    private long lastNs;
    private double dueNs;
    private double periodNs;
    private double scatterNs;
    private int seen;
    private int missesInARow;

    /** Takes in that a frame arrived. */
    public void arrived(long nowNs) {
        long intervalNs = nowNs - lastNs;
        lastNs = nowNs;
        if (seen == 0 || intervalNs > LONGEST_PERIOD_NS) {
            restart(nowNs, 0);
            return;
        }
        if (seen == 1) {
            restart(nowNs, intervalNs);
            seen = 2;
            return;
        }
        double errorNs = nowNs - dueNs;
        double missed = Math.floor(errorNs / periodNs + 0.5); // frames that never came
        if (missed > 0) {
            errorNs -= missed * periodNs;
        }
        missesInARow = missed > 0 ? missesInARow + 1 : 0;
        boolean learning = missed > 0 && seen < LEARNING;
        if (missed < 0 || learning || missesInARow > MOST_MISSES_IN_A_ROW) { // another period, then
            restart(nowNs, intervalNs);
            seen = 2;
            return;
        }
        scatterNs += SCATTER_GAIN * (Math.abs(errorNs) - scatterNs);
        periodNs += PERIOD_GAIN * errorNs;
        dueNs = nowNs - errorNs + PHASE_GAIN * errorNs + periodNs;
        if (periodNs < SHORTEST_PERIOD_NS || scatterNs > periodNs / 4) {
            restart(nowNs, intervalNs);
            seen = 2;
            return;
        }
        seen = Math.min(seen + 1, LEARNING);
    }

    private void restart(long nowNs, long intervalNs) {
        seen = 1;
        missesInARow = 0;
        periodNs = Math.max(intervalNs, SHORTEST_PERIOD_NS);
        scatterNs = periodNs / 8;
        dueNs = nowNs + periodNs;
    }

    /** When to begin to look out; {@link Long#MAX_VALUE} while nothing can be foretold. */
    public long fromNs() {
        if (seen < LEARNING || LEAD * scatterNs > MOST_LEAD_NS) {
            return Long.MAX_VALUE;
        }
        double leadNs = Math.clamp(LEAD * scatterNs, LEAST_LEAD_NS, MOST_LEAD_NS);
        return (long) (dueNs - Math.min(leadNs, MOST_OF_PERIOD * periodNs));
    }

    /** When to give up and sleep. */
    public long untilNs() {
        return (long) dueNs + (long) Math.clamp(TAIL * scatterNs, LEAST_TAIL_NS, MOST_TAIL_NS);
    }

    /** The period in ns; 0 while it is not known. */
    public double periodNs() {
        return seen < LEARNING ? 0 : periodNs;
    }

    /** Mean deviation of the arrivals from when they were due, ns. */
    public double scatterNs() {
        return scatterNs;
    }
}
