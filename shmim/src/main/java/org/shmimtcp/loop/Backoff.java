package org.shmimtcp.loop;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.shmimtcp.posix.Clock;

/**
 * The pause between two attempts: 0.25 s at first, then 50 % longer each time, up to 2 s. A program
 * restarted soon is thus found within tenths of a second. The duration of the attempt counts as
 * part of the pause: an attempt that has waited for an answer need not be followed by another wait.
 */
public final class Backoff {
    private static final long FIRST_NS = 250_000_000L;
    private static final long LONGEST_NS = 2_000_000_000L;
    private static final long POLL_NS = 50_000_000L;

    private long nextNs = FIRST_NS;
    private long beganNs = Clock.monotonicNs() - LONGEST_NS;

    /** Marks the start of an attempt. */
    public void begin() {
        beganNs = Clock.monotonicNs();
    }

    /** Sleeps for the pause, or until stopped. */
    public void pause(BooleanSupplier stopped) {
        long tookNs = Clock.monotonicNs() - beganNs;
        sleep(Math.max(FIRST_NS, nextNs - tookNs), stopped);
        nextNs = Math.min(nextNs + nextNs / 2, LONGEST_NS);
    }

    /** Returns the length of the next {@link #pause}. */
    long nextNs() {
        return nextNs;
    }

    /** Starts again with the shortest pause. Call after a success. */
    public void reset() {
        nextNs = FIRST_NS;
    }

    /** Sleeps for a time, or until stopped, which is checked every 50 ms. */
    public static void sleep(long durationNs, BooleanSupplier stopped) {
        long deadlineNs = Clock.monotonicNs() + durationNs;
        while (!stopped.getAsBoolean()) {
            long leftNs = deadlineNs - Clock.monotonicNs();
            if (leftNs <= 0) {
                return;
            }
            LockSupport.parkNanos(Math.min(leftNs, POLL_NS));
        }
    }
}
