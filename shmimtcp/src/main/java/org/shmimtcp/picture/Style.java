package org.shmimtcp.picture;

import org.jspecify.annotations.Nullable;

/**
 * How a frame is drawn.
 *
 * @param range values at the ends of the colour scale; null to take them from each frame
 * @param firstRowOnTop false for the first pixel at the lower left
 */
public record Style(ColorMap map, Stretch stretch, @Nullable Range range, boolean firstRowOnTop) {
    /** Values from {@code low} to {@code high}. */
    public record Range(double low, double high) {}
}
