package org.shmimtcp.synthetic;

import java.util.Random;
import org.hipparchus.transform.DftNormalization;
import org.hipparchus.transform.FastFourierTransformer;
import org.hipparchus.transform.TransformType;

/**
 * A square screen of Kolmogorov turbulence, periodic in both directions.
 *
 * <p>White Gaussian noise is filtered so that the power spectrum of the phase is Φ(k) ∝ k^(-11/3)
 * (Roddier 1981, Progress in Optics XIX, 281; the FFT method: McGlamery 1976, Proc. SPIE 74, 225).
 * Its structure function is then D(r) ∝ r^(5/3) at distances well above the pixel and well below
 * the side. The side acts as the outer scale, and the mean is 0.
 */
final class PhaseScreen {
    /** The exponent of k in the power spectrum; the amplitude has half of it. */
    private static final double KOLMOGOROV = -11.0 / 3;

    private final int side;
    private final float[] values;

    private PhaseScreen(int side, float[] values) {
        this.side = side;
        this.values = values;
    }

    /**
     * Creates screens of rms 1.
     *
     * @param side pixels, a power of two
     * @param count how many; one transform yields two screens
     */
    static PhaseScreen[] make(int side, int count, long seed) {
        Random random = new Random(seed);
        PhaseScreen[] screens = new PhaseScreen[count];
        for (int i = 0; i < count; i += 2) {
            double[][][] field = filteredNoise(side, random);
            transform(field, side);
            // The real and imaginary parts of complex noise are independent.
            screens[i] = ofUnitRms(field, 0, side);
            if (i + 1 < count) {
                screens[i + 1] = ofUnitRms(field, 1, side);
            }
        }
        return screens;
    }

    /** Rows of [real, imaginary] amplitudes in the plane of spatial frequencies. */
    private static double[][][] filteredNoise(int side, Random random) {
        double[][][] field = new double[side][2][side];
        for (int y = 0; y < side; y++) {
            int ky = y <= side / 2 ? y : y - side;
            for (int x = 0; x < side; x++) {
                int kx = x <= side / 2 ? x : x - side;
                double k2 = (double) kx * kx + (double) ky * ky;
                double amplitude = k2 == 0 ? 0 : Math.pow(k2, KOLMOGOROV / 4);
                field[y][0][x] = amplitude * random.nextGaussian();
                field[y][1][x] = amplitude * random.nextGaussian();
            }
        }
        return field;
    }

    private static void transform(double[][][] field, int side) {
        for (double[][] row : field) {
            transform(row);
        }
        double[][] column = new double[2][side];
        for (int x = 0; x < side; x++) {
            for (int y = 0; y < side; y++) {
                column[0][y] = field[y][0][x];
                column[1][y] = field[y][1][x];
            }
            transform(column);
            for (int y = 0; y < side; y++) {
                field[y][0][x] = column[0][y];
                field[y][1][x] = column[1][y];
            }
        }
    }

    private static void transform(double[][] realImaginary) {
        FastFourierTransformer.transformInPlace(
                realImaginary, DftNormalization.STANDARD, TransformType.INVERSE);
    }

    private static PhaseScreen ofUnitRms(double[][][] field, int part, int side) {
        double sum2 = 0;
        for (double[][] row : field) {
            for (double value : row[part]) {
                sum2 += value * value;
            }
        }
        double scale = 1 / Math.sqrt(sum2 / ((double) side * side));
        float[] values = new float[side * side];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale * field[i / side][part][i % side]);
        }
        return new PhaseScreen(side, values);
    }

    int side() {
        return side;
    }

    /** The value at whole coordinates, each from 0 to side - 1. */
    float at(int x, int y) {
        return values[y * side + x];
    }

    /**
     * Adds interpolated values along x to a row (bilinear, from the four neighbours).
     *
     * @param x where the row starts, in pixels of the screen; any finite number
     * @param step from one value to the next, in pixels of the screen
     */
    void addRow(double[] to, int count, double x, double y, double step, double weight) {
        int mask = side - 1;
        double yFloor = Math.floor(y);
        double fy = y - yFloor;
        int row0 = ((int) (long) yFloor & mask) * side;
        int row1 = ((int) (long) yFloor + 1 & mask) * side;
        double start = x - Math.floor(x / side) * side; // not negative from here on
        for (int i = 0; i < count; i++) {
            double at = start + i * step;
            int floor = (int) at;
            double fx = at - floor;
            int x0 = floor & mask;
            int x1 = floor + 1 & mask;
            double upper = values[row0 + x0] + fx * (values[row0 + x1] - values[row0 + x0]);
            double lower = values[row1 + x0] + fx * (values[row1 + x1] - values[row1 + x0]);
            to[i] += weight * (upper + fy * (lower - upper));
        }
    }
}
