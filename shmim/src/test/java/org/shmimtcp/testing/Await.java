package org.shmimtcp.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for conditions, with a deadline. */
public final class Await {
    private static final long POLL_NS = 1_000_000;

    private Await() {}

    /**
     * Returns as soon as the condition holds.
     *
     * @param what completes "waited 5 s for …"
     * @throws AssertionError at the deadline
     */
    public static void until(Duration deadline, String what, BooleanSupplier condition) {
        until(deadline, () -> what, condition);
    }

    /**
     * Returns as soon as the condition holds.
     *
     * @param what completes "waited 5 s for …"; called at the deadline
     * @throws AssertionError at the deadline
     */
    public static void until(Duration deadline, Supplier<String> what, BooleanSupplier condition) {
        long endNs = System.nanoTime() + deadline.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - endNs > 0) {
                throw new AssertionError(
                        "waited " + deadline.toMillis() / 1e3 + " s in vain for " + what.get());
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    /** Sleeps for a time that is part of the test itself: the length of an outage or of a run. */
    public static void time(Duration time) {
        long endNs = System.nanoTime() + time.toNanos();
        for (long leftNs = time.toNanos(); leftNs > 0; leftNs = endNs - System.nanoTime()) {
            LockSupport.parkNanos(leftNs);
        }
    }
}
