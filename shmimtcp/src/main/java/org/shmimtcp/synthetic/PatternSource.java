package org.shmimtcp.synthetic;

import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;

/**
 * A test pattern, values 0 to 1, that shows the orientation of an image.
 *
 * <ul>
 *   <li>The background rises from 0.05, by 0.35 along x and by 0.15 along y.
 *   <li>The axes: the first row is bright (1) over half its length, the first column (0.8) over a
 *       quarter of its length. Images smaller than 8 × 8 have none.
 *   <li>A spot circles the centre, from +x to +y, once in {@value #SECONDS_PER_TURN} s. In an image
 *       of one row it moves to and fro.
 * </ul>
 */
public final class PatternSource extends RowSource {
    static final int SECONDS_PER_TURN = 4;
    private static final int SMALLEST_WITH_AXES = 8;

    private final double framesPerTurn;
    private final double radius;
    private final double spotSigma;
    private final int axisWidth;
    private double spotX;
    private double spotY;

    /**
     * @param rateHz frames a second, for the speed of the spot
     */
    public PatternSource(Shape shape, DataType type, double rateHz) {
        super(shape, PixelEncoder.ofUnit(type));
        this.framesPerTurn = SECONDS_PER_TURN * rateHz;
        int smaller = ny() == 1 ? nx() : Math.min(nx(), ny());
        this.radius = 0.3 * smaller;
        this.spotSigma = Math.max(0.5, smaller / 16.0);
        boolean hasAxes = Math.min(nx(), ny()) >= SMALLEST_WITH_AXES;
        this.axisWidth = hasAxes ? Math.max(1, smaller / 32) : 0;
    }

    @Override
    void startFrame(long n) {
        double turn = (n - 1) % framesPerTurn / framesPerTurn;
        spotX = nx() / 2.0 + radius * Math.cos(2 * Math.PI * turn);
        spotY = ny() / 2.0 + (ny() == 1 ? 0 : radius * Math.sin(2 * Math.PI * turn));
    }

    @Override
    void compute(double[] to, int count, int x0, int y) {
        for (int i = 0; i < count; i++) {
            int x = x0 + i;
            if (y < axisWidth && x < nx() / 2) {
                to[i] = 1;
            } else if (x < axisWidth && y < ny() / 4) {
                to[i] = 0.8;
            } else {
                double background = 0.05 + 0.35 * x / nx() + 0.15 * y / ny();
                to[i] = background + (1 - background) * spot(x + 0.5, y + 0.5);
            }
        }
    }

    private double spot(double x, double y) {
        double dx = (x - spotX) / spotSigma;
        double dy = (y - spotY) / spotSigma;
        double r2 = dx * dx + dy * dy;
        return r2 > 18 ? 0 : Math.exp(-r2 / 2); // beyond 4 sigma, less than 8 bits can show
    }
}
