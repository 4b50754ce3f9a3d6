package org.shmimtcp.picture;

/** Minimum, maximum, mean and rms about the mean of a frame's finite pixels. */
public final class Statistics {
    private double min;
    private double max;
    private double shift;
    private double sum;
    private double sum2;
    private long finite;
    private long nonfinite;

    /** Clears the statistics. */
    public void reset() {
        min = Double.POSITIVE_INFINITY;
        max = Double.NEGATIVE_INFINITY;
        sum = 0;
        sum2 = 0;
        finite = 0;
        nonfinite = 0;
    }

    /** Adds the first {@code count} values. */
    public void add(double[] values, int count) {
        for (int i = 0; i < count; i++) {
            double v = values[i];
            if (!Double.isFinite(v)) {
                nonfinite++;
                continue;
            }
            if (finite++ == 0) {
                shift = v; // sums of differences from it keep their precision on a large pedestal
            }
            min = Math.min(min, v);
            max = Math.max(max, v);
            double d = v - shift;
            sum += d;
            sum2 += d * d;
        }
    }

    /** The minimum; NaN if no pixel is finite, like the other values. */
    public double min() {
        return finite == 0 ? Double.NaN : min;
    }

    public double max() {
        return finite == 0 ? Double.NaN : max;
    }

    public double mean() {
        return shift + sum / finite;
    }

    /** The root of the mean square difference from the mean. */
    public double rms() {
        double meanDifference = sum / finite;
        return Math.sqrt(Math.max(0, sum2 / finite - meanDifference * meanDifference));
    }

    /** The number of pixels that are infinite or NaN. */
    public long nonfinite() {
        return nonfinite;
    }
}
