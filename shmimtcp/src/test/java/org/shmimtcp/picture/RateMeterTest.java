package org.shmimtcp.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RateMeterTest {
    private static final long MS = 1_000_000;
    private final RateMeter meter = new RateMeter();

    @Test
    void unknownAtFirst() {
        assertThat(meter.rateHz(0, 500)).isNaN();
        assertThat(meter.rateHz(100 * MS, 600)).isNaN();
        assertThat(meter.rateHz(200 * MS, 700)).isEqualTo(1000);
    }

    @Test
    void followsAChangeWithinTwoSeconds() {
        long count = 0;
        for (int i = 0; i <= 100; i++) {
            count += 50;
            meter.rateHz(i * (50 * MS), count);
        }
        double rate = 0;
        for (int i = 101; i <= 145; i++) {
            rate = meter.rateHz(i * (50 * MS), count);
        }
        assertThat(rate).as("nothing came for 2.2 s").isCloseTo(0, within(1e-9));
        meter.reset();
        assertThat(meter.rateHz(146 * 50 * MS, 5)).isNaN();
    }
}
