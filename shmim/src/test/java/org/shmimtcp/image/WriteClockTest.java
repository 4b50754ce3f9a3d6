package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WriteClockTest {
    private static final long S = 1_000_000_000L;
    private static final long TAI = 37 * S;
    private static final long T = 1_795_000_000 * S;
    private static final long MS = 1_000_000;

    private final WriteClock clock = new WriteClock(TAI);

    @Test
    void anImageStreamIoWriterIsBelieved() {
        assertThat(clock.writtenNs(1, T, T + MS)).isEqualTo(T);
        assertThat(clock.writtenNs(2, T + S, T + S + MS)).isEqualTo(T + S);
        assertThat(clock.writtenNs(9, T + 90 * S, T + 91 * S)).isEqualTo(T + 90 * S);
    }

    /** Otherwise the age of the last C write would grow with each frame. */
    @Test
    void aWriterThatNeverStampsHasNoTimes() {
        long ofC = T - 7 * S;
        assertThat(clock.writtenNs(1, ofC, T)).as("not known to be recent").isZero();
        for (int n = 2; n < 5; n++) {
            assertThat(clock.writtenNs(n, ofC, T + n * MS)).isZero();
        }
        assertThat(clock.writtenNs(5, T + S, T + S + MS)).as("C again").isEqualTo(T + S);
    }

    @Test
    void anImageThatWasNeverStampedHasNoTimes() {
        assertThat(clock.writtenNs(1, 0, T)).isZero();
        assertThat(clock.writtenNs(2, -5, T)).isZero();
    }

    @Test
    void utcStampsAreMadeTai() {
        assertThat(clock.writtenNs(1, T - TAI, T + MS)).as("first: not sure yet").isZero();
        assertThat(clock.writtenNs(2, T + S - TAI, T + S + MS)).isEqualTo(T + S);
        assertThat(clock.writtenNs(3, T + 2 * S - TAI, T + 2 * S)).isEqualTo(T + 2 * S);
        assertThat(clock.ofKnownClock(T + S - TAI, T + 3 * S)).isEqualTo(T + S);
    }

    /** The source's period is longer than the offset, so its idle time distinguishes the clocks. */
    @Test
    void aSlowSourceWithUtcStampsIsNot37SecondsOld() {
        clock.writtenNs(1, T - TAI, T);
        clock.nothingNew(T + 59 * S);
        assertThat(clock.writtenNs(2, T + 60 * S - TAI, T + 60 * S + MS)).isEqualTo(T + 60 * S);
    }

    @Test
    void aStampOfAnyOtherClockTellsNothing() {
        for (long off : new long[] {-3600 * S, -5 * S, 5 * S, TAI, 3600 * S, Long.MAX_VALUE / 2}) {
            WriteClock other = new WriteClock(TAI);
            other.writtenNs(1, T, T);
            assertThat(other.writtenNs(2, T + S + off, T + S + MS)).as("off by %d", off).isZero();
        }
    }

    @Test
    void aFrameThatIsSentOnceMoreKeepsItsTime() {
        clock.writtenNs(1, T, T + MS);
        clock.writtenNs(2, T + S, T + S + MS);
        assertThat(clock.writtenNs(2, T + S, T + 30 * S)).isEqualTo(T + S);
    }

    @Test
    void withoutATaiOffsetThereIsOneClock() {
        WriteClock utc = new WriteClock(0);
        utc.writtenNs(1, T, T);
        assertThat(utc.writtenNs(2, T + S, T + S)).isEqualTo(T + S);
        assertThat(utc.writtenNs(3, T + 2 * S - TAI, T + 2 * S)).isZero();
    }
}
