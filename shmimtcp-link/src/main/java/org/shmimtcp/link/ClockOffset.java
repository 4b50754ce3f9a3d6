package org.shmimtcp.link;

/**
 * The offset of the peer's clock from this machine's clock, measured by round trips on the link
 * itself.
 *
 * <p>As NTP does (RFC 5905, sections 8 and 10): a message leaves here at t1, arrives there at t2,
 * the answer leaves there at t3 and arrives here at t4. The offset is ((t2 - t1) + (t3 - t4)) / 2.
 * Its error is at most half the delay, which is (t4 - t1) - (t3 - t2). Of the last round trips, the
 * one with the smallest error is used: queues only ever add delay, and old measurements have
 * drifted. A round trip that contradicts it means that a clock was set, so all earlier ones are
 * discarded.
 *
 * <p>Only one thread may add; any thread may read.
 */
public final class ClockOffset {
    private static final int ROUND_TRIPS = 64;

    /** Maximum drift between two clocks, in ns per ms: 15 ppm, as in RFC 5905. */
    private static final long DRIFT_NS_PER_MS = 15;

    private static final long NS_PER_MS = 1_000_000;

    private final long[] offsetsNs = new long[ROUND_TRIPS];
    private final long[] delaysNs = new long[ROUND_TRIPS];
    private final long[] takenNs = new long[ROUND_TRIPS];
    private int count;
    private volatile long bestOffsetNs;
    private volatile long roundTripNs;
    private volatile long uncertaintyNs = Long.MAX_VALUE;

    /** Adds a round trip; times in ns on the clocks of the two machines. */
    public void add(long t1, long t2, long t3, long t4) {
        long delayNs = (t4 - t1) - (t3 - t2);
        if (delayNs < 0 || t4 < t1) {
            return; // a clock was set during the round trip
        }
        long offsetNs = ((t2 - t1) + (t3 - t4)) / 2;
        int best = best(t4);
        if (best >= 0 && Math.abs(offsetNs - offsetsNs[best]) > errorNs(best, t4) + delayNs / 2) {
            count = 0;
        }
        int place = count++ % ROUND_TRIPS;
        offsetsNs[place] = offsetNs;
        delaysNs[place] = delayNs;
        takenNs[place] = t4;
        best = best(t4);
        bestOffsetNs = offsetsNs[best];
        roundTripNs = delaysNs[best];
        uncertaintyNs = errorNs(best, t4);
    }

    /** Returns the index of the round trip with the smallest error now; -1 if there is none. */
    private int best(long nowNs) {
        int best = -1;
        for (int i = 0; i < Math.min(count, ROUND_TRIPS); i++) {
            if (best < 0 || errorNs(i, nowNs) < errorNs(best, nowNs)) {
                best = i;
            }
        }
        return best;
    }

    private long errorNs(int i, long nowNs) {
        long ageMs = Math.abs(nowNs - takenNs[i]) / NS_PER_MS;
        return delaysNs[i] / 2 + ageMs * DRIFT_NS_PER_MS;
    }

    /** Discards all measurements, for another peer. */
    public void reset() {
        count = 0;
        bestOffsetNs = 0;
        uncertaintyNs = Long.MAX_VALUE;
    }

    /** True once a round trip was completed. */
    public boolean isKnown() {
        return uncertaintyNs != Long.MAX_VALUE;
    }

    /** Returns the peer's clock minus this machine's, in ns. */
    public long offsetNs() {
        return bestOffsetNs;
    }

    /**
     * Returns the duration of the round trip that gave the offset, in ns, without the peer's
     * processing time.
     */
    public long roundTripNs() {
        return roundTripNs;
    }

    /** Returns the maximum error of the offset, in ns. */
    public long uncertaintyNs() {
        return uncertaintyNs;
    }
}
