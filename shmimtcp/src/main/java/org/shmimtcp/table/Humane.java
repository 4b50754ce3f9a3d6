package org.shmimtcp.table;

import java.util.Locale;

/** Formats numbers for quick reading. */
public final class Humane {
    private static final double MICROSECOND = 1e-6;
    private static final double MINUTE_S = 60;
    private static final double HOUR_S = 3600;
    private static final double DAY_S = 24 * HOUR_S;

    private Humane() {}

    /**
     * Returns, for example, {@code 0.4 ms}, {@code 3.0 s}, {@code 2.1 h}; for a duration of at
     * least 0.
     */
    public static String duration(double seconds) {
        if (seconds < 0.001) {
            return number(seconds / MICROSECOND) + " µs";
        }
        if (seconds < 1) {
            return number(seconds * 1000) + " ms";
        }
        if (seconds < MINUTE_S) {
            return number(seconds) + " s";
        }
        if (seconds < HOUR_S) {
            return number(seconds / MINUTE_S) + " min";
        }
        return seconds < DAY_S ? number(seconds / HOUR_S) + " h" : number(seconds / DAY_S) + " d";
    }

    /** Returns, for example, {@code 1998 Hz}, {@code 4.0 Hz}, {@code 0 Hz}. */
    public static String rate(double hertz) {
        return hertz == 0 ? "0 Hz" : number(hertz) + " Hz";
    }

    /** Returns at least two digits: {@code 0.4}, {@code 3.0}, {@code 27}. */
    private static String number(double value) {
        return String.format(Locale.ROOT, value < 9.95 ? "%.1f" : "%.0f", value);
    }
}
