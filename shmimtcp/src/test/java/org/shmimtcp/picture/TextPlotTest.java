package org.shmimtcp.picture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TextPlotTest {
    private static Samples ramp(int count) {
        double[] values = IntStream.range(0, count).asDoubleStream().toArray();
        return Samples.of(values, values);
    }

    @Test
    void aRampInBraille() {
        String plot = TextPlot.of(ramp(1000), 23, 3, true);
        assertThat(plot.lines())
                .hasSize(4)
                .satisfiesExactly(
                        top -> assertThat(top).startsWith("     999.000 ").endsWith("⠋"),
                        middle -> assertThat(middle).isNotBlank(),
                        bottom -> assertThat(bottom).startsWith("     0.00000 ⣠"),
                        times -> assertThat(times).startsWith("             0").endsWith(" s"));
        assertThat(plot.lines().limit(3)).allMatch(line -> line.length() <= 23);
    }

    @Test
    void asterisksWhereThereIsNoUnicode() {
        String plot = TextPlot.of(ramp(1000), 23, 3, false);
        assertThat(plot).contains("*").matches("\\p{ASCII}*");
    }

    @Test
    void noOutlierIsLeftOut() {
        double[] times = IntStream.range(0, 100_000).asDoubleStream().toArray();
        double[] values = new double[times.length];
        values[54_321] = 7;
        Samples samples = Samples.of(times, values);
        String plot = TextPlot.of(samples, 60, 5, false);
        assertThat(plot.lines().findFirst().orElseThrow())
                .startsWith("     7.00000 ")
                .contains("*");
        var envelope = new PngPlot.Envelope(samples, 100);
        assertThat(envelope.values).hasSize(100).containsOnlyOnce(7);
        assertThat(envelope.timesS).isSorted();
    }

    @Test
    void numbersThatAreNone() {
        double[] times = {0, 1, 2};
        assertThat(TextPlot.of(Samples.of(times, new double[] {1, Double.NaN, 2}), 40, 4, false))
                .contains("2.00000", "1.00000");
        double[] none = {Double.NaN, Double.NaN, Double.POSITIVE_INFINITY};
        assertThat(TextPlot.of(Samples.of(times, none), 40, 4, false))
                .isEqualTo("no number to show\n");
    }
}
