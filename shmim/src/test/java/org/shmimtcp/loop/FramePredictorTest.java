package org.shmimtcp.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A loop whose timers wake it late, and a source with random delays. */
class FramePredictorTest {
    private static final long SEED = 7;
    private static final long WAKING_NS = 25_000;
    private static final double WAKING_SCATTER_NS = 10_000;
    private final RandomGenerator random = RandomGeneratorFactory.getDefault().create(SEED);
    private final FramePredictor predictor = new FramePredictor();
    private double dueNs = 1e9;
    private double lookingNs;

    /**
     * Simulates arrivals that are late by up to {@code latestNs}; returns the fraction of the last
     * half that arrived during polling.
     */
    private double caught(double periodNs, double latestNs, int frames) {
        int caught = 0;
        lookingNs = 0;
        for (int i = 0; i < frames; i++) {
            dueNs += periodNs;
            long arrivalNs = (long) (dueNs + random.nextDouble() * latestNs);
            boolean inside = waitFor(arrivalNs, i >= frames / 2);
            caught += i >= frames / 2 && inside ? 1 : 0;
        }
        lookingNs /= frames / 2.0;
        return caught / (frames / 2.0);
    }

    private boolean waitFor(long arrivalNs, boolean counts) {
        long wakingNs = (long) (WAKING_NS + random.nextDouble() * WAKING_SCATTER_NS);
        long timerNs = predictor.timerNs();
        if (timerNs >= arrivalNs) {
            predictor.arrived(arrivalNs + wakingNs, true);
            return false;
        }
        long awakeNs = timerNs + wakingNs;
        predictor.woke(timerNs, awakeNs);
        long untilNs = predictor.untilNs();
        lookingNs += counts ? Math.max(0, Math.min(arrivalNs, untilNs) - awakeNs) : 0;
        boolean caught = arrivalNs <= untilNs;
        predictor.arrived(caught ? Math.max(arrivalNs, awakeNs) : arrivalNs + wakingNs, !caught);
        return caught && awakeNs <= arrivalNs;
    }

    @ParameterizedTest
    @ValueSource(doubles = {276_000, 500_000, 1e6, 20e6})
    void looksOutForAPeriodicSourceAndNotForLong(double periodNs) {
        assertThat(caught(periodNs, 10_000, 20_000)).isGreaterThan(0.6);
        assertThat(lookingNs).isBetween(1_000.0, 20_000.0);
        assertThat(predictor.periodNs()).isBetween(0.99 * periodNs, 1.01 * periodNs);
    }

    @Test
    void aFrameThatNeverCameChangesNothing() {
        caught(500_000, 10_000, 5000);
        dueNs += 3 * 500_000;
        assertThat(caught(500_000, 10_000, 20)).isGreaterThan(0.5);
    }

    @Test
    void aNewRateIsLearnt() {
        caught(500_000, 10_000, 5000);
        assertThat(caught(1e6, 10_000, 5000)).isGreaterThan(0.6);
        assertThat(caught(300_000, 10_000, 5000)).isGreaterThan(0.6);
    }

    @Test
    void whatComesAtRandomIsNotForetold() {
        int foretold = 0;
        long nowNs = 0;
        for (int i = 0; i < 5000; i++) {
            nowNs += (long) (-500_000 * Math.log(1 - random.nextDouble()));
            predictor.arrived(nowNs, true);
            foretold += predictor.timerNs() < Long.MAX_VALUE ? 1 : 0;
        }
        assertThat(foretold).isLessThan(100);
    }

    @Test
    void neitherTooFastNorTooSlowSourcesAreLookedOutFor() {
        caught(50_000, 1000, 1000);
        assertThat(predictor.timerNs()).isEqualTo(Long.MAX_VALUE);
        caught(1e9, 1000, 100);
        assertThat(predictor.timerNs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void whereItWouldCostTooMuchItSleeps() {
        assertThat(caught(300_000, 120_000, 5000)).isLessThan(0.2);
        assertThat(lookingNs).isLessThan(20_000);
    }
}
