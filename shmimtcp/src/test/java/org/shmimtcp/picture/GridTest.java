package org.shmimtcp.picture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmimtcp.image.Shape;

class GridTest {
    @Test
    void smallImagesGrowByWholeFactors() {
        assertThat(Grid.fit(Shape.of(11, 11), 80, 20, true)).isEqualTo(new Grid(33, 33, 17));
        assertThat(Grid.fit(Shape.of(50, 50), 80, 30, true)).isEqualTo(new Grid(50, 50, 25));
        assertThat(Grid.fit(Shape.of(3, 1), 80, 20, true)).isEqualTo(new Grid(78, 26, 13));
        assertThat(Grid.fit(Shape.of(1, 1), 80, 20, true)).isEqualTo(new Grid(40, 40, 20));
    }

    @Test
    void withoutHalfBlocksACellIsTwiceAsHigh() {
        assertThat(Grid.fit(Shape.of(11, 11), 80, 20, false)).isEqualTo(new Grid(33, 17, 17));
        assertThat(Grid.fit(Shape.of(1000, 500), 80, 40, false)).isEqualTo(new Grid(80, 20, 20));
    }

    @Test
    void largeImagesShrink() {
        assertThat(Grid.fit(Shape.of(2000, 2000), 80, 22, true)).isEqualTo(new Grid(44, 44, 22));
        assertThat(Grid.fit(Shape.of(2000, 1000), 80, 22, true)).isEqualTo(new Grid(80, 40, 20));
        assertThat(Grid.fit(Shape.of(1, 10_000), 80, 22, true)).isEqualTo(new Grid(1, 44, 22));
    }

    @Test
    void aLineIsShownAsABand() {
        assertThat(Grid.fit(Shape.of(10_000), 80, 22, true)).isEqualTo(new Grid(80, 4, 2));
        assertThat(Grid.fit(Shape.of(10_000), 80, 1, true)).isEqualTo(new Grid(80, 2, 1));
        assertThat(Grid.fit(Shape.of(2_000_000_000), 80, 22, false)).isEqualTo(new Grid(80, 2, 2));
    }

    @ParameterizedTest
    @MethodSource("org.shmimtcp.testing.Seeds#hundred")
    void alwaysFitsAndKeepsTheAspect(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int nx = random.nextInt(1, 5001);
        int ny = random.nextInt(2, 5001);
        int columns = random.nextInt(1, 301);
        int lines = random.nextInt(1, 101);
        Grid grid = Grid.fit(Shape.of(nx, ny), columns, lines, true);
        assertThat(grid.width()).isBetween(1, columns);
        assertThat(grid.height()).isBetween(1, 2 * lines);
        assertThat(grid.lines()).isBetween(1, lines).isEqualTo((grid.height() + 1) / 2);
        double scale = Math.min((double) columns / nx, 2.0 * lines / ny);
        double used = scale < 1 ? scale : Math.floor(scale);
        assertThat(Math.abs(grid.width() - used * nx)).isLessThanOrEqualTo(1);
        assertThat(Math.abs(grid.height() - used * ny)).isLessThanOrEqualTo(1);
    }
}
