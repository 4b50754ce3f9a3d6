package org.shmimtcp.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers, times and tables for people. */
class FormattingTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0.0 µs",
        "0.0000004, 0.4 µs",
        "0.0004, 400 µs",
        "0.0012, 1.2 ms",
        "0.0999, 100 ms",
        "3, 3.0 s",
        "9.96, 10 s",
        "59, 59 s",
        "61, 1.0 min",
        "7200, 2.0 h",
        "86400, 1.0 d",
        "8640000, 100 d"
    })
    void durations(double seconds, String text) {
        assertThat(Humane.duration(seconds)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 Hz", "0.5, 0.5 Hz", "9.94, 9.9 Hz", "1998.4, 1998 Hz", "250000, 250000 Hz"})
    void rates(double hertz, String text) {
        assertThat(Humane.rate(hertz)).isEqualTo(text);
    }

    private static final Instant NOW_TAI = Instant.parse("2026-03-01T12:00:37Z");

    private static ImageTime time(Instant stamp) {
        // The second clock is read a little later than the first.
        return ImageTime.at(stamp, NOW_TAI, NOW_TAI.minusSeconds(37).plusMillis(20));
    }

    @Test
    void agesAreOfTheClockOfTheStamps() {
        assertThat(time(NOW_TAI.minusMillis(6500)).age()).isEqualTo("6.5 s");
        assertThat(time(Instant.EPOCH).age()).isEqualTo("never");
        assertThat(time(NOW_TAI.plusMillis(2)).age()).isEqualTo("0.0 µs");
        assertThat(time(NOW_TAI.plusSeconds(40)).age()).isEqualTo("in future");
    }

    @Test
    void timesOfDayAreUtcWhateverTheStampsAre() {
        assertThat(time(NOW_TAI.minusSeconds(10)).full())
                .isEqualTo("2026-03-01 11:59:50.000000 UTC (10 s ago)");
        assertThat(time(Instant.EPOCH).full()).isEqualTo("never");
        assertThat(time(Instant.ofEpochSecond(1L << 37)).full()).endsWith("(in future)");
    }

    @Test
    void tablesAreAligned() {
        Table table = new Table("NAME", ">SIZE", "WHO");
        table.row("a", "5", "x");
        table.row("long name", "12345", "-");
        table.row("bad", "a text that is as long as it likes");
        assertThat(table)
                .hasToString(
                        """
                        NAME        SIZE  WHO
                        a              5  x
                        long name  12345  -
                        bad        a text that is as long as it likes
                        """);
        assertThat(new Table()).hasToString("");
    }
}
