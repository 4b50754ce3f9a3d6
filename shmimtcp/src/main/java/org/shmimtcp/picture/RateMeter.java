package org.shmimtcp.picture;

import org.shmimtcp.image.FrameCount;

/** The rate of a counter over about the last two seconds. */
final class RateMeter {
    private static final long SAMPLE_NS = 200_000_000L;
    private static final int SAMPLES = 10;

    private final long[] timesNs = new long[SAMPLES];
    private final long[] counts = new long[SAMPLES];
    private int samples;

    /** Forgets all readings, for another counter. */
    void reset() {
        samples = 0;
    }

    /**
     * Takes a reading of the counter.
     *
     * @return its rate in Hz; NaN until there is an earlier reading to compare with
     */
    double rateHz(long nowNs, long count) {
        if (samples == 0 || nowNs - timesNs[(samples - 1) % SAMPLES] >= SAMPLE_NS) {
            timesNs[samples % SAMPLES] = nowNs;
            counts[samples % SAMPLES] = count;
            samples++;
        }
        int oldest = samples > SAMPLES ? samples % SAMPLES : 0;
        long elapsedNs = nowNs - timesNs[oldest];
        return elapsedNs < SAMPLE_NS
                ? Double.NaN
                : FrameCount.gained(counts[oldest], count) * 1e9 / elapsedNs;
    }
}
