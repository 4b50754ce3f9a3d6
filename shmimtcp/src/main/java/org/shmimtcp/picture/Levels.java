package org.shmimtcp.picture;

import java.util.Arrays;

/** Finds the values at the ends of the colour scale, and the level of each value in between. */
final class Levels {
    private static final double PERCENTILE = 0.01;

    private final Style style;
    private final double[] sorted;
    private double low;
    private double high;

    /**
     * @param cells the number of cells in a grid
     */
    Levels(Style style, int cells) {
        this.style = style;
        this.sorted = new double[cells];
    }

    /** Determines the limits for a frame. */
    void measure(AreaMean cells) {
        Style.Range range = style.range();
        if (range != null) {
            low = range.low();
            high = range.high();
            return;
        }
        int count = 0;
        for (int y = 0; y < cells.height(); y++) {
            for (int x = 0; x < cells.width(); x++) {
                double value = cells.cell(x, y);
                if (Double.isFinite(value)) {
                    sorted[count++] = value;
                }
            }
        }
        limits(count);
        if (style.map().isDiverging()) {
            high = Math.max(Math.abs(low), Math.abs(high));
            low = -high;
        }
    }

    private void limits(int count) {
        if (count == 0) {
            low = Double.NaN;
            high = Double.NaN;
            return;
        }
        Arrays.sort(sorted, 0, count);
        int cut = style.stretch() == Stretch.ZSCALE ? (int) (PERCENTILE * count) : 0;
        low = sorted[cut];
        high = sorted[count - 1 - cut];
    }

    /** The value at the lower end of the colour scale; NaN if no cell has a finite value. */
    double low() {
        return low;
    }

    double high() {
        return high;
    }

    /** The level of a value, 0 to 255; {@link ColorMap#LEVELS} if it is not finite. */
    int level(double value) {
        if (!Double.isFinite(value)) {
            return ColorMap.LEVELS;
        }
        // Halved, because the difference of two finite numbers may be infinite.
        double t = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5;
        return levelAt(t);
    }

    /** The level at a fraction of the way from the lower to the upper end. */
    int levelAt(double t) {
        double brightness = style.stretch().apply(t, style.map().isDiverging());
        return (int) Math.rint(brightness * (ColorMap.LEVELS - 1));
    }
}
