package org.shmimtcp.loop;

/**
 * How far the other machine's clock is ahead of ours, from round trips on the link itself.
 *
 * <p>As NTP does (RFC 5905, section 8): a message leaves here at t1, arrives there at t2, the
 * answer leaves there at t3 and arrives here at t4. The offset is ((t2 - t1) + (t3 - t4)) / 2,
 * wrong by at most half the time on the way, (t4 - t1) - (t3 - t2). Of the last round trips the
 * shortest is believed: delays in queues only ever add.
 *
 * <p>One thread adds; any thread may read.
 */
public final class ClockOffset {
    /** Two minutes at one a second: clocks drift apart by some microseconds in that time. */
    private static final int ROUND_TRIPS = 120;

    private final long[] offsetsNs = new long[ROUND_TRIPS];
    private final long[] delaysNs = new long[ROUND_TRIPS];
    private int count;
    private volatile long bestOffsetNs;
    private volatile long uncertaintyNs = Long.MAX_VALUE;

    /** Takes a round trip; times in ns of the two machines' clocks. */
    public void add(long t1, long t2, long t3, long t4) {
        long delayNs = (t4 - t1) - (t3 - t2);
        if (delayNs < 0) {
            return; // a clock was set meanwhile
        }
        int place = count++ % ROUND_TRIPS;
        offsetsNs[place] = ((t2 - t1) + (t3 - t4)) / 2;
        delaysNs[place] = delayNs;
        int best = 0;
        for (int i = 1; i < Math.min(count, ROUND_TRIPS); i++) {
            if (delaysNs[i] < delaysNs[best]) {
                best = i;
            }
        }
        bestOffsetNs = offsetsNs[best];
        uncertaintyNs = delaysNs[best] / 2;
    }

    /** Forgets all, for another machine at the other end. */
    public void reset() {
        count = 0;
        bestOffsetNs = 0;
        uncertaintyNs = Long.MAX_VALUE;
    }

    /** True once a round trip was completed. */
    public boolean isKnown() {
        return uncertaintyNs != Long.MAX_VALUE;
    }

    /** The other clock's time minus ours, ns. */
    public long offsetNs() {
        return bestOffsetNs;
    }

    /** The offset's greatest possible error, ns. */
    public long uncertaintyNs() {
        return uncertaintyNs;
    }
}
