package org.shmimtcp.loop;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.shmimtcp.posix.Clock;

/**
 * The pause between two tries: 0.25 s, half as long again each time, 2 s at most: who restarts a
 * program is waited for in tenths of a second. The time that a try took is part of it: one that
 * waits for an answer that does not come is no reason to wait once more.
 */
public final class Backoff {
    private static final long FIRST_NS = 250_000_000L;
    private static final long LONGEST_NS = 2_000_000_000L;
    private static final long LOOK_NS = 50_000_000L;

    private long nextNs = FIRST_NS;
    private long beganNs = Clock.monotonicNs() - LONGEST_NS;

    /** A try begins. */
    public void begin() {
        beganNs = Clock.monotonicNs();
    }

    /** Sleeps, unless stopped meanwhile. */
    public void pause(BooleanSupplier stopped) {
        long tookNs = Clock.monotonicNs() - beganNs;
        sleep(Math.max(FIRST_NS, nextNs - tookNs), stopped);
        nextNs = Math.min(nextNs + nextNs / 2, LONGEST_NS);
    }

    /** How long the next {@link #pause} is. */
    long nextNs() {
        return nextNs;
    }

    /** After a success. */
    public void reset() {
        nextNs = FIRST_NS;
    }

    /** Sleeps for a time, looking up now and then. */
    public static void sleep(long durationNs, BooleanSupplier stopped) {
        long deadlineNs = Clock.monotonicNs() + durationNs;
        while (!stopped.getAsBoolean()) {
            long leftNs = deadlineNs - Clock.monotonicNs();
            if (leftNs <= 0) {
                return;
            }
            LockSupport.parkNanos(Math.min(leftNs, LOOK_NS));
        }
    }
}
