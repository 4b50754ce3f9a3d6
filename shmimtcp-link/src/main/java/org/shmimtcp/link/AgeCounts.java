package org.shmimtcp.link;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * A histogram of the age on arrival of all frames of a link since it was started. Counts only grow,
 * so a reader that compares two snapshots, however far apart, gets the ages of the frames in
 * between.
 *
 * @param limitsUs upper limits in µs; a frame is counted in the first bin whose limit it does not
 *     exceed
 * @param frames number of frames in each bin; one more than limits, for frames above the last limit
 * @param sumS sum of all ages in s, accurate to 1 %
 */
public record AgeCounts(List<Double> limitsUs, List<Long> frames, double sumS) {
    /**
     * Six limits per decade, from 20 µs to 10 s. A percentile read from them is accurate to a
     * third.
     */
    private static final double[] LIMITS_US = limits();

    private static double[] limits() {
        double[] steps = {1, 1.5, 2, 3, 5, 7};
        List<Double> limits = new ArrayList<>();
        for (double decade = 10; decade < 1e7; decade *= 10) {
            for (double step : steps) {
                limits.add(decade * step);
            }
        }
        limits.add(1e7);
        return limits.stream().mapToDouble(limit -> limit).filter(limit -> limit >= 20).toArray();
    }

    /**
     * Converts a histogram recorded in ns. Its resolution shifts the limits by the same relative
     * amount.
     *
     * @param sumS sum of the same values, in s
     */
    public static AgeCounts of(Histogram agesNs, double sumS) {
        List<Double> limits = new ArrayList<>();
        List<Long> frames = new ArrayList<>();
        long fromNs = 0;
        long left = agesNs.getTotalCount();
        for (double limitUs : LIMITS_US) {
            long limitNs = Math.round(limitUs * 1e3);
            long here = agesNs.getCountBetweenValues(fromNs, limitNs);
            limits.add(limitUs);
            frames.add(here);
            left -= here;
            fromNs = agesNs.nextNonEquivalentValue(limitNs);
        }
        frames.add(left);
        return new AgeCounts(limits, frames, sumS);
    }

    /** True if the contents are consistent; those read from a file may be anything. */
    @SuppressWarnings("ConstantValue") // a parser ignores nullness
    public boolean isWhole() {
        return limitsUs != null
                && frames != null
                && frames.size() == limitsUs.size() + 1
                && limitsAscend()
                && frames.stream().allMatch(count -> count != null && count >= 0);
    }

    @SuppressWarnings("ConstantValue")
    private boolean limitsAscend() {
        double last = 0;
        for (Double limit : limitsUs) {
            if (limit == null || !(limit > last) || limit.isInfinite()) {
                return false;
            }
            last = limit;
        }
        return true;
    }
}
