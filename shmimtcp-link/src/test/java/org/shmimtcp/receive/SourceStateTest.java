package org.shmimtcp.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class SourceStateTest {
    private static final IncomingStream.Identity ONE =
            new IncomingStream.Identity(11, Instant.ofEpochSecond(1));
    private static final IncomingStream.Identity OTHER =
            new IncomingStream.Identity(11, Instant.ofEpochSecond(2));
    private final SourceState state = new SourceState();

    @Test
    void countsGapsFromTheHeadOn() {
        state.begin(ONE, 100);
        assertThat(state.advance(100)).isZero();
        assertThat(state.advance(101)).isZero();
        assertThat(state.advance(105)).isEqualTo(3);
        assertThat(state.advance(105)).isZero();
    }

    @Test
    void countsFramesBetweenTheHeadAndTheFirst() {
        state.begin(ONE, 100);
        assertThat(state.advance(104)).isEqualTo(3);
    }

    @Test
    void countsWhatCameWhileTheLinkWasDown() {
        state.begin(ONE, 0);
        state.advance(1);
        state.begin(ONE, 50);
        assertThat(state.isLast(1)).isTrue();
        assertThat(state.advance(51)).isEqualTo(49);
    }

    @Test
    void whatCameWhileNobodyWantedItIsNotMissed() {
        state.begin(ONE, 0);
        state.advance(1);
        state.rest();
        state.begin(ONE, 50);
        assertThat(state.isLast(1)).as("the copy still holds it").isTrue();
        assertThat(state.advance(51)).isZero();
        state.begin(ONE, 60);
        assertThat(state.advance(61)).isEqualTo(9);
    }

    @Test
    void anotherImageStartsAnew() {
        state.begin(ONE, 0);
        state.advance(7);
        state.begin(OTHER, 7);
        assertThat(state.isLast(7)).isFalse();
        assertThat(state.advance(8)).isZero();
    }

    @Test
    void whatTheCopyNoLongerHoldsIsPublishedAgainWithoutBeingCounted() {
        state.begin(ONE, 0);
        state.advance(7);
        state.forget();
        assertThat(state.isLast(7)).isFalse();
        assertThat(state.advance(7)).isZero();
        assertThat(state.advance(9)).isEqualTo(1);
    }

    @Test
    void aCounterThatGoesBackIsNoLoss() {
        state.begin(ONE, 0);
        state.advance(1000);
        assertThat(state.advance(1)).isZero();
        assertThat(state.advance(3)).isEqualTo(1);
    }

    /** A wrong number would stay in the total of skipped frames for the life of the process. */
    @Test
    void aCounterFromTheNetworkMayBeAnyNumber() {
        for (long cnt0 : new long[] {Long.MAX_VALUE, Long.MIN_VALUE}) {
            state.begin(new IncomingStream.Identity(cnt0, Instant.EPOCH), 5);
            assertThat(state.advance(cnt0)).isZero();
            assertThat(state.advance(6)).isZero();
            assertThat(state.advance(8)).isEqualTo(1);
            state.begin(new IncomingStream.Identity(cnt0, Instant.MAX), cnt0);
            assertThat(state.advance(5)).isZero();
        }
    }
}
