package org.shmimtcp.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnticipationTest {
    private static final long SEED = 7;
    private final RandomGenerator random = RandomGeneratorFactory.getDefault().create(SEED);
    private final Anticipation anticipation = new Anticipation();
    private double dueNs = 1e9;

    /** Arrivals, late by up to so much; returns the part of the last half inside the window. */
    private double caught(double periodNs, double latestNs, int frames) {
        int caught = 0;
        for (int i = 0; i < frames; i++) {
            dueNs += periodNs;
            long nowNs = (long) (dueNs + random.nextDouble() * latestNs);
            boolean inside = nowNs >= anticipation.fromNs() && nowNs <= anticipation.untilNs();
            caught += i >= frames / 2 && inside ? 1 : 0;
            anticipation.arrived(nowNs);
        }
        return caught / (frames / 2.0);
    }

    private double windowNs() {
        return (double) anticipation.untilNs() - anticipation.fromNs();
    }

    @ParameterizedTest
    @ValueSource(doubles = {276_000, 500_000, 1e6, 20e6})
    void foretellsAPeriodicSource(double periodNs) {
        assertThat(caught(periodNs, 20_000, 4000)).isGreaterThan(0.7);
        assertThat(windowNs()).isBetween(10_000.0, 60_000.0);
        assertThat(anticipation.periodNs()).isBetween(0.99 * periodNs, 1.01 * periodNs);
    }

    @Test
    void aFrameThatNeverCameChangesNothing() {
        caught(500_000, 10_000, 1000);
        dueNs += 3 * 500_000;
        assertThat(caught(500_000, 10_000, 10)).isGreaterThan(0.7);
    }

    @Test
    void aNewRateIsLearnt() {
        caught(500_000, 10_000, 1000);
        assertThat(caught(1e6, 10_000, 1000)).isGreaterThan(0.7);
        assertThat(caught(300_000, 10_000, 1000)).isGreaterThan(0.7);
    }

    @Test
    void whatComesAtRandomIsNotForetold() {
        int foretold = 0;
        long nowNs = 0;
        for (int i = 0; i < 5000; i++) {
            nowNs += (long) (-500_000 * Math.log(1 - random.nextDouble()));
            anticipation.arrived(nowNs);
            foretold += anticipation.fromNs() < Long.MAX_VALUE ? 1 : 0;
        }
        assertThat(foretold).isLessThan(100);
    }

    @Test
    void neitherTooFastNorTooSlowSourcesAreWaitedFor() {
        caught(50_000, 1000, 1000);
        assertThat(anticipation.fromNs()).isEqualTo(Long.MAX_VALUE);
        caught(1e9, 1000, 100);
        assertThat(anticipation.fromNs()).isEqualTo(Long.MAX_VALUE);
    }
}
