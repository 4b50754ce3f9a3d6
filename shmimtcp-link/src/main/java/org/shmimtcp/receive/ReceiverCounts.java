package org.shmimtcp.receive;

import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.link.AgeCounts;
import org.shmimtcp.link.ClockOffset;
import org.shmimtcp.link.LatencyTrace;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.loop.Counter;

/** A receiver's counts. The loop counts; any thread reads. */
final class ReceiverCounts {
    private static final long MAX_AGE_NS = 100_000_000_000L;
    static final long UNKNOWN = -1;
    private static final int DIGITS = 2;

    /** Tolerance in addition to the uncertainty of the clock offset. */
    private static final long EARLY_NS = 1_000_000L;

    final Counter published = new Counter();
    final Counter bytes = new Counter();
    final Counter skipped = new Counter();
    final Counter repeated = new Counter();
    final Counter damaged = new Counter();
    final Counter connections = new Counter();
    final ClockOffset clock = new ClockOffset();

    /** Records when each frame reached each stage. */
    final LatencyTrace trace;

    private final SingleWriterRecorder ages = new SingleWriterRecorder(MAX_AGE_NS, DIGITS);

    // These do not belong to the loop and may grow. On a healthy link they stay small.
    private final Histogram agesToReport = new Histogram(DIGITS);
    private final Histogram agesToShow = new Histogram(DIGITS);
    private final Histogram allAges = new Histogram(DIGITS);
    private double allAgesS;
    private @Nullable Histogram recent;
    private volatile long lastAgeNs = UNKNOWN;

    ReceiverCounts(LatencyTrace trace) {
        this.trace = trace;
    }

    /**
     * Records the age of a frame when it was published here, counted from its writing at the
     * source. An impossible age is discarded, because it would stay in the histogram.
     */
    void age(long ns) {
        long errorNs = clock.uncertaintyNs() + EARLY_NS;
        if (ns < -errorNs || ns > MAX_AGE_NS) {
            forgetAge(); // a clock was set, or there is no time stamp
            return;
        }
        long age = Math.max(0, ns);
        lastAgeNs = age;
        ages.recordValue(age);
    }

    /** Forgets the last age, for a new source. */
    void forgetAge() {
        lastAgeNs = UNKNOWN;
    }

    /** Returns the age of the newest frame in ns, or {@link #UNKNOWN}. */
    long lastAgeNs() {
        return lastAgeNs;
    }

    /**
     * Returns the ages of the frames since the last call of this method; null if there were none.
     */
    synchronized LinkEnd.@Nullable Ages agesLately() {
        takeAges();
        if (agesToShow.getTotalCount() == 0) {
            return null;
        }
        LinkEnd.Ages lately =
                new LinkEnd.Ages(
                        agesToShow.getValueAtPercentile(50), agesToShow.getValueAtPercentile(99));
        agesToShow.reset();
        return lately;
    }

    /**
     * Returns the ages of all frames up to the last call of {@link #agesLately}. It adds no cost to
     * the loop beyond that of the percentiles.
     */
    synchronized AgeCounts ageCounts() {
        return AgeCounts.of(allAges, allAgesS);
    }

    /** Takes the ages recorded since the last call into all histograms. */
    private void takeAges() {
        Histogram taken = ages.getIntervalHistogram(recent);
        recent = taken;
        agesToReport.add(taken);
        agesToShow.add(taken);
        if (taken.getTotalCount() > 0) { // the mean of no values is NaN
            allAges.add(taken);
            allAgesS += taken.getMean() * taken.getTotalCount() / 1e9;
        }
    }

    /**
     * Returns further counts as {@code name=value}. The ages are those since the last call of this
     * method.
     */
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
        takeAges();
        if (agesToReport.getTotalCount() == 0) {
            return counts;
        }
        String all =
                String.format(
                        Locale.ROOT,
                        " age_p50_us=%.1f age_p99_us=%.1f age_max_us=%.1f clock_offset_us=%.1f"
                                + " clock_error_us=%.1f",
                        agesToReport.getValueAtPercentile(50) / 1e3,
                        agesToReport.getValueAtPercentile(99) / 1e3,
                        agesToReport.getMaxValue() / 1e3,
                        clock.offsetNs() / 1e3,
                        clock.uncertaintyNs() / 1e3);
        agesToReport.reset();
        return counts + all;
    }
}
