package org.shmimtcp.loop;

/**
 * Foretells when the next frame is due, so that a loop is awake by then: waking a sleeping core
 * costs some tens of microseconds, and these sources are periodic.
 *
 * <p>An alpha-beta filter follows phase and period of the arrivals. From how they scatter, and from
 * how late the loop's own timer wakes it, two running quantiles tell when to be awake and for what
 * time to set the timer. While that would cost more of the CPU than a small part of the period, or
 * while nothing periodic comes, there is no window, and the loop sleeps until it is woken.
 *
 * <p>Times are those of the monotonic clock, ns. One thread; nothing here allocates.
 */
public final class Anticipation {
    private static final double PHASE_GAIN = 0.1;
    private static final double PERIOD_GAIN = 0.004;
    private static final double LEARNING_PHASE_GAIN = 0.3;
    private static final double LEARNING_PERIOD_GAIN = 0.03;
    private static final double SCATTER_GAIN = 0.02;

    /** Of how many deviations a single arrival may move phase and period. */
    private static final double MOST_DEVIATIONS = 3;

    /** Sources slower than that are not in a hurry; of faster ones each sleep is too short. */
    private static final long LONGEST_PERIOD_NS = 50_000_000;

    private static final long SHORTEST_PERIOD_NS = 100_000;

    /** Arrivals before a period is believed. */
    private static final int LEARNING = 32;

    private static final int MOST_MISSES_IN_A_ROW = 8;

    /** Of the frames, those that may come before the loop looks out. */
    private static final double EARLY = 0.3;

    /** Of the timers, those that may wake the loop later than it reckons with. */
    private static final double LATE = 0.4;

    /** How far one frame moves a quantile, in the end and at first. */
    private static final double QUANTILE_STEP_NS = 300;

    private static final double FIRST_STEP_NS = 8_000;
    private static final double STEPS_SHRINK = 0.99;

    private static final double MEDIAN = 0.5;
    private static final long LEAST_LEAD_NS = 2_000;

    /** What a timer is late at first, until it is known. */
    private static final long OVERSLEPT_NS = 30_000;

    private static final long MOST_OVERSLEPT_NS = 100_000;
    private static final double TAIL = 2;
    private static final long LEAST_TAIL_NS = 10_000;
    private static final long MOST_TAIL_NS = 20_000;

    /** Of the period: what looking out may cost, at the most. */
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
     * Takes in that a frame arrived.
     *
     * @param asleep true if it woke the loop, which takes as long as being woken by a timer
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
        double missed = Math.floor(errorNs / periodNs + 0.5); // frames that never came
        if (missed > 0) {
            errorNs -= missed * periodNs;
        }
        missesInARow = missed > 0 ? missesInARow + 1 : 0;
        boolean learning = missed > 0 && seen < LEARNING;
        if (missed < 0 || learning || missesInARow > MOST_MISSES_IN_A_ROW) { // another period, then
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

    /** Moves what so many are to be beyond: stands still when that many are. */
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

    /** Takes in that a timer set for {@code timerNs} woke the loop at {@code nowNs}. */
    public void woke(long timerNs, long nowNs) {
        double late = Math.clamp(nowNs - timerNs, 0, MOST_OVERSLEPT_NS);
        oversleptNs += step(late > oversleptNs, LATE);
        usuallyOversleptNs += step(late > usuallyOversleptNs, MEDIAN);
    }

    /** The time to set a timer for; {@link Long#MAX_VALUE} while nothing can be foretold. */
    public long timerNs() {
        double aheadNs = leadNs + oversleptNs;
        double looking = leadNs + oversleptNs - usuallyOversleptNs;
        boolean known = seen == LEARNING && looking < MOST_OF_PERIOD * periodNs;
        return known ? (long) (dueNs - aheadNs) : Long.MAX_VALUE;
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
