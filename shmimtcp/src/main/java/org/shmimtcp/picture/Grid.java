package org.shmimtcp.picture;

import org.shmimtcp.image.Shape;

/**
 * The number of cells for a frame on a terminal.
 *
 * <p>A character is assumed to be twice as high as wide. Half blocks put two cells into one
 * character, one above the other, so a cell is square. Otherwise a character is one cell, and the
 * picture has half as many cells along y.
 *
 * @param width cells along x
 * @param height cells along y
 * @param lines of characters
 */
record Grid(int width, int height, int lines) {
    /** The height, in squares, of an image of one row, which would otherwise be too thin to see. */
    private static final int BAND = 4;

    /**
     * Returns the largest grid that fits and keeps the aspect ratio: the image enlarged by a whole
     * factor, or shrunk.
     *
     * @param columns available, at least 1
     * @param lines available, at least 1
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
