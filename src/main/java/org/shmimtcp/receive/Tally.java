package org.shmimtcp.receive;

import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;
import org.shmimtcp.loop.ClockOffset;
import org.shmimtcp.loop.Counter;

/** What a receiver counts. The loop counts, any thread reads. */
final class Tally {
    private static final long MAX_AGE_NS = 100_000_000_000L;
    static final long UNKNOWN = -1;
    private static final int DIGITS = 2;

    final Counter published = new Counter();
    final Counter bytes = new Counter();
    final Counter skipped = new Counter();
    final Counter repeated = new Counter();
    final Counter damaged = new Counter();
    final Counter connections = new Counter();
    final ClockOffset clock = new ClockOffset();
    private final SingleWriterRecorder ages = new SingleWriterRecorder(MAX_AGE_NS, DIGITS);
    private volatile long lastAgeNs = UNKNOWN;

    /** Age of a frame when it was published here, since it was written at its source. */
    void age(long ns) {
        long age = Math.clamp(ns, 0, MAX_AGE_NS);
        lastAgeNs = age;
        ages.recordValue(age);
    }

    /** Another source: nothing is known of its frames. */
    void forgetAge() {
        lastAgeNs = UNKNOWN;
    }

    /** Of the newest frame, ns; {@link #UNKNOWN}. */
    long lastAgeNs() {
        return lastAgeNs;
    }

    /** Further counts as {@code name=value}; the ages are those since the last call. */
    synchronized String rest(long refused) {
        String counts =
                "repeated="
                        + repeated.get()
                        + " damaged="
                        + damaged.get()
                        + " connections="
                        + connections.get()
                        + " refused="
                        + refused;
        Histogram recent = ages.getIntervalHistogram();
        if (recent.getTotalCount() == 0) {
            return counts;
        }
        return counts
                + String.format(
                        Locale.ROOT,
                        " age_p50_us=%.1f age_p99_us=%.1f age_max_us=%.1f clock_offset_us=%.1f"
                                + " clock_error_us=%.1f",
                        recent.getValueAtPercentile(50) / 1e3,
                        recent.getValueAtPercentile(99) / 1e3,
                        recent.getMaxValue() / 1e3,
                        clock.offsetNs() / 1e3,
                        clock.uncertaintyNs() / 1e3);
    }
}
