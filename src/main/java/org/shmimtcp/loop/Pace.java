package org.shmimtcp.loop;

import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Times at which frames are due: {@code start + k / rate}, a grid that does not drift.
 *
 * <p>A frame that is late is written at once. Times that passed meanwhile are dropped and counted
 * as missed, never made up for by a burst: the next frame is due at the first time still to come.
 * Rate 0 means that each frame is due when it is ready.
 *
 * <p>Not thread-safe; allocates nothing.
 */
public final class Pace {
    /** The thread sleeps until so long before: about what a sleep of Linux oversleeps. */
    private static final long SPIN_NS = 100_000;

    /** Longer sleeps are cut in pieces, so as to notice a request to stop. */
    private static final long LONGEST_SLEEP_NS = 100_000_000;

    private final LongSupplier clockNs;
    private final LongConsumer sleepNs;
    private final double periodNs;
    private final long startNs;
    private long next;
    private long missed;

    /**
     * @param rateHz times a second; 0 for no pace
     * @param clockNs monotonic
     * @param sleepNs sleeps for about so many ns, or less
     */
    public Pace(double rateHz, LongSupplier clockNs, LongConsumer sleepNs) {
        this.clockNs = clockNs;
        this.sleepNs = sleepNs;
        this.periodNs = rateHz > 0 ? 1e9 / rateHz : 0;
        this.startNs = clockNs.getAsLong();
    }

    /** Times that passed without a frame. */
    public long missed() {
        return missed;
    }

    /**
     * Waits for the next time, or less long if stopped.
     *
     * @return when the frame is due; may be past
     */
    public long awaitNext(BooleanSupplier stopped) {
        if (periodNs == 0) {
            return clockNs.getAsLong();
        }
        long dueNs = timeNs(next);
        awaitTime(dueNs, stopped);
        return dueNs;
    }

    /** Waits until the clock shows that time, or less long if stopped. */
    public void awaitTime(long dueNs, BooleanSupplier stopped) {
        for (long leftNs = dueNs - clockNs.getAsLong();
                leftNs > 0 && !stopped.getAsBoolean();
                leftNs = dueNs - clockNs.getAsLong()) {
            if (leftNs > SPIN_NS) {
                sleepNs.accept(Math.min(leftNs - SPIN_NS, LONGEST_SLEEP_NS));
            } else {
                Thread.onSpinWait();
            }
        }
    }

    /** To be called when the frame has been written: moves on to the first time still to come. */
    public void written() {
        if (periodNs == 0) {
            return;
        }
        next++;
        long lateNs = clockNs.getAsLong() - timeNs(next);
        if (lateNs > 0) {
            long dropped = (long) Math.ceil(lateNs / periodNs);
            missed += dropped;
            next += dropped;
        }
    }

    /** The same for who must leave no frame out: moves on by one time, past or not. */
    public void writtenKeepingUp() {
        next++;
    }

    private long timeNs(long k) {
        return startNs + Math.round(k * periodNs);
    }
}
