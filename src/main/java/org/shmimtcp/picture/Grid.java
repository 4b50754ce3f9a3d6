package org.shmimtcp.picture;

import org.shmimtcp.image.Shape;

/**
 * How many cells a frame gets on a terminal.
 *
 * <p>A character is taken to be twice as high as wide. Half blocks put two cells on top of each
 * other into one character, so that a cell is square; otherwise a character is one cell, and the
 * picture has half as many cells along y.
 *
 * @param width cells along x
 * @param height cells along y
 * @param lines of characters
 */
record Grid(int width, int height, int lines) {
    /** An image of one row is a line too thin to see: it is shown as a band of so many squares. */
    private static final int BAND = 4;

    /**
     * The largest grid that fits and keeps the aspect: the image enlarged by a whole factor, or
     * shrunk.
     *
     * @param columns that there are, at least 1
     * @param lines that there are, at least 1
     */
    static Grid fit(Shape shape, int columns, int lines, boolean halfBlocks) {
        int nx = shape.nx();
        int ny = Math.max(1, shape.ny());
        long factor = Math.min(columns / nx, 2L * lines / ny);
        double scale = Math.min((double) columns / nx, 2.0 * lines / ny);
        int width = squares(nx, factor, scale);
        int height = squares(ny, factor, scale);
        if (ny == 1) {
            height = Math.max(height, Math.min(BAND, 2 * lines));
        }
        return halfBlocks
                ? new Grid(width, height, (height + 1) / 2)
                : new Grid(width, (height + 1) / 2, (height + 1) / 2);
    }

    private static int squares(int pixels, long factor, double scale) {
        return factor >= 1
                ? Math.toIntExact(pixels * factor)
                : Math.max(1, (int) Math.rint(pixels * scale));
    }
}
