package org.shmimtcp.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RateLimitTest {
    private static final long SECOND_NS = 1_000_000_000L;

    @Test
    void letsABurstPassAndThenOneEachPeriod() {
        long nowNs = Long.MAX_VALUE - 5; // System.nanoTime may be anywhere, and overflow
        RateLimit limit = new RateLimit(10, 3, nowNs);
        assertThat(new boolean[] {limit.tryPass(nowNs), limit.tryPass(nowNs), limit.tryPass(nowNs)})
                .containsOnly(true);
        assertThat(limit.tryPass(nowNs)).isFalse();
        assertThat(limit.tryPass(nowNs + SECOND_NS / 10 - 1)).isFalse();
        assertThat(limit.tryPass(nowNs + SECOND_NS / 10)).isTrue();
        assertThat(limit.tryPass(nowNs + SECOND_NS / 10)).isFalse();
        assertThat(limit.tryPass(nowNs + 100 * SECOND_NS)).isTrue();
    }

    @Property
    void neverLetsMoreThanTheBurstAndTheRatePass(
            @ForAll @IntRange(min = 1, max = 20) int burst,
            @ForAll @IntRange(min = 1, max = 1000) int perSecond,
            @ForAll @Size(max = 200) List<@LongRange(max = 50_000_000) Long> pausesNs) {
        RateLimit limit = new RateLimit(perSecond, burst, 0);
        long nowNs = 0;
        long passed = 0;
        for (long pauseNs : pausesNs) {
            nowNs += pauseNs;
            passed += limit.tryPass(nowNs) ? 1 : 0;
            assertThat(passed).isLessThanOrEqualTo(burst + nowNs * perSecond / SECOND_NS + 1);
        }
    }
}
