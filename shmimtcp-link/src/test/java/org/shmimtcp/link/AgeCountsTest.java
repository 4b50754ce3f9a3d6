package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** The bin in which a frame is counted. */
class AgeCountsTest {
    private final Histogram agesNs = new Histogram(100_000_000_000L, 2);

    private long count(AgeCounts counts, double limitUs) {
        return counts.frames().get(counts.limitsUs().indexOf(limitUs));
    }

    @Test
    void limitsGoFromTwentyMicrosecondsToTenSeconds() {
        AgeCounts counts = AgeCounts.of(agesNs, 0);
        assertThat(counts.limitsUs())
                .startsWith(20.0, 30.0, 50.0, 70.0, 100.0, 150.0, 200.0)
                .endsWith(5e6, 7e6, 1e7)
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(counts.frames()).hasSize(counts.limitsUs().size() + 1).containsOnly(0L);
        assertThat(counts.isWhole()).isTrue();
    }

    @Test
    void eachFrameIsCountedOnceWhereItBelongs() {
        agesNs.recordValue(0);
        agesNs.recordValue(19_000);
        agesNs.recordValue(21_000);
        agesNs.recordValueWithCount(149_000, 5);
        agesNs.recordValue(9_900_000_000L);
        agesNs.recordValueWithCount(11_000_000_000L, 3);
        AgeCounts counts = AgeCounts.of(agesNs, 43);
        assertThat(count(counts, 20)).isEqualTo(2);
        assertThat(count(counts, 30)).isEqualTo(1);
        assertThat(count(counts, 150)).isEqualTo(5);
        assertThat(count(counts, 1e7)).isEqualTo(1);
        assertThat(counts.frames().getLast()).isEqualTo(3);
        assertThat(counts.frames().stream().mapToLong(n -> n).sum()).isEqualTo(12);
        assertThat(counts.sumS()).isEqualTo(43);
    }

    /**
     * Values around a limit that the histogram cannot separate are all counted on the same side,
     * once.
     */
    @Test
    void noneIsLostAtALimit() {
        for (long ns = 19_000; ns < 320_000; ns += 7) {
            agesNs.recordValue(ns);
        }
        List<Long> frames = AgeCounts.of(agesNs, 0).frames();
        assertThat(frames.stream().mapToLong(n -> n).sum()).isEqualTo(agesNs.getTotalCount());
        assertThat(frames.getLast()).isZero();
    }

    @Test
    void whatSomebodyElseWroteIsLookedAt() {
        assertThat(new AgeCounts(List.of(1.0), List.of(1L, 2L), 1).isWhole()).isTrue();
        assertThat(new AgeCounts(List.of(1.0), List.of(1L), 1).isWhole()).isFalse();
        assertThat(new AgeCounts(List.of(1.0), List.of(1L, -2L), 1).isWhole()).isFalse();
        assertThat(new AgeCounts(List.of(1.0, 1.0), List.of(1L, 2L, 3L), 1).isWhole()).isFalse();
        assertThat(new AgeCounts(List.of(Double.NaN), List.of(1L, 2L), 1).isWhole()).isFalse();
    }
}
