package org.shmimtcp.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LimitedLogTest {
    private static final long SECOND_NS = 1_000_000_000L;

    private final List<String> lines = new ArrayList<>();
    private long nowNs;
    private final LimitedLog log = new LimitedLog(lines::add, 2, () -> nowNs);

    @Test
    void aFloodBecomesALineASecondThatCountsTheOthers() {
        for (int i = 0; i < 1000; i++) {
            log.add("line " + i);
        }
        assertThat(lines).containsExactly("line 0", "line 1");
        nowNs += SECOND_NS;
        log.add("line 1000");
        assertThat(lines).last().isEqualTo("line 1000 (and 998 more)");
        log.add("line 1001");
        assertThat(lines).hasSize(3);
    }

    @Test
    void theLastLineOfAFloodIsSaidWhenItIsOver() {
        for (int i = 0; i < 5; i++) {
            log.add("line " + i);
        }
        log.flush();
        assertThat(lines).hasSize(2);
        nowNs += SECOND_NS;
        log.flush();
        assertThat(lines).last().isEqualTo("line 4 (and 2 more)");
        nowNs += SECOND_NS;
        log.flush();
        assertThat(lines).hasSize(3);
    }

    @Test
    void fewLinesAreAllSaid() {
        for (int i = 0; i < 5; i++) {
            log.add("line " + i);
            nowNs += 2 * SECOND_NS;
        }
        assertThat(lines).containsExactly("line 0", "line 1", "line 2", "line 3", "line 4");
    }
}
