package org.shmimtcp.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PhaseScreenTest {
    private static final int SIDE = 256;

    /**
     * D(r) ∝ r^(5/3) well above the pixel and well below the side. A periodic screen lacks the
     * largest scales, which flattens it a little: the sum over the screen's spectrum gives 1.61
     * here.
     */
    @Test
    void structureFunctionOfKolmogorov() {
        double near = 0;
        double far = 0;
        for (PhaseScreen screen : PhaseScreen.make(1024, 8, 1)) {
            near += structureFunction(screen, 2);
            far += structureFunction(screen, 8);
        }
        assertThat(Math.log(far / near) / Math.log(4)).isCloseTo(5.0 / 3, within(0.1));
    }

    private static double structureFunction(PhaseScreen screen, int r) {
        double sum = 0;
        int side = screen.side();
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                double dx = screen.at((x + r) % side, y) - screen.at(x, y);
                double dy = screen.at(x, (y + r) % side) - screen.at(x, y);
                sum += dx * dx + dy * dy;
            }
        }
        return sum;
    }

    /** The power of the modes along one axis, fitted between two wave numbers an octave apart. */
    @Test
    void powerFallsWithTheElevenThirds() {
        double low = 0;
        double high = 0;
        for (PhaseScreen screen : PhaseScreen.make(SIDE, 200, 2)) {
            low += power(screen, 4);
            high += power(screen, 16);
        }
        assertThat(Math.log(high / low) / Math.log(4)).isCloseTo(-11.0 / 3, within(0.15));
    }

    /** |F(kx = k, ky = 0)|², an explicit discrete Fourier transform. */
    private static double power(PhaseScreen screen, int k) {
        double re = 0;
        double im = 0;
        for (int x = 0; x < SIDE; x++) {
            double column = 0;
            for (int y = 0; y < SIDE; y++) {
                column += screen.at(x, y);
            }
            re += column * Math.cos(2 * Math.PI * k * x / SIDE);
            im += column * Math.sin(2 * Math.PI * k * x / SIDE);
        }
        return re * re + im * im;
    }

    @Test
    void meanZeroAndRmsOne() {
        for (PhaseScreen screen : PhaseScreen.make(64, 3, 3)) {
            double sum = 0;
            double sum2 = 0;
            for (int i = 0; i < 64 * 64; i++) {
                double v = screen.at(i % 64, i / 64);
                sum += v;
                sum2 += v * v;
            }
            assertThat(sum / 4096).isCloseTo(0, within(1e-5));
            assertThat(sum2 / 4096).isCloseTo(1, within(1e-5));
        }
    }

    @Test
    void screensOfOneSeedAreIndependent() {
        PhaseScreen[] screens = PhaseScreen.make(128, 40, 4);
        double correlation = 0;
        for (int i = 0; i < screens.length; i += 2) {
            double sum = 0;
            for (int p = 0; p < 128 * 128; p++) {
                sum += screens[i].at(p % 128, p / 128) * screens[i + 1].at(p % 128, p / 128);
            }
            correlation += sum / (128 * 128);
        }
        // Two screens share a transform; few large modes cause single correlations of ±0.3.
        assertThat(correlation / 20).isCloseTo(0, within(0.2));
    }

    @Test
    void rowsAreInterpolatedAndWrap() {
        PhaseScreen screen = PhaseScreen.make(64, 1, 5)[0];
        double[] whole = new double[64];
        screen.addRow(whole, 64, -64 * 1000.0 + 60, 3 + 64 * 7, 1, 2);
        assertThat(whole[0]).isEqualTo(2 * (double) screen.at(60, 3));
        assertThat(whole[10]).isEqualTo(2 * (double) screen.at(6, 3));

        double[] half = new double[1];
        screen.addRow(half, 1, 63.5, -0.5, 1, 1);
        double mean =
                (screen.at(63, 63) + screen.at(0, 63) + screen.at(63, 0) + screen.at(0, 0)) / 4;
        assertThat(half[0]).isCloseTo(mean, within(1e-6));
    }
}
