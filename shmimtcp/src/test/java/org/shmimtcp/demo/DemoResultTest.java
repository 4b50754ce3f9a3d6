package org.shmimtcp.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DemoResultTest {
    @Test
    void booksThatBalance() {
        assertThat(new DemoResult(100, 97, 3, 90, 7, 0, true).complaints()).isEmpty();
    }

    @Test
    void eachThingThatCanBeWrongIsSaid() {
        assertThat(new DemoResult(0, 0, 0, 0, 0, 0, true).complaints()).hasSize(1);
        assertThat(new DemoResult(100, 97, 3, 90, 7, 1, true).complaints())
                .containsExactly("1 frames were torn, reordered or repeated");
        assertThat(new DemoResult(100, 97, 2, 90, 7, 0, true).complaints())
                .singleElement()
                .asString()
                .contains("97 were published", "2 counted as skipped");
        assertThat(new DemoResult(100, 97, 3, 90, 6, 0, true).complaints())
                .singleElement()
                .asString()
                .contains("90 were seen", "6 missed");
        assertThat(new DemoResult(100, 97, 3, 90, 7, 0, false).complaints())
                .containsExactly("at the end the copy differs from the source");
    }
}
