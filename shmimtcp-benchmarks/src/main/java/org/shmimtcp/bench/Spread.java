package org.shmimtcp.bench;

import java.util.Arrays;
import java.util.Locale;

/** The median of a figure over the rounds, and the smallest and the largest value. */
record Spread(double median, double least, double greatest) {
    /**
     * @throws IllegalArgumentException if there are no values
     */
    static Spread of(double... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no values");
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        double median =
                sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }

    /** Returns the median and, in brackets, the range. */
    String text() {
        return String.format(Locale.ROOT, "%.2f (%.2f to %.2f)", median, least, greatest);
    }
}
