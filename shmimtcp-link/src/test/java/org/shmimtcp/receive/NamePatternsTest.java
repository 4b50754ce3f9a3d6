package org.shmimtcp.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamePatternsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "acc000|acc000|true",
                "acc000|acc0001|false",
                "acc*|acc|true",
                "acc*|xacc|false",
                "dm0?disp*|dm01disp03|true",
                "dm0?disp*|dm0disp03|false",
                "dm[0-3]|dm2|true",
                "dm[0-3]|dm4|false",
                "{acc,dm}*|dm2|true",
                "{acc,dm}*|wfs|false",
                "*|übung|true"
            })
    void matchAsInAShell(String pattern, String name, boolean matches) {
        assertThat(NamePatterns.of(List.of(pattern)).matches(name)).isEqualTo(matches);
    }

    @Test
    void oneOfSeveralIsEnoughAndNoneMeansAll() {
        assertThat(NamePatterns.of(List.of("a", "b*")).matches("bb")).isTrue();
        assertThat(NamePatterns.of(List.of("a", "b*")).matches("c")).isFalse();
        assertThat(NamePatterns.of(List.of()).matches("c")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "/dev/shm/*", "[", "{a", "a\\"})
    void whatIsNoPatternIsRefused(String pattern) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NamePatterns.of(List.of("ok", pattern)))
                .withMessageContaining("'" + pattern + "'");
    }

    @Test
    void anExactPairHasNoPatterns() {
        NamePatterns pair = NamePatterns.exactly("cam[0]", "cam*");
        assertThat(pair.matches("cam[0]")).isTrue();
        assertThat(pair.matches("cam0")).isFalse();
        assertThat(pair.matches("cam*")).isFalse();
        assertThat(pair.matchesCopy("cam*")).isTrue();
        assertThat(pair.matchesCopy("cam1")).isFalse();
    }
}
