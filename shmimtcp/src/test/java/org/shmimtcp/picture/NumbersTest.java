package org.shmimtcp.picture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumbersTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "65535, 65535",
        "-7, -7",
        "0.41234567, 0.41235",
        "-123.456789, -123.46",
        "9999999, 9999999",
        "10000000, 1.000e+07",
        "0.00012341, 1.234e-04",
        "NaN, nan",
        "Infinity, inf",
        "-Infinity, -inf"
    })
    void numbers(double value, String text) {
        assertThat(Numbers.text(value)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "310000, 0.31 ms",
        "12000000000, 12.0 s",
        "302000000000, 5 min 2 s",
        "7000000000000, 1 h 56 min"
    })
    void durations(long ns, String text) {
        assertThat(Numbers.duration(ns)).isEqualTo(text);
    }
}
