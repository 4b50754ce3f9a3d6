package org.shmimtcp.synthetic;

import java.util.Arrays;
import java.util.List;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;

/**
 * Turbulence carried across the image by three winds: the sum of periodic Kolmogorov {@link
 * PhaseScreen}s that move without changing (frozen flow: Taylor 1938, Proc. R. Soc. A 164, 476).
 *
 * <p>The values have mean 0 and rms 0.25 over the screens, in the unit of the stream (µm for a
 * mirror). An image shows part of a screen, so its mean varies. Frame {@code n} shows the time
 * {@code n / rate}, and is the same in each run.
 */
public final class TurbulenceSource extends RowSource {
    /** The rms of the values; four times this is the end of the range of integer types. */
    private static final double RMS = 0.25;

    private static final long SEED = 20;
    private static final int SMALLEST_SIDE = 64;
    private static final int LARGEST_SIDE = 1024;

    /**
     * A layer of the atmosphere.
     *
     * @param power its share of the variance
     * @param speed of the wind, in image widths per second
     */
    private record Layer(double power, double speed, double directionDegrees) {
        double vx() {
            return speed * Math.cos(Math.toRadians(directionDegrees));
        }

        double vy() {
            return speed * Math.sin(Math.toRadians(directionDegrees));
        }
    }

    /** Strong and slow near the ground, weak and fast above; an image width is some metres. */
    private static final List<Layer> LAYERS =
            List.of(new Layer(0.6, 0.7, 20), new Layer(0.3, 1.6, 75), new Layer(0.1, 3.1, -40));

    private final double rateHz;
    private final double step;
    private final PhaseScreen[] screens;
    private final double[] weights = new double[LAYERS.size()];
    private final double[] vx = new double[LAYERS.size()];
    private final double[] vy = new double[LAYERS.size()];
    private final double[] x = new double[LAYERS.size()];
    private final double[] y = new double[LAYERS.size()];

    /**
     * @param rateHz frames a second, for the speed of the winds
     */
    public TurbulenceSource(Shape shape, DataType type, double rateHz) {
        super(shape, PixelEncoder.ofSigned(type));
        this.rateHz = rateHz;
        int width = Math.max(nx(), ny());
        // Twice the size of the image, so that repetition is not visible; huge images show a
        // coarser screen.
        int side =
                width >= LARGEST_SIDE / 2
                        ? LARGEST_SIDE
                        : Math.max(SMALLEST_SIDE, Integer.highestOneBit(2 * width - 1) * 2);
        this.step = Math.min(1, side / 2.0 / width);
        this.screens = PhaseScreen.make(side, LAYERS.size(), SEED);
        for (int i = 0; i < screens.length; i++) {
            Layer layer = LAYERS.get(i);
            weights[i] = RMS * Math.sqrt(layer.power());
            vx[i] = layer.vx() * width * step;
            vy[i] = layer.vy() * width * step;
        }
    }

    @Override
    void startFrame(long n) {
        double seconds = n / rateHz;
        for (int i = 0; i < screens.length; i++) {
            x[i] = -vx[i] * seconds; // motion to the right shows values from the left
            y[i] = -vy[i] * seconds;
        }
    }

    @Override
    void compute(double[] to, int count, int x0, int y0) {
        Arrays.fill(to, 0, count, 0);
        for (int i = 0; i < screens.length; i++) {
            screens[i].addRow(to, count, x[i] + x0 * step, y[i] + y0 * step, step, weights[i]);
        }
    }
}
