package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.shmimtcp.testing.CapturedErr;

class LinkLogTest {
    private final LinkLog link = new LinkLog("a to b:1");

    @Test
    void saysOnceThatItWaitsAndOnceThatItIsThere() {
        try (CapturedErr err = new CapturedErr()) {
            link.down("no answer at all");
            link.down("no answer at all");
            link.down("no answer");
            link.up("(milk1)");
            link.up("(milk1)");
            List<String> lines = err.lines();
            assertThat(lines).hasSize(2);
            assertThat(lines.get(0))
                    .isEqualTo(
                            "WARN a to b:1: waiting (no answer at all); retrying until it answers");
            assertThat(lines.get(1))
                    .matches("INFO a to b:1: connected \\(milk1\\), after \\d+\\.\\d s");
        }
    }

    @Test
    void saysEachLossAndEachReturnOnce() {
        try (CapturedErr err = new CapturedErr()) {
            link.up("(milk1)");
            for (int round = 0; round < 2; round++) {
                link.down("Broken pipe");
                link.down("no answer at all");
                link.up("(milk1)");
            }
            assertThat(err.lines()).hasSize(5);
            assertThat(err.lines().get(0)).isEqualTo("INFO a to b:1: connected (milk1)");
            assertThat(err.lines().get(1))
                    .isEqualTo("WARN a to b:1: connection lost (Broken pipe); retrying");
            assertThat(err.lines().get(3)).isEqualTo(err.lines().get(1));
        }
    }
}
