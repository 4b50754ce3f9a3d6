package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShapeTest {
    @ParameterizedTest
    @CsvSource({
        "1, 13, 0, 0, 13, 13, 1, 13",
        "2, 50, 40, 0, 2000, 2000, 1, 50x40",
        "2, 3, 1, 0, 3, 3, 1, 3x1",
        "3, 7, 5, 3, 105, 35, 3, 7x5x3",
        "3, 7, 5, 1, 35, 35, 1, 7x5x1",
        "2, 2147483647, 2147483647, 0, 4611686014132420609, 4611686014132420609, 1, 2147483647x2147483647",
    })
    void counts(
            int naxis, int nx, int ny, int nz, long pixels, long slice, int slices, String text) {
        Shape shape = new Shape(naxis, nx, ny, nz);
        assertThat(shape.pixels()).isEqualTo(pixels);
        assertThat(shape.slicePixels()).isEqualTo(slice);
        assertThat(shape.slices()).isEqualTo(slices);
        assertThat(shape).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0",
        "4, 1, 1, 1",
        "200, 1, 1, 1",
        "-1, 1, 1, 1",
        "1, 0, 0, 0",
        "1, 5, 5, 0",
        "2, 5, 0, 0",
        "2, 5, 5, 5",
        "2, -5, -5, 0",
        "3, 5, 5, 0",
        "3, 5, 5, -1",
    })
    void whatIsNoShapeIsRefused(int naxis, int nx, int ny, int nz) {
        assertThatThrownBy(() -> new Shape(naxis, nx, ny, nz))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining(
                        naxis < 1 || naxis > 3 ? "must be 1, 2 or 3" : "each axis must be");
    }

    @Test
    void moreThanALongCountsIsRefused() {
        Shape shape = Shape.of(Integer.MAX_VALUE, Integer.MAX_VALUE, 3);
        assertThatThrownBy(shape::pixels)
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("too large");
    }

    @Test
    void shortFormsNameTheAxes() {
        assertThat(Shape.of(13)).isEqualTo(new Shape(1, 13, 0, 0));
        assertThat(Shape.of(7, 5)).isEqualTo(new Shape(2, 7, 5, 0));
        assertThat(Shape.of(7, 5, 3)).isEqualTo(new Shape(3, 7, 5, 3));
    }
}
