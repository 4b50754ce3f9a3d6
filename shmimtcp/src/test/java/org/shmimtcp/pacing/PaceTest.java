package org.shmimtcp.pacing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long START = 5_000_000_000L;
    private static final long POLL_NS = 1000;

    /**
     * Simulated time, which advances only when the clock is read (by 1 µs) or a sleep is called.
     */
    private long nowNs = START;

    private long longestSleepNs;

    private Pace pace(double rateHz) {
        return new Pace(
                rateHz,
                () -> {
                    nowNs += POLL_NS;
                    return nowNs - POLL_NS;
                },
                ns -> {
                    longestSleepNs = Math.max(longestSleepNs, ns);
                    nowNs += ns;
                });
    }

    @Test
    void dueTimesAreAGrid() {
        Pace pace = pace(3000);
        for (int k = 0; k < 3001; k++) {
            long expectedNs = START + k * 1_000_000_000L / 3000;
            assertThat(pace.awaitNext(() -> false)).isBetween(expectedNs, expectedNs + 1);
            assertThat(nowNs).isGreaterThan(expectedNs);
            pace.written();
        }
        assertThat(pace.missed()).isZero();
        assertThat(nowNs).isBetween(START + 1_000_000_000L, START + 1_000_010_000L);
    }

    @Test
    void lateFrameKeepsItsTimeAndPassedOnesAreDropped() {
        Pace pace = pace(1000);
        pace.awaitNext(() -> false);
        nowNs = START + 3_500_000; // the first frame took 3.5 periods
        pace.written();
        assertThat(pace.missed()).as("1, 2 and 3 ms have passed").isEqualTo(3);
        assertThat(pace.awaitNext(() -> false)).isEqualTo(START + 4_000_000);

        nowNs = START + 4_400_000; // late by less than a period: nothing is missed
        pace.written();
        nowNs = START + 5_200_000;
        assertThat(pace.awaitNext(() -> false)).isEqualTo(START + 5_000_000);
        pace.written();
        assertThat(pace.missed()).isEqualTo(3);
    }

    @Test
    void stopCutsALongSleepShort() {
        Pace pace = pace(0.001);
        pace.awaitNext(() -> false);
        pace.written();
        pace.awaitNext(() -> nowNs > START + 2_000_000_000L);
        assertThat(nowNs).isLessThan(START + 2_200_000_000L);
        assertThat(longestSleepNs).isLessThanOrEqualTo(100_000_000L);
    }

    @Test
    void noRateNoWait() {
        Pace pace = pace(0);
        assertThat(pace.awaitNext(() -> false)).isEqualTo(START + POLL_NS);
        pace.written();
        assertThat(pace.awaitNext(() -> false)).isEqualTo(START + 2 * POLL_NS);
        assertThat(pace.missed()).isZero();
        assertThat(longestSleepNs).isZero();
    }
}
