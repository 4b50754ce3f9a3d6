package org.shmimtcp.picture;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Formats numbers as short text. */
final class Numbers {
    private static final MathContext FIVE_DIGITS = new MathContext(5, RoundingMode.HALF_EVEN);
    private static final double LARGEST_PLAIN = 1e7;
    private static final double SMALLEST_PLAIN = 1e-3;
    private static final int WIDTH = 9;

    private Numbers() {}

    /** Formats a value: {@code 65535}, {@code -0.41235}, {@code 1.235e+09}, {@code nan}. */
    static String text(double value) {
        double size = Math.abs(value);
        if (!Double.isFinite(value)) {
            return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }
        if (size < LARGEST_PLAIN && value == Math.rint(value)) {
            return Long.toString((long) value);
        }
        return size >= LARGEST_PLAIN || size < SMALLEST_PLAIN
                ? String.format(Locale.ROOT, "%.3e", value)
                : new BigDecimal(value).round(FIVE_DIGITS).toPlainString();
    }

    /**
     * Appends the number, padded with blanks to a fixed width, so that the text after it does not
     * move.
     */
    static void appendPadded(StringBuilder out, double value) {
        int start = out.length();
        out.append(text(value));
        while (out.length() < start + WIDTH) {
            out.append(' ');
        }
    }

    /** Formats a rate in Hz: {@code 1998.2}, {@code 0.50}. */
    static String rate(double hz) {
        return String.format(Locale.ROOT, hz < 10 ? "%.2f" : "%.1f", hz);
    }

    /**
     * Formats a duration: {@code 0.31 ms}, {@code 12.0 s}, {@code 5 min 2 s}, {@code 26 h 3 min}.
     */
    static String duration(long ns) {
        long seconds = ns / 1_000_000_000L;
        if (seconds < 1) {
            return String.format(Locale.ROOT, "%.2f ms", ns / 1e6);
        }
        if (seconds < 100) {
            return String.format(Locale.ROOT, "%.1f s", ns / 1e9);
        }
        long minutes = seconds / 60;
        return minutes < 100
                ? minutes + " min " + seconds % 60 + " s"
                : minutes / 60 + " h " + minutes % 60 + " min";
    }
}
