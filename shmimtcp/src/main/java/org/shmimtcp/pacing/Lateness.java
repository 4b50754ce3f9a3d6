package org.shmimtcp.pacing;

import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * Statistics of how late frames were. The loop records without allocating or waiting; any other
 * thread reads the totals.
 */
public final class Lateness {
    /** Longer delays are recorded as this. */
    private static final long MAX_LATE_NS = 100_000_000_000L;

    private static final int DIGITS = 2;

    private final SingleWriterRecorder lately = new SingleWriterRecorder(MAX_LATE_NS, DIGITS);
    private final Histogram sum = new Histogram(MAX_LATE_NS, DIGITS);

    /** Records the delay of a frame; an early frame counts as on time. */
    public void record(long lateNs) {
        lately.recordValue(Math.clamp(lateNs, 0, MAX_LATE_NS));
    }

    /** Returns median, 99th percentile and maximum, for the rates line. */
    public synchronized String describe() {
        sum.add(lately.getIntervalHistogram());
        return String.format(
                Locale.ROOT,
                "late_p50_us=%.1f late_p99_us=%.1f late_max_us=%.1f",
                sum.getValueAtPercentile(50) / 1e3,
                sum.getValueAtPercentile(99) / 1e3,
                sum.getMaxValue() / 1e3);
    }
}
