package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameCountTest {
    @ParameterizedTest
    @CsvSource({
        "7, 7, 0, 0",
        "7, 8, 1, 0",
        "7, 12, 5, 4",
        "12, 7, 0, 0",
        "-3, 2, 5, 4",
        "0, 9223372036854775807, 0, 0",
        "0, -9223372036854775808, 0, 0",
        "-9223372036854775808, 9223372036854775807, 0, 0",
        "9223372036854775807, -9223372036854775808, 0, 0",
        "-9223372036854775808, 1, 0, 0",
        "0, 1099511627776, 1099511627776, 1099511627775",
        "0, 1099511627777, 0, 0"
    })
    void onlyWhatCanBeANumberOfFramesIsOne(long before, long after, long gained, long between) {
        assertThat(FrameCount.gained(before, after)).isEqualTo(gained);
        assertThat(FrameCount.between(before, after)).isEqualTo(between);
    }
}
