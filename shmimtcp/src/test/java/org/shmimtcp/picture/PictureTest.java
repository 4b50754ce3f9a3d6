package org.shmimtcp.picture;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.picture.Palette.Colors;

class PictureTest {
    private static final Style LINEAR = new Style(ColorMap.GREY, Stretch.LINEAR, null, false);
    private static final Palette TRUE = new Palette(Colors.TRUE, true);
    private static final String UPPER_HALF = "\u2580";
    private static final String BLACK = "2;0;0;0m";
    private static final String WHITE = "2;255;255;255m";

    private static String[] draw(
            Style style, Palette palette, Shape shape, int columns, int lines, double... pixels) {
        MemorySegment frame = Arena.ofAuto().allocateFrom(JAVA_DOUBLE, pixels);
        StringBuilder out = new StringBuilder();
        new Picture(DataType.DOUBLE, shape, style, palette, columns, lines).draw(frame, out, "\n");
        return out.toString().split("\n");
    }

    @Test
    void theFirstPixelIsAtTheLowerLeft() {
        String[] lines = draw(LINEAR, Palette.PLAIN, Shape.of(2, 4), 2, 4, 9, 5, 0, 0, 0, 0, 0, 0);
        assertThat(lines[0]).isEqualTo("  ");
        assertThat(lines[1]).isEqualTo("@+");
        assertThat(lines[2]).startsWith("0 ").endsWith(" 4.5");
    }

    @Test
    void theFirstRowOnTopIfWanted() {
        Style top = new Style(ColorMap.GREY, Stretch.LINEAR, new Style.Range(0, 9), true);
        String[] lines = draw(top, Palette.PLAIN, Shape.of(2, 4), 2, 4, 9, 0, 9, 0, 0, 0, 0, 0);
        assertThat(lines[0]).isEqualTo("@ ");
        assertThat(lines[1]).isEqualTo("  ");
    }

    @Test
    void halfBlocksShowTwoRowsInOneLine() {
        String[] lines = draw(LINEAR, TRUE, Shape.of(2, 2), 2, 3, 0, 1, 1, 1);
        assertThat(lines[0])
                .isEqualTo(
                        "\u001b[38;"
                                + WHITE
                                + "\u001b[48;"
                                + BLACK
                                + UPPER_HALF
                                + "\u001b[48;"
                                + WHITE
                                + " \u001b[0m");
    }

    @Test
    void anOddRowLeavesHalfALineInTheTerminalsOwnColor() {
        String[] lines = draw(LINEAR, TRUE, Shape.of(1, 3), 1, 4, 1, 0, 0);
        assertThat(lines[0]).isEqualTo("\u001b[48;" + BLACK + " \u001b[0m");
        assertThat(lines[1]).isEqualTo("\u001b[38;" + WHITE + UPPER_HALF + "\u001b[0m");
        assertThat(lines).hasSize(4);
    }

    @Test
    void withoutUnicodeTheBackgroundIsColored() {
        Palette indexed = new Palette(Colors.INDEXED, false);
        String[] lines = draw(LINEAR, indexed, Shape.of(2, 2), 2, 3, 0, 1, 0, 1);
        assertThat(lines[0]).isEqualTo("\u001b[48;5;16m \u001b[48;5;231m \u001b[0m");
    }

    @Test
    void nonfinitePixelsStandOutAndAreCounted() {
        String[] lines = draw(LINEAR, Palette.PLAIN, Shape.of(3, 1), 3, 3, 0, Double.NaN, 1);
        assertThat(lines[0]).isEqualTo(" ?@");
        String[] wide = draw(LINEAR, Palette.PLAIN, Shape.of(3, 1), 80, 3, 0, Double.NaN, 1);
        assertThat(wide[wide.length - 1]).contains("min 0 ", "max 1 ", "nonfinite 1");
        String[] nothing = draw(LINEAR, Palette.PLAIN, Shape.of(1, 1), 80, 3, Double.NaN);
        assertThat(nothing[nothing.length - 2]).startsWith("nan ").contains(" nan  grey linear");
    }

    @Test
    void aConstantFrameIsInTheMiddleOfTheColors() {
        String[] lines = draw(LINEAR, Palette.PLAIN, Shape.of(2, 2), 2, 3, 7, 7, 7, 7);
        assertThat(lines[0]).isEqualTo("++");
    }

    @Test
    void theDivergingMapHasZeroInItsMiddle() {
        Style style = new Style(ColorMap.DIVERGING, Stretch.LINEAR, null, false);
        String[] lines = draw(style, TRUE, Shape.of(3, 1), 3, 3, -1, 0, 4);
        assertThat(lines[lines.length - 2]).startsWith("-4 ").contains(" 4");
        int zero = ColorMap.DIVERGING.rgb(128);
        assertThat(lines[0])
                .contains(";" + (zero >> 16) + ";" + (zero >> 8 & 255) + ";" + (zero & 255) + "m");
    }

    @Test
    void zscaleIsNotMisledByAHotPixel() {
        double[] pixels = new double[200];
        for (int i = 0; i < 200; i++) {
            pixels[i] = i % 10;
        }
        pixels[77] = 1e6;
        Style style = new Style(ColorMap.GREY, Stretch.ZSCALE, null, false);
        String[] lines = draw(style, Palette.PLAIN, Shape.of(20, 10), 20, 7, pixels);
        assertThat(lines[lines.length - 2]).startsWith("0 ").doesNotContain("1000000");
    }

    @Test
    void logShowsFaintBesideBright() {
        Style log = new Style(ColorMap.GREY, Stretch.LOG, null, false);
        assertThat(draw(LINEAR, Palette.PLAIN, Shape.of(3, 1), 3, 3, 0, 10, 1000)[0])
                .isEqualTo("  @");
        assertThat(draw(log, Palette.PLAIN, Shape.of(3, 1), 3, 3, 0, 10, 1000)[0]).isEqualTo(" -@");
    }

    @Test
    void aRangeIsKeptWhateverTheFrame() {
        Style style = new Style(ColorMap.GREY, Stretch.LINEAR, new Style.Range(-1, 1), false);
        String[] lines = draw(style, Palette.PLAIN, Shape.of(3, 1), 40, 3, -50, 0, 0.5);
        assertThat(lines[lines.length - 2]).startsWith("-1 ").contains(" 1  grey linear");
    }

    @Test
    void extremes() {
        double max = Double.MAX_VALUE;
        String[] lines = draw(LINEAR, Palette.PLAIN, Shape.of(3, 1), 3, 3, -max, 0, max);
        assertThat(lines[0]).isEqualTo(" +@");
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void everyTypeAndShapeFitsEveryTerminal(DataType type) {
        Shape[] shapes = {
            Shape.of(1),
            Shape.of(13),
            Shape.of(1, 1),
            Shape.of(3, 1),
            Shape.of(50, 50),
            Shape.of(7, 5, 3),
            Shape.of(500, 3)
        };
        for (Shape shape : shapes) {
            for (int columns : new int[] {1, 20, 80, 300}) {
                for (int lines : new int[] {1, 3, 24, 80}) {
                    MemorySegment frame =
                            Arena.ofAuto()
                                    .allocate(ImageSpec.of("x", type, shape).sliceBytes(), 16);
                    StringBuilder out = new StringBuilder();
                    new Picture(type, shape, LINEAR, Palette.PLAIN, columns, lines)
                            .draw(frame, out, "\n");
                    String what = shape + " on " + columns + "x" + lines;
                    assertThat(out.toString().lines().count())
                            .as(what)
                            .isBetween(3L, Math.max(3L, lines));
                    if (columns >= 20) {
                        assertThat(out.toString().lines())
                                .as(what)
                                .allMatch(line -> line.length() <= columns);
                    }
                }
            }
        }
    }
}
