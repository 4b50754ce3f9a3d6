package org.shmimtcp.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnLossTest {
    @Test
    void holdIsForEver() {
        assertThat(OnLoss.parse("hold").isHold()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "zero,0",
        "zero:0,0",
        "zero:2,2000000000",
        "zero:0.25,250000000",
        "zero:1e3,1000000000000"
    })
    void zeroAfterSomeTime(String text, long ns) {
        assertThat(OnLoss.parse(text)).isEqualTo(new OnLoss(ns));
        assertThat(OnLoss.parse(text).isHold()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Hold",
                "zero:",
                "zero:x",
                "zero:-1",
                "zero:NaN",
                "zero:1e9",
                "zero5",
                "hold:1"
            })
    void refusesTheRest(String text) {
        assertThatThrownBy(() -> OnLoss.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "': must be hold, zero or zero:SECONDS");
    }
}
