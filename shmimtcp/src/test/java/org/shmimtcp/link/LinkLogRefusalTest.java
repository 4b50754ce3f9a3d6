package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.shmimtcp.testing.CapturedErr;

/** A refusal is logged once, even after the loss was logged. */
class LinkLogRefusalTest {
    @Test
    void aReasonToRefuseIsSaidOnce() {
        try (CapturedErr err = new CapturedErr()) {
            LinkLog link = new LinkLog("a to b:1");
            link.up("(native)");
            link.down("silent for 4 s");
            link.down("Network is unreachable");
            link.refused("refused: in use by c");
            link.refused("refused: in use by c");
            link.down("no answer");
            link.refused("refused: in use by d");
            link.up("(native)");
            link.refused("refused: in use by d");
            assertThat(err.lines().stream().map(line -> line.replaceAll("\\d\\.\\d s", "T")))
                    .containsExactly(
                            "INFO a to b:1: connected (native)",
                            "WARN a to b:1: connection lost (silent for 4 s); retrying",
                            "WARN a to b:1: still waiting (refused: in use by c)",
                            "WARN a to b:1: still waiting (refused: in use by d)",
                            "INFO a to b:1: connected (native), after T",
                            "WARN a to b:1: connection lost (refused: in use by d); retrying");
        }
    }
}
