package org.shmimtcp.transmit;

/**
 * When to check again whether a full connection has room. The kernel does not report that. The
 * longer the connection has been full, the less it matters to know at once, so a slow link costs
 * little CPU time. Times are in ns on the monotonic clock. Not thread-safe.
 */
final class RoomPolling {
    /** The time after which a connection that was full is first checked again. */
    private static final long FIRST_NS = 100_000;

    /** The longest such time. */
    private static final long LONGEST_NS = 5_000_000;

    /** A connection is checked again after this share of the time for which it has been full. */
    private static final long CHECKS_A_WAIT = 16;

    private boolean full;
    private long sinceNs;
    private long nextNs;

    /**
     * Records that the connection is full.
     *
     * @return when to check again
     */
    long isFull(long nowNs) {
        if (!full) {
            full = true;
            sinceNs = nowNs;
        }
        nextNs = nowNs + Math.clamp((nowNs - sinceNs) / CHECKS_A_WAIT, FIRST_NS, LONGEST_NS);
        return nextNs;
    }

    /** Records that the connection has room. */
    void hasRoom() {
        full = false;
    }

    /** True if the connection was full, and it is too early to check again. */
    boolean isEarly(long nowNs) {
        return full && nowNs - nextNs < 0;
    }

    /** Returns when to check again; valid while {@link #isEarly}. */
    long nextNs() {
        return nextNs;
    }
}
