package org.shmimtcp.picture;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.PixelReader;
import org.shmimtcp.image.Shape;

/**
 * Reduces a frame to a grid of cells. Each cell is the mean of the pixels that it covers, weighted
 * by area. Nothing is cropped, and no pixel is left out. If the grid is finer than the frame by
 * whole factors, pixels are repeated. A cell that covers no finite pixel is NaN.
 *
 * <p>Allocates nothing after construction.
 */
final class AreaMean {
    private static final int PIECE = 4096;

    private final DataType type;
    private final int nx;
    private final int ny;
    private final int width;
    private final int height;
    private final double unitX;
    private final double unitY;
    private final double[] values;
    private final double[] rowSum;
    private final double[] rowArea;
    private final double[] sum;
    private final double[] area;

    /**
     * @param width cells along x
     * @param height cells along y
     */
    AreaMean(DataType type, Shape shape, int width, int height) {
        this.type = type;
        this.nx = shape.nx();
        this.ny = Math.max(1, shape.ny());
        this.width = width;
        this.height = height;
        this.unitX = powerOfTwoBelowOneOver(width);
        this.unitY = powerOfTwoBelowOneOver(height);
        this.values = new double[Math.min(PIECE, nx)];
        this.rowSum = new double[width];
        this.rowArea = new double[width];
        this.sum = new double[width * height];
        this.area = new double[width * height];
    }

    /**
     * A scale factor that keeps areas to at most 1, so that no sum overflows early. It is a power
     * of two, so it does not change their digits.
     */
    private static double powerOfTwoBelowOneOver(int cells) {
        return 1.0 / (2L * Integer.highestOneBit(cells));
    }

    /** Cells along x. */
    int width() {
        return width;
    }

    /** Cells along y. */
    int height() {
        return height;
    }

    /** Reads a frame in one pass, and computes its statistics on the way. */
    void accept(MemorySegment frame, Statistics statistics) {
        Arrays.fill(sum, 0);
        Arrays.fill(area, 0);
        statistics.reset();
        for (int y = 0; y < ny; y++) {
            reduceRow(frame, y, statistics);
            spreadRow(y);
        }
    }

    /** The mean of a cell; cell (0, 0) holds the frame's first pixel. */
    double cell(int x, int y) {
        int i = y * width + x;
        return sum[i] / area[i]; // 0 / 0 is NaN
    }

    /**
     * Adds up one row of pixels. Positions along x are in units of 1 / (nx · width), so they are
     * whole numbers, and whole factors stay exact.
     */
    private void reduceRow(MemorySegment frame, int y, Statistics statistics) {
        Arrays.fill(rowSum, 0);
        Arrays.fill(rowArea, 0);
        int cell = 0;
        long at = 0;
        for (long x = 0; x < nx; x += values.length) {
            int count = (int) Math.min(values.length, nx - x);
            PixelReader.read(type, frame, (long) y * nx + x, values, count);
            statistics.add(values, count);
            for (int i = 0; i < count; i++) {
                double value = values[i];
                boolean counts = Double.isFinite(value);
                long pixelEnd = at + width;
                while (at < pixelEnd) {
                    long cellEnd = (cell + 1L) * nx;
                    long end = Math.min(pixelEnd, cellEnd);
                    if (counts) {
                        double part = (end - at) * unitX;
                        rowSum[cell] += value * part;
                        rowArea[cell] += part;
                    }
                    cell += end == cellEnd ? 1 : 0;
                    at = end;
                }
            }
        }
    }

    private void spreadRow(int y) {
        long from = (long) y * height;
        long to = from + height;
        for (int row = (int) (from / ny); from < to; row++) {
            long end = Math.min(to, (row + 1L) * ny);
            double part = (end - from) * unitY;
            for (int x = 0; x < width; x++) {
                sum[row * width + x] += part * rowSum[x];
                area[row * width + x] += part * rowArea[x];
            }
            from = end;
        }
    }
}
