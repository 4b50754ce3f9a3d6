package org.shmimtcp.pacing;

import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * The times at which frames are due: {@code start + k / rate}, a grid without drift.
 *
 * <p>A late frame is written immediately. Due times that have passed meanwhile are dropped and
 * counted as missed, never made up for by a burst: the next frame is due at the next future time.
 * Rate 0 means that each frame is due when it is ready.
 *
 * <p>Not thread-safe; allocates nothing.
 */
public final class Pace {
    /**
     * The thread sleeps until this long before the due time, then spins. It is about the delay of a
     * sleep on Linux.
     */
    private static final long SPIN_NS = 100_000;

    /** Longer sleeps are split, so that a stop is noticed. */
    private static final long LONGEST_SLEEP_NS = 100_000_000;

    private final LongSupplier clockNs;
    private final LongConsumer sleepNs;
    private final double periodNs;
    private final long startNs;
    private long next;
    private long missed;

    /**
     * @param rateHz frames per second; 0 for no pace
     * @param clockNs a monotonic clock
     * @param sleepNs sleeps for about the given time in ns, or less
     */
    public Pace(double rateHz, LongSupplier clockNs, LongConsumer sleepNs) {
        this.clockNs = clockNs;
        this.sleepNs = sleepNs;
        this.periodNs = rateHz > 0 ? 1e9 / rateHz : 0;
        this.startNs = clockNs.getAsLong();
    }

    /** Returns the number of due times that passed without a frame. */
    public long missed() {
        return missed;
    }

    /**
     * Waits until the next frame is due, or until stopped.
     *
     * @return the due time, which may be past
     */
    public long awaitNext(BooleanSupplier stopped) {
        if (periodNs == 0) {
            return clockNs.getAsLong();
        }
        long dueNs = timeNs(next);
        awaitTime(dueNs, stopped);
        return dueNs;
    }

    /** Waits until {@code dueNs}, or until stopped. */
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

    /** Moves on to the next future time. Call when the frame has been written. */
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

    /** Moves on by one due time, past or not, for callers that must omit no frame. */
    public void writtenKeepingUp() {
        next++;
    }

    private long timeNs(long k) {
        return startNs + Math.round(k * periodNs);
    }
}
