package org.shmimtcp.synthetic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;

class FrameSourceTest {
    private static MemorySegment frame(Shape shape, DataType type) {
        return Arena.ofAuto().allocate(ImageSpec.of("x", type, shape).sliceBytes(), 64);
    }

    private static double[] pattern(Shape shape, long n) {
        MemorySegment frame = frame(shape, DataType.DOUBLE);
        new PatternSource(shape, DataType.DOUBLE, 100).fill(frame, n);
        return frame.toArray(JAVA_DOUBLE);
    }

    @Test
    void patternTellsXFromYAndTopFromBottom() {
        double[] p = pattern(Shape.of(40, 20), 1);
        assertThat(p[19]).as("end of the x axis").isEqualTo(1);
        assertThat(p[20]).as("beyond it").isLessThan(0.5);
        assertThat(p[4 * 40]).as("end of the y axis").isEqualTo(0.8);
        assertThat(p[5 * 40]).as("beyond it").isLessThan(0.5);
        assertThat(p[38 + 2 * 40]).as("rises along x").isGreaterThan(p[2 + 2 * 40] + 0.2);
        assertThat(p[2 + 18 * 40]).as("rises along y").isGreaterThan(p[2 + 2 * 40] + 0.05);
        assertThat(Arrays.stream(p).allMatch(v -> v >= 0 && v <= 1)).isTrue();
    }

    @Test
    void spotGoesFromXToYOnceInFourSeconds() {
        Shape shape = Shape.of(64, 64);
        assertThat(brightestAwayFromAxes(pattern(shape, 1))).isEqualTo("51,32");
        assertThat(brightestAwayFromAxes(pattern(shape, 101))).isEqualTo("32,51");
        assertThat(pattern(shape, 401)).isEqualTo(pattern(shape, 1));
    }

    private static String brightestAwayFromAxes(double[] p) {
        int best = 5 * 64 + 5;
        for (int y = 5; y < 64; y++) {
            for (int x = 5; x < 64; x++) {
                best = p[y * 64 + x] >= p[best] ? y * 64 + x : best;
            }
        }
        return best % 64 + "," + best / 64;
    }

    @Test
    void everyShapeHasAPattern() {
        for (Shape shape :
                new Shape[] {
                    Shape.of(1),
                    Shape.of(5000),
                    Shape.of(1, 1),
                    Shape.of(3, 1),
                    Shape.of(1, 9),
                    Shape.of(7, 5, 3)
                }) {
            MemorySegment frame = frame(shape, DataType.FLOAT);
            new PatternSource(shape, DataType.FLOAT, 100).fill(frame, 7);
            new TurbulenceSource(shape, DataType.FLOAT, 100).fill(frame, 7);
            for (float v : frame.toArray(JAVA_FLOAT)) {
                assertThat(v).as("%s", shape).isBetween(-2f, 2f).isNotEqualTo(0);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void counterFillsEveryWordOfEveryType(DataType type) {
        MemorySegment frame = frame(Shape.of(7, 5), type);
        frame.fill((byte) 0xAA);
        CounterSource source = new CounterSource();
        source.fill(frame, 0x0102_0304_0506L);
        source.stamp(frame, 99);
        int words = (int) (frame.byteSize() / 8);
        for (int i = 0; i < words; i++) {
            assertThat(frame.getAtIndex(JAVA_LONG, i)).isEqualTo(i == 1 ? 99 : 0x0102_0304_0506L);
        }
        for (long i = words * 8L; i < frame.byteSize(); i++) {
            assertThat(frame.get(JAVA_BYTE, i)).as("behind the last word").isZero();
        }
    }

    @Test
    void counterOfLessThanTwoWords() {
        MemorySegment frame = Arena.ofAuto().allocate(8, 8);
        CounterSource source = new CounterSource();
        source.fill(frame, 5);
        source.stamp(frame, 99);
        assertThat(frame.get(JAVA_LONG, 0)).isEqualTo(5);
        source.fill(frame.asSlice(0, 3), 6);
        assertThat(frame.get(JAVA_LONG, 0)).isEqualTo(0);
    }

    /**
     * Frame n is the same for every process that computes it, in any order; checks of copies rely
     * on that.
     */
    @Test
    void turbulenceIsAFunctionOfTheFrameNumber() {
        Shape shape = Shape.of(50, 50);
        MemorySegment a = frame(shape, DataType.FLOAT);
        MemorySegment b = frame(shape, DataType.FLOAT);
        TurbulenceSource one = new TurbulenceSource(shape, DataType.FLOAT, 2000);
        for (long n = 1; n <= 100; n++) {
            one.fill(a, n);
        }
        new TurbulenceSource(shape, DataType.FLOAT, 2000).fill(b, 100);
        assertThat(a.mismatch(b)).isEqualTo(-1);
        one.fill(a, 101);
        assertThat(a.mismatch(b)).isNotEqualTo(-1);
    }

    /** Frozen flow: smooth in time, different after a while, and still in range far ahead. */
    @Test
    void turbulenceFlows() {
        Shape shape = Shape.of(50, 50);
        TurbulenceSource source = new TurbulenceSource(shape, DataType.FLOAT, 1000);
        float[] now = turbulence(source, shape, 1000);
        float[] soon = turbulence(source, shape, 1001);
        float[] later = turbulence(source, shape, 1500);
        assertThat(rms(now, soon)).isLessThan(0.05 * rms(now, later));
        assertThat(rms(now, later)).isBetween(0.05, 1.0);
        for (float v : turbulence(source, shape, 1_000_000_000_000L)) {
            assertThat(v).isBetween(-2f, 2f);
        }
    }

    private static float[] turbulence(TurbulenceSource source, Shape shape, long n) {
        MemorySegment frame = frame(shape, DataType.FLOAT);
        source.fill(frame, n);
        return frame.toArray(JAVA_FLOAT);
    }

    private static double rms(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return Math.sqrt(sum / a.length);
    }

    /** Integers hold offset + scale · v of the value v that the floats hold. */
    @Test
    void turbulenceAsIntegers() {
        Shape shape = Shape.of(50, 50);
        MemorySegment reals = frame(shape, DataType.DOUBLE);
        MemorySegment integers = frame(shape, DataType.UINT16);
        new TurbulenceSource(shape, DataType.DOUBLE, 1000).fill(reals, 3);
        new TurbulenceSource(shape, DataType.UINT16, 1000).fill(integers, 3);
        for (int i = 0; i < 2500; i++) {
            double expected = 32768 + 32767 * reals.getAtIndex(JAVA_DOUBLE, i);
            int is = Short.toUnsignedInt(integers.getAtIndex(JAVA_SHORT, i));
            assertThat((double) is).isCloseTo(expected, within(0.51));
        }
    }
}
