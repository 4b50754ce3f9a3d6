package org.shmimtcp.picture;

/** How values map to brightness. */
public enum Stretch {
    /** Linear from the minimum to the maximum. */
    LINEAR,
    /**
     * Logarithmic from the minimum to the maximum: shows faint structure beside bright structure.
     */
    LOG,
    /** Linear from the 1st to the 99th percentile: hot pixels do not darken the rest. */
    ZSCALE;

    /**
     * The factor of SAOImage DS9: LOG maps a value of 1/1000 of the range to a brightness of 0.1.
     */
    private static final double LOG_FACTOR = 1000;

    /**
     * Returns the brightness, from 0 to 1.
     *
     * @param t the position between the limits; may be outside 0 to 1, not NaN
     * @param symmetric true if 0.5 stands for zero, and both directions are stretched from there
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
