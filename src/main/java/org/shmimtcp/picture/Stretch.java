package org.shmimtcp.picture;

/** How values become brightness. */
public enum Stretch {
    /** From the least to the greatest value, evenly. */
    LINEAR,
    /** Likewise, by the logarithm: shows faint structure beside bright. */
    LOG,
    /** Evenly from the 1st to the 99th percentile: hot pixels do not darken the rest. */
    ZSCALE;

    /** The brightness that LOG gives a value of 1/1000 of the range is 0.1: as in SAOImage DS9. */
    private static final double LOG_FACTOR = 1000;

    /**
     * Brightness from 0 to 1.
     *
     * @param t where the value lies between the limits; may be outside 0 to 1, not NaN
     * @param symmetric true if 0.5 is the zero from which both directions go
     */
    double apply(double t, boolean symmetric) {
        double clamped = Math.clamp(t, 0.0, 1.0);
        if (this != LOG) {
            return clamped;
        }
        double signed = 2 * clamped - 1;
        return symmetric ? 0.5 + 0.5 * Math.signum(signed) * log(Math.abs(signed)) : log(clamped);
    }

    private static double log(double t) {
        return Math.log1p(LOG_FACTOR * t) / Math.log1p(LOG_FACTOR);
    }
}
