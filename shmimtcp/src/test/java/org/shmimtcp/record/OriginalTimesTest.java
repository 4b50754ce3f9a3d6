package org.shmimtcp.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.testing.CapturedErr;

class OriginalTimesTest {
    private static final long S = 1_000_000_000L;
    private static final long T = 1_790_000_000L * S;

    /** The times at which frames written at the given times are due, from 0. */
    private static List<Long> due(int passes, long... writtenNs) {
        var times = new OriginalTimes(Path.of("x.fits"), writtenNs.length, 0);
        return LongStream.range(0, (long) passes * writtenNs.length)
                .map(i -> times.nextNs(i, writtenNs[(int) (i % writtenNs.length)]))
                .boxed()
                .toList();
    }

    @Test
    void asTheyCameAndAgain() {
        assertThat(due(2, T, T + 2, T + 8)).containsExactly(0L, 2L, 8L, 12L, 14L, 20L);
        assertThat(due(2, T)).containsExactly(0L, 10_000_000L);
    }

    @Test
    void aTimeThatIsNotKnownTakesNone() {
        assertThat(due(1, T, 0, T + 2, 0, 0, T + 3)).containsExactly(0L, 0L, 2L, 2L, 2L, 3L);
        assertThat(due(1, 0, T, T + 2)).containsExactly(0L, 0L, 2L);
        assertThat(due(1, 0, 0)).containsExactly(0L, 0L);
    }

    /** An hour, a day, 56 years, and more than fits into 64 bits. */
    @ParameterizedTest
    @CsvSource({"3600, 60 min", "86400, 24 h", "1767225600, 56 years", "9223372036, 292 years"})
    void aStepForwardIsShortenedAndLogged(long seconds, String said) {
        try (CapturedErr err = new CapturedErr()) {
            long start = seconds > 9e9 ? 1 : S;
            long after = start + seconds * S;
            assertThat(due(1, start, start + 2, after + 2, after + 5))
                    .containsExactly(0L, 2L, 2 + 5 * S, 5 + 5 * S);
            assertThat(String.join("\n", err.warnings()))
                    .contains("x.fits: " + said + " passed before frame 3")
                    .contains("shortened to 5 s");
        }
    }

    /** The frames after the step keep their intervals. */
    @Test
    void aStepBackwardTakesNoTimeAndIsLogged() {
        try (CapturedErr err = new CapturedErr()) {
            long back = T - 3600 * S;
            assertThat(due(1, T, T + 2, back, back + 4)).containsExactly(0L, 2L, 2L, 6L);
            assertThat(String.join("\n", err.warnings()))
                    .contains("frame 3 was written 60 min before the one before it");
        }
    }

    @Test
    void nonsenseIsNotLoggedForEver() {
        try (CapturedErr err = new CapturedErr()) {
            long[] all = LongStream.range(0, 1000).map(i -> T + i % 2 * 3600 * S).toArray();
            due(1, all);
            assertThat(err.warnings()).hasSizeLessThan(20);
        }
    }
}
