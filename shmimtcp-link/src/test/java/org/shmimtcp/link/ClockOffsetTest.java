package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClockOffsetTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private final ClockOffset clock = new ClockOffset();
    private long nowNs = 1_700_000_000L * SECOND_NS;

    /** Adds a round trip, a second after the one before. */
    private void trip(long offsetNs, long thereNs, long backNs) {
        nowNs += SECOND_NS;
        long arrived = nowNs + thereNs + offsetNs;
        long answered = arrived + 50_000;
        clock.add(nowNs, arrived, answered, nowNs + thereNs + 50_000 + backNs);
    }

    @Test
    void nothingIsKnownAtFirst() {
        assertThat(clock.isKnown()).isFalse();
        assertThat(clock.offsetNs()).isZero();
    }

    @Test
    void symmetricDelaysGiveTheOffset() {
        trip(-37 * SECOND_NS, 40_000, 40_000);
        assertThat(clock.isKnown()).isTrue();
        assertThat(clock.offsetNs()).isEqualTo(-37 * SECOND_NS);
        assertThat(clock.uncertaintyNs()).isEqualTo(40_000);
    }

    /** All delay in one direction is the worst case. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1000, 1_000_000, 300_000_000})
    void asymmetricDelaysAreWithinTheUncertainty(long delayNs) {
        trip(5_000_000, delayNs, 0);
        assertThat(clock.offsetNs() - 5_000_000).isEqualTo(delayNs / 2);
        assertThat(clock.uncertaintyNs()).isEqualTo(delayNs / 2);
        clock.reset();
        trip(5_000_000, 0, delayNs);
        assertThat(clock.offsetNs() - 5_000_000).isEqualTo(-delayNs / 2);
    }

    @Test
    void theQuickestRoundTripIsBelieved() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long trueOffsetNs = 1_234_567;
        for (int i = 0; i < 500; i++) {
            long queueNs = i % 20 == 0 ? 0 : random.nextInt(20_000_000);
            trip(trueOffsetNs, 30_000 + queueNs, 30_000 + random.nextInt(1000));
            assertThat(Math.abs(clock.offsetNs() - trueOffsetNs))
                    .as("round trip %d, seed %d", i, seed)
                    .isLessThanOrEqualTo(clock.uncertaintyNs());
        }
        assertThat(clock.uncertaintyNs()).isLessThan(400_000);
    }

    @Test
    void anOldRoundTripLosesItsWorth() {
        trip(0, 10_000, 10_000);
        for (int i = 0; i < 10; i++) {
            trip(0, 500_000, 500_000);
        }
        assertThat(clock.uncertaintyNs()).isCloseTo(10_000 + 10 * 15_000L, within(100L));
        for (int i = 0; i < 60; i++) {
            trip(0, 500_000, 500_000);
        }
        assertThat(clock.uncertaintyNs()).isLessThan(600_000);
    }

    @ParameterizedTest
    @ValueSource(longs = {-3_600_000_000_000L, -5_000_000, 5_000_000, 37_000_000_000L})
    void aStepOfTheOtherClockIsFollowedAtOnce(long stepNs) {
        for (int i = 0; i < 100; i++) {
            trip(1000, 20_000, 20_000);
        }
        trip(1000 + stepNs, 900_000, 900_000);
        assertThat(clock.offsetNs()).isEqualTo(1000 + stepNs);
        trip(1000 + stepNs, 20_000, 20_000);
        assertThat(clock.uncertaintyNs()).isEqualTo(20_000);
    }

    @ParameterizedTest
    @ValueSource(longs = {-3_600_000_000_000L, 3_600_000_000_000L})
    void aStepOfOurClockIsFollowedAtOnce(long stepNs) {
        for (int i = 0; i < 100; i++) {
            trip(0, 20_000, 20_000);
        }
        nowNs += stepNs;
        trip(-stepNs, 900_000, 900_000);
        assertThat(clock.offsetNs()).isEqualTo(-stepNs);
    }

    @Test
    void aRoundTripDuringAStepIsNotBelieved() {
        trip(0, 20_000, 20_000);
        clock.add(nowNs, nowNs + 20_000, nowNs + 30_000, nowNs - SECOND_NS); // own clock set back
        clock.add(nowNs, nowNs + 20_000, nowNs + SECOND_NS, nowNs + 60_000); // peer's set ahead
        assertThat(clock.offsetNs()).isZero();
        assertThat(clock.uncertaintyNs()).isEqualTo(20_000);
    }

    @Test
    void forgets() {
        trip(77, 1, 1);
        clock.reset();
        assertThat(clock.isKnown()).isFalse();
        trip(-5_000_000_000L, 30_000, 30_000);
        assertThat(clock.offsetNs()).isEqualTo(-5_000_000_000L);
    }
}
