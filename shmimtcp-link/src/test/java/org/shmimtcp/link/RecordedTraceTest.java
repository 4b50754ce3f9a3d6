package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.shmimtcp.link.LatencyTrace.Stage;
import org.shmimtcp.posix.Clock;

class RecordedTraceTest {
    private static String written(RecordedTrace times) {
        var out = new StringWriter();
        times.write(out);
        return out.toString();
    }

    @Test
    void eachFrameHasALineWithWhatIsKnownOfIt() {
        var times = new RecordedTrace(10);
        times.doneAt(Stage.WRITTEN, 1_000_000);
        times.doneAt(Stage.COPIED, 1_001_500);
        times.through(7, 0);
        times.doneAt(Stage.WRITTEN, 0);
        times.doneAt(Stage.COPIED, 2_000_000);
        times.through(9, -300);
        assertThat(written(times))
                .isEqualTo(
                        """
                        cnt0,written_ns,woken_ns,copied_ns,sent_ns,received_ns,checked_ns,published_ns,clock_offset_ns
                        7,1000000,,1001500,,,,,0
                        9,,,2000000,,,,,-300
                        """);
    }

    @Test
    void theNewestFramesStay() {
        var times = new RecordedTrace(3);
        for (int i = 1; i <= 8; i++) {
            times.through(i, 0);
        }
        assertThat(written(times).lines().skip(1).map(l -> l.substring(0, l.indexOf(','))))
                .containsExactly("6", "7", "8");
    }

    @Test
    void ownStampsAreOnTheClockOfImages() {
        var times = new RecordedTrace(1);
        long before = new Clock.Wall().read().ns();
        times.done(Stage.WOKEN);
        long after = new Clock.Wall().read().ns();
        times.through(1, 0);
        String[] columns = written(times).lines().toList().get(1).split(",", -1);
        assertThat(Long.parseLong(columns[2])).isBetween(before - 100_000, after + 100_000);
    }

    @Test
    void stepsAreSummedUpAcrossMachinesByTheOffsetOfTheirClocks() {
        var times = new RecordedTrace(1000);
        for (int i = 1; i <= 1000; i++) {
            times.doneAt(Stage.COPIED, 5_000_000_000L + i); // this clock is 5 s ahead
            times.doneAt(Stage.RECEIVED, 40_000 + i);
            times.doneAt(Stage.PUBLISHED, 40_000 + i + 100L * i);
            times.through(i, 5_000_000_000L - 20_000);
        }
        assertThat(times.describe())
                .isEqualTo("1000 frames: received 20.0/20.0/20.0 published 50.1/99.1/100.0");
    }

    @Test
    void withoutAFrameThereIsNothingToSumUp() {
        assertThat(new RecordedTrace(3).describe()).isEqualTo("0 frames: ");
    }
}
