package org.shmimtcp.picture;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;

class AreaMeanTest {
    private final Statistics statistics = new Statistics();

    private AreaMean reduce(Shape shape, int width, int height, double... pixels) {
        AreaMean cells = new AreaMean(DataType.DOUBLE, shape, width, height);
        cells.accept(Arena.ofAuto().allocateFrom(JAVA_DOUBLE, pixels), statistics);
        return cells;
    }

    @Test
    void wholeBlocks() {
        AreaMean cells = reduce(Shape.of(4, 2), 2, 1, 1, 3, 10, 20, 5, 7, 30, 40);
        assertThat(cells.cell(0, 0)).isEqualTo(4);
        assertThat(cells.cell(1, 0)).isEqualTo(25);
    }

    @Test
    void partsOfPixelsCountByTheirArea() {
        AreaMean cells = reduce(Shape.of(3, 1), 2, 1, 1, 4, 10);
        assertThat(cells.cell(0, 0)).isCloseTo((1 + 0.5 * 4) / 1.5, within(1e-12));
        assertThat(cells.cell(1, 0)).isCloseTo((0.5 * 4 + 10) / 1.5, within(1e-12));
    }

    @Test
    void enlargedByWholeFactorsPixelsAreRepeated() {
        AreaMean cells = reduce(Shape.of(2, 2), 6, 4, 1, 2, 3, 4);
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 6; x++) {
                assertThat(cells.cell(x, y)).isEqualTo(1 + x / 3 + 2 * (y / 2));
            }
        }
    }

    @Test
    void nonfinitePixelsAreLeftOutOfTheMeanAndCounted() {
        double nan = Double.NaN;
        double inf = Double.POSITIVE_INFINITY;
        AreaMean cells = reduce(Shape.of(4, 2), 2, 1, 1, nan, nan, inf, 5, -inf, nan, nan);
        assertThat(cells.cell(0, 0)).isEqualTo(3);
        assertThat(cells.cell(1, 0)).isNaN();
        assertThat(statistics.nonfinite()).isEqualTo(6);
        assertThat(statistics.min()).isEqualTo(1);
        assertThat(statistics.max()).isEqualTo(5);
        assertThat(statistics.mean()).isEqualTo(3);
        assertThat(statistics.rms()).isEqualTo(2);
    }

    @Test
    void nothingFinite() {
        AreaMean cells = reduce(Shape.of(2), 1, 1, Double.NaN, Double.NEGATIVE_INFINITY);
        assertThat(cells.cell(0, 0)).isNaN();
        assertThat(statistics.min()).isNaN();
        assertThat(statistics.max()).isNaN();
        assertThat(statistics.mean()).isNaN();
        assertThat(statistics.rms()).isNaN();
        assertThat(statistics.nonfinite()).isEqualTo(2);
    }

    @Test
    void rmsKeepsItsDigitsOnALargePedestal() {
        reduce(Shape.of(4), 1, 1, 1e9 + 1, 1e9 - 1, 1e9 + 1, 1e9 - 1);
        assertThat(statistics.rms()).isCloseTo(1, within(1e-6));
        assertThat(statistics.mean()).isEqualTo(1e9);
    }

    @Test
    void longRowsAreReadInPieces() {
        double[] ramp = new double[10_000];
        for (int i = 0; i < ramp.length; i++) {
            ramp[i] = i;
        }
        AreaMean cells = reduce(Shape.of(10_000), 10, 1, ramp);
        for (int x = 0; x < 10; x++) {
            assertThat(cells.cell(x, 0)).isEqualTo(1000 * x + 499.5);
        }
        assertThat(statistics.max()).isEqualTo(9999);
    }

    @Test
    void aLargeDetector() {
        MemorySegment frame = Arena.ofAuto().allocate(2000L * 2000 * 2, 64);
        for (int i = 0; i < 2000 * 2000; i++) {
            frame.setAtIndex(JAVA_SHORT, i, (short) (i / 2000 < 1000 ? 100 : 60_000));
        }
        AreaMean cells = new AreaMean(DataType.UINT16, Shape.of(2000, 2000), 80, 80);
        cells.accept(frame, statistics);
        assertThat(cells.cell(0, 0)).isEqualTo(100);
        assertThat(cells.cell(79, 39)).isEqualTo(100);
        assertThat(cells.cell(40, 40)).isEqualTo(60_000);
        assertThat(statistics.mean()).isEqualTo(30_050);
    }

    /** For all sizes, the mean of the cells is the mean of the pixels. */
    @ParameterizedTest
    @MethodSource("org.shmimtcp.testing.Seeds#hundred")
    void keepsTheMean(long seed) {
        Random random = new Random(seed);
        int nx = random.nextInt(1, 41);
        int ny = random.nextInt(1, 41);
        int width = random.nextInt(1, 41);
        int height = random.nextInt(1, 41);
        double[] pixels = random.doubles((long) nx * ny).toArray();
        AreaMean cells = reduce(Shape.of(nx, ny), width, height, pixels);
        double sum = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                sum += cells.cell(x, y);
            }
        }
        assertThat(sum / (width * height)).isCloseTo(statistics.mean(), within(1e-9));
    }
}
