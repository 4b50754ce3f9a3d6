package org.shmimtcp.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.shmimtcp.link.LatencyTrace;

class ReceiverCountsTest {
    private final ReceiverCounts counts = new ReceiverCounts(LatencyTrace.OFF);

    private void agesUs(int from, int to) {
        counts.clock.add(0, 0, 0, 0); // a clock without an offset
        for (int us = from; us <= to; us++) {
            counts.age(us * 1000L);
        }
    }

    /** Each reader gets the ages since its own last call, not since another reader's. */
    @Test
    void noReaderTakesTheAgesOfAnother() {
        agesUs(1, 50);
        assertThat(counts.rest(0)).contains("age_p50_us=25.").contains("age_max_us=50.");
        agesUs(51, 100);
        var shown = Objects.requireNonNull(counts.agesLately());
        assertThat(shown.p50Ns() / 1e3).isBetween(49.0, 51.0);
        assertThat(counts.agesLately()).isNull();
        assertThat(counts.rest(0)).contains("age_p50_us=75").contains("age_max_us=100");
        assertThat(counts.rest(0)).doesNotContain("age_");
    }
}
