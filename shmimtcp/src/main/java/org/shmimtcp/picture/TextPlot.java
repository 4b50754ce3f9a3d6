package org.shmimtcp.picture;

import java.util.Locale;

/**
 * Plots samples over time as lines of text, in Unicode's braille patterns with eight dots per
 * character, or in asterisks if these cannot be shown. Each column of dots extends from its lowest
 * to its highest sample, so no outlier is left out.
 */
public final class TextPlot {
    private static final int DOTS_X = 2;
    private static final int DOTS_Y = 4;
    private static final char BRAILLE = '\u2800';

    /** The bit of a dot, by column and row from the top. */
    private static final int[][] BITS = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};

    private static final int LABEL = 12;
    private static final int MIN_WIDTH = 10;
    private static final int MIN_HEIGHT = 3;

    private final int width;
    private final int height;
    private final boolean unicode;
    private final boolean[][] dots;

    private TextPlot(int columns, int lines, boolean unicode) {
        this.width = Math.max(MIN_WIDTH, columns - LABEL - 1);
        this.height = Math.max(MIN_HEIGHT, lines);
        this.unicode = unicode;
        this.dots = new boolean[width * DOTS_X][height * DOTS_Y];
    }

    /**
     * Draws samples.
     *
     * @param columns for the whole plot, including the numbers at the left
     * @param lines for the plot, not including the line of times below it
     */
    public static String of(Samples samples, int columns, int lines, boolean unicode) {
        TextPlot plot = new TextPlot(columns, lines, unicode);
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < samples.count(); i++) {
            if (Double.isFinite(samples.value(i))) {
                low = Math.min(low, samples.value(i));
                high = Math.max(high, samples.value(i));
            }
        }
        if (low > high) {
            return "no number to show\n";
        }
        plot.draw(samples, low, high);
        double endS = samples.timeS(samples.count() - 1);
        return plot.text(low, high, endS);
    }

    private void draw(Samples samples, double low, double high) {
        int columns = width * DOTS_X;
        int rows = height * DOTS_Y;
        double endS = samples.timeS(samples.count() - 1);
        int before = -1;
        for (int i = 0; i < samples.count(); i++) {
            double value = samples.value(i);
            if (!Double.isFinite(value)) {
                before = -1;
                continue;
            }
            double along = endS > 0 ? samples.timeS(i) / endS : 0;
            int column = (int) Math.clamp(Math.rint(along * (columns - 1)), 0, columns - 1);
            // Halved, because the difference of two finite numbers may be infinite.
            double up = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5;
            int row = (int) Math.clamp(Math.rint((1 - up) * (rows - 1)), 0, rows - 1);
            int from = before < 0 ? row : before;
            for (int r = Math.min(from, row); r <= Math.max(from, row); r++) {
                dots[column][r] = true;
            }
            before = row;
        }
    }

    private String text(double low, double high, double endS) {
        StringBuilder out = new StringBuilder();
        for (int line = 0; line < height; line++) {
            String label = line == 0 ? number(high) : line == height - 1 ? number(low) : "";
            out.append(("%" + LABEL + "s ").formatted(label));
            for (int x = 0; x < width; x++) {
                out.append(character(x, line));
            }
            int end = out.length();
            while (out.charAt(end - 1) == ' ') {
                end--;
            }
            out.setLength(end);
            out.append('\n');
        }
        String last = String.format(Locale.ROOT, "%.3g s", endS);
        return out.append(("%" + (LABEL + 2) + "s%" + (width - 1) + "s\n").formatted("0", last))
                .toString();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.6g", value);
    }

    private char character(int x, int line) {
        int bits = 0;
        for (int dx = 0; dx < DOTS_X; dx++) {
            for (int dy = 0; dy < DOTS_Y; dy++) {
                bits |= dots[x * DOTS_X + dx][line * DOTS_Y + dy] ? BITS[dx][dy] : 0;
            }
        }
        if (bits == 0) {
            return ' ';
        }
        return unicode ? (char) (BRAILLE + bits) : '*';
    }
}
