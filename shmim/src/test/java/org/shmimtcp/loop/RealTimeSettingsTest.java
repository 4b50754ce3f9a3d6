package org.shmimtcp.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RealTimeSettingsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''        | {}",
                "' '       | {}",
                "0         | {0}",
                "2,4-7     | {2, 4, 5, 6, 7}",
                "' 3 , 1 ' | {1, 3}",
                "2-2       | {2}",
                "1-3,2-4   | {1, 2, 3, 4}",
                "1023      | {1023}",
            })
    void readsAListAsTheKernelWritesIt(String list, String cpus) {
        assertThat(RealTimeSettings.parseCpus(list)).hasToString(cpus);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "1,",
                ",1",
                "1,,2",
                "4-2",
                "-1",
                "1-",
                "1-2-3",
                "1024",
                "0x3",
                "2 4",
                "9999999999"
            })
    void refusesAnythingElse(String list) {
        assertThatThrownBy(() -> RealTimeSettings.of(0, Map.of("SHMIMTCP_CPUSET", list)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("$SHMIMTCP_CPUSET is '" + list + "': expected a list such as 2,4-7");
    }

    @Test
    void cpusComeFromTheEnvironment() {
        assertThat(RealTimeSettings.of(5, Map.of("SHMIMTCP_CPUSET", "1")).cpus())
                .hasToString("{1}");
        assertThat(RealTimeSettings.of(5, Map.of()).cpus().isEmpty()).isTrue();
        assertThat(RealTimeSettings.of(5, Map.of()).priority()).isEqualTo(5);
    }
}
