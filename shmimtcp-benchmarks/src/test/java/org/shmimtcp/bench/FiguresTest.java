package org.shmimtcp.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** The calculations of the benchmark. */
class FiguresTest {
    private static final double EXACT = 1e-9;

    @Test
    void spreadOfAnOddNumber() {
        Spread spread = Spread.of(0.9, 0.5, 0.7);
        assertThat(spread).isEqualTo(new Spread(0.7, 0.5, 0.9));
        assertThat(spread.text()).isEqualTo("0.70 (0.50 to 0.90)");
    }

    @Test
    void spreadOfAnEvenNumber() {
        assertThat(Spread.of(4, 1, 3, 10)).isEqualTo(new Spread(3.5, 1, 10));
        assertThatThrownBy(Spread::of).isInstanceOf(IllegalArgumentException.class);
    }

    /** The sum of the first eight numbers; guests' time is part of user and nice. */
    @Test
    void stealInPercentOfAllCpus() {
        CpuTimes before = CpuTimes.parse("cpu  100 20 30 800 10 0 5 35 7 8");
        assertThat(before).isEqualTo(new CpuTimes(1000, 35));
        CpuTimes after = CpuTimes.parse("cpu  150 20 50 910 10 0 5 55 7 8");
        assertThat(after.stealPercentSince(before)).isCloseTo(10, within(EXACT));
        assertThat(before.stealPercentSince(before)).isZero();
        assertThatThrownBy(() -> CpuTimes.parse("cpu0 1 2 3"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRoundIsDisturbedByStealOrByLossesWithoutALink() {
        assertThat(result(9_900, 100, 2.0).isDisturbed(true)).isFalse();
        assertThat(result(9_899, 101, 0).isDisturbed(true)).isTrue();
        assertThat(result(5_000, 5_000, 0).isDisturbed(false)).isFalse();
        assertThat(result(10_000, 0, 2.1).isDisturbed(false)).isTrue();
    }

    private static Result result(long frames, long lost, double stealPercent) {
        return new Result(
                "load", "C", 1, frames, lost, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, stealPercent);
    }

    @Test
    void conditionsOfOneRunHoldForAllPairs() {
        Conditions none = new Conditions(false, false, null);
        assertThat(none.atSource()).isEmpty();
        assertThat(none.endOfC("tx")).containsExactly("tx");
        assertThat(none.options(List.of())).isEmpty();
        assertThat(none.sourceOrSink("90", "write")).containsExactly("-f", "90", "write");
        Conditions all = new Conditions(true, true, 80);
        assertThat(all.atSource()).containsExactly("taskset", "--cpu-list", "0");
        assertThat(all.atCopy()).containsExactly("taskset", "--cpu-list", "1");
        assertThat(all.endOfC("tx")).containsExactly("-f", "80", "tx");
        assertThat(all.options(List.of("--wait", "spin")))
                .containsExactly("-p", "80", "--wait", "spin");
        assertThat(all.options(List.of("-p", "0"))).containsExactly("-p", "0");
        assertThat(all.options(List.of("--priority=0"))).containsExactly("--priority=0");
        assertThat(none.lossesTellDisturbance()).isTrue();
        assertThat(all.lossesTellDisturbance()).isFalse();
        assertThat(all.sourceOrSink("90", "write")).containsExactly("write");
        Conditions ordinary = new Conditions(false, false, 0);
        assertThat(ordinary.endOfC("tx")).containsExactly("tx");
        assertThat(ordinary.options(List.of())).containsExactly("-p", "0");
    }

    /**
     * Two pairs, of which the second is ten times as slow: a line for each, the slower at right.
     */
    @Test
    void pageShowsALineForEachPair() {
        Map<String, Histogram> latencies = new LinkedHashMap<>();
        for (int factor : new int[] {1, 10}) {
            Histogram us = new Histogram(10_000_000, 3);
            for (int i = 1; i <= 1000; i++) {
                us.recordValue((long) factor * i);
            }
            latencies.put(factor == 1 ? "C" : "ours <1>", us);
        }
        String page =
                DistributionPage.of(
                        List.of("a & b"), Map.of("50x50", latencies), List.of("ours to C: 10"));
        assertThat(page)
                .contains("a &amp; b", "<h2>50x50</h2>", "ours &lt;1&gt;", "ours to C: 10")
                .containsPattern("(?s)<polyline.*<polyline")
                .doesNotContain("http");
        assertThat(DistributionPage.x(100)).isEqualTo(2 * DistributionPage.x(10));
        assertThat(DistributionPage.y(1)).isZero();
        assertThat(DistributionPage.y(0.01)).isEqualTo(2 * DistributionPage.y(0.1));
    }
}
