package org.shmimtcp.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RateLimitTest {
    private static final long SECOND_NS = 1_000_000_000L;

    @Test
    void letsABurstPassAndThenOneEachPeriod() {
        long nowNs = Long.MAX_VALUE - 5; // System.nanoTime may have any value, and overflow
        RateLimit limit = new RateLimit(10, 3, nowNs);
        assertThat(new boolean[] {limit.tryPass(nowNs), limit.tryPass(nowNs), limit.tryPass(nowNs)})
                .containsOnly(true);
        assertThat(limit.tryPass(nowNs)).isFalse();
        assertThat(limit.tryPass(nowNs + SECOND_NS / 10 - 1)).isFalse();
        assertThat(limit.tryPass(nowNs + SECOND_NS / 10)).isTrue();
        assertThat(limit.tryPass(nowNs + SECOND_NS / 10)).isFalse();
        assertThat(limit.tryPass(nowNs + 100 * SECOND_NS)).isTrue();
    }

    @ParameterizedTest
    @MethodSource("org.shmimtcp.testing.Seeds#hundred")
    void neverLetsMoreThanTheBurstAndTheRatePass(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int burst = random.nextInt(1, 21);
        int perSecond = random.nextInt(1, 1001);
        RateLimit limit = new RateLimit(perSecond, burst, 0);
        long nowNs = 0;
        long passed = 0;
        for (int i = 0; i < 200; i++) {
            nowNs += random.nextLong(50_000_000);
            passed += limit.tryPass(nowNs) ? 1 : 0;
            assertThat(passed).isLessThanOrEqualTo(burst + nowNs * perSecond / SECOND_NS + 1);
        }
    }
}
