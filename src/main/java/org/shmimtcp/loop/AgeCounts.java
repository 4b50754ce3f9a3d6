package org.shmimtcp.loop;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * How old all frames of a link were on arrival, since it was started: counts that only grow, so
 * that who looks at them twice, however far apart, knows the ages of the frames in between.
 *
 * @param limitsUs a frame is counted in the first place whose limit it does not exceed
 * @param frames one more than limits, for those that exceed the last
 * @param sumS of all their ages, to 1 in 100
 */
public record AgeCounts(List<Double> limitsUs, List<Long> frames, double sumS) {
    /** Six in a decade, from 20 µs to 10 s: a percentile read from them is right to a third. */
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
     * Sorts into places what was recorded in ns; to its resolution, which moves limits by that.
     *
     * @param sumS of the same values
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

    /** True if it is one: what comes from a file may be anything. */
    @SuppressWarnings("ConstantValue") // a parser knows no nullness
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
