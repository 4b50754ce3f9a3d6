package org.shmimtcp.loop;

/**
 * Predicts when the next frame is due, so that the loop is awake by then. Waking a sleeping core
 * takes tens of microseconds, and the sources are periodic.
 *
 * <p>An alpha-beta filter tracks phase and period of the arrivals. Two running quantiles describe
 * the scatter of the arrivals and the delay of the loop's own timer. They give the time to be awake
 * and the time to set the timer for. Nothing is predicted if polling would take more than a small
 * part of the period, or if the source is not periodic. The loop then sleeps until it is woken.
 *
 * <p>Times are in ns on the monotonic clock. Not thread-safe; nothing here allocates.
 */
public final class FramePredictor {
    private static final double PHASE_GAIN = 0.1;
    private static final double PERIOD_GAIN = 0.004;
    private static final double LEARNING_PHASE_GAIN = 0.3;
    private static final double LEARNING_PERIOD_GAIN = 0.03;
    private static final double SCATTER_GAIN = 0.02;

    /** A single arrival moves phase and period by at most this many mean deviations. */
    private static final double MOST_DEVIATIONS = 3;

    /** Slower sources do not need low latency; for faster ones, each sleep is too short. */
    private static final long LONGEST_PERIOD_NS = 50_000_000;

    private static final long SHORTEST_PERIOD_NS = 100_000;

    /** Number of arrivals before the period is used. */
    private static final int LEARNING = 32;

    private static final int MOST_MISSES_IN_A_ROW = 8;

    /** Fraction of the frames that may arrive before polling starts. */
    private static final double EARLY = 0.3;

    /** Fraction of the timers that may wake the loop later than allowed for. */
    private static final double LATE = 0.4;

    /**
     * Step by which one frame moves a quantile: the final step, and the initial one, which shrinks
     * to it.
     */
    private static final double QUANTILE_STEP_NS = 300;

    private static final double FIRST_STEP_NS = 8_000;
    private static final double STEPS_SHRINK = 0.99;

    private static final double MEDIAN = 0.5;
    private static final long LEAST_LEAD_NS = 2_000;

    /** Assumed delay of a timer until it has been measured. */
    private static final long OVERSLEPT_NS = 30_000;

    private static final long MOST_OVERSLEPT_NS = 100_000;
    private static final double TAIL = 2;
    private static final long LEAST_TAIL_NS = 10_000;
    private static final long MOST_TAIL_NS = 20_000;

    /** Maximum fraction of the period spent polling. */
    private static final double MOST_OF_PERIOD = 0.05;

    private long lastNs;
    private double dueNs;
    private double periodNs;
    private double scatterNs;
    private double leadNs = LEAST_LEAD_NS;
    private double oversleptNs = OVERSLEPT_NS;
    private double usuallyOversleptNs = OVERSLEPT_NS;
    private double stepNs = FIRST_STEP_NS;
    private int seen;
    private int missesInARow;

    /**
     * Records the arrival of a frame.
     *
     * @param asleep true if the frame woke the loop, which takes as long as waking by a timer
     */
    public void arrived(long nowNs, boolean asleep) {
        long atNs = asleep ? nowNs - (long) usuallyOversleptNs : nowNs;
        long intervalNs = atNs - lastNs;
        lastNs = atNs;
        if (seen == 0 || intervalNs > LONGEST_PERIOD_NS) {
            restart(atNs, 0);
            return;
        }
        if (seen == 1) {
            restart(atNs, intervalNs);
            seen = 2;
            return;
        }
        double errorNs = atNs - dueNs;
        double missed = Math.floor(errorNs / periodNs + 0.5); // frames that never arrived
        if (missed > 0) {
            errorNs -= missed * periodNs;
        }
        missesInARow = missed > 0 ? missesInARow + 1 : 0;
        boolean learning = missed > 0 && seen < LEARNING;
        if (missed < 0 || learning || missesInARow > MOST_MISSES_IN_A_ROW) { // the period changed
            restart(atNs, intervalNs);
            seen = 2;
            return;
        }
        follow(atNs, errorNs);
        if (periodNs < SHORTEST_PERIOD_NS || scatterNs > periodNs / 4) {
            restart(atNs, intervalNs);
            seen = 2;
            return;
        }
        seen = Math.min(seen + 1, LEARNING);
    }

    private void follow(long atNs, double errorNs) {
        leadNs = Math.clamp(leadNs + step(errorNs < -leadNs, EARLY), LEAST_LEAD_NS, periodNs / 4);
        scatterNs += SCATTER_GAIN * (Math.abs(errorNs) - scatterNs);
        stepNs = Math.max(QUANTILE_STEP_NS, stepNs * STEPS_SHRINK);
        boolean learning = seen < LEARNING;
        double mostNs = MOST_DEVIATIONS * scatterNs;
        double moveNs = learning ? errorNs : Math.clamp(errorNs, -mostNs, mostNs);
        periodNs += (learning ? LEARNING_PERIOD_GAIN : PERIOD_GAIN) * moveNs;
        double phaseGain = learning ? LEARNING_PHASE_GAIN : PHASE_GAIN;
        dueNs = atNs - errorNs + phaseGain * moveNs + periodNs;
    }

    /**
     * Returns the step of a running quantile, which averages to zero when the fraction {@code
     * wanted} of the samples is beyond the quantile.
     */
    private double step(boolean beyond, double wanted) {
        return stepNs * (beyond ? 1 - wanted : -wanted);
    }

    private void restart(long atNs, long intervalNs) {
        seen = 1;
        missesInARow = 0;
        periodNs = Math.max(intervalNs, SHORTEST_PERIOD_NS);
        scatterNs = periodNs / 8;
        dueNs = atNs + periodNs;
    }

    /** Records that a timer set for {@code timerNs} woke the loop at {@code nowNs}. */
    public void woke(long timerNs, long nowNs) {
        double late = Math.clamp(nowNs - timerNs, 0, MOST_OVERSLEPT_NS);
        oversleptNs += step(late > oversleptNs, LATE);
        usuallyOversleptNs += step(late > usuallyOversleptNs, MEDIAN);
    }

    /**
     * Returns the time to set a timer for; {@link Long#MAX_VALUE} while nothing can be predicted.
     */
    public long timerNs() {
        double aheadNs = leadNs + oversleptNs;
        double looking = leadNs + oversleptNs - usuallyOversleptNs;
        boolean known = seen == LEARNING && looking < MOST_OF_PERIOD * periodNs;
        return known ? (long) (dueNs - aheadNs) : Long.MAX_VALUE;
    }

    /** Returns the time at which to stop polling and sleep. */
    public long untilNs() {
        return (long) dueNs + (long) Math.clamp(TAIL * scatterNs, LEAST_TAIL_NS, MOST_TAIL_NS);
    }

    /** Returns the period in ns; 0 while it is unknown. */
    public double periodNs() {
        return seen < LEARNING ? 0 : periodNs;
    }

    /** Returns the mean deviation of the arrivals from their predicted times, in ns. */
    public double scatterNs() {
        return scatterNs;
    }
}
