package org.shmimtcp.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LatencyBreakdownTest {
    private static final long OFFSET_NS = 1_000_000_000_000L;
    private static final double EXACT = 1e-6;

    /** Steps of 1 to 7 us, but for every 100th frame, which the receiver gets 1 ms later. */
    @Test
    void stepsAddUpToTheLatency(@TempDir Path dir) throws IOException {
        List<String> sent = new ArrayList<>(List.of("cnt0,..."));
        List<String> received = new ArrayList<>(List.of("cnt0,..."));
        List<Sighting> sightings = new ArrayList<>();
        for (int i = 1; i <= 1000; i++) {
            long due = 1_000_000L * i;
            long at = OFFSET_NS + due;
            long late = i % 100 == 0 ? 1_000_000 : 0;
            sent.add(
                    "%d,%d,%d,%d,%d,,,,0".formatted(i, at + 1000, at + 3000, at + 6000, at + 8000));
            received.add(
                    "%d,%d,,%d,,%d,%d,%d,77"
                            .formatted(
                                    i,
                                    at + 1000,
                                    at + 6001,
                                    at + late + 10_000,
                                    at + late + 15_000,
                                    at + late + 21_000));
            sightings.add(new Sighting(i, due, due + late + 28_000));
        }
        received.remove(500); // one that was never received is left out
        sent.set(601, "601,,1,2,3,,,,0"); // as is one whose write time is not known
        Path there = Files.write(dir.resolve("sent"), sent);
        Path here = Files.write(dir.resolve("received"), received);
        LatencyBreakdown breakdown =
                LatencyBreakdown.of("load", "ours", sightings, OFFSET_NS, there, here);
        assertThat(breakdown.frames()).isEqualTo(998);
        assertThat(breakdown.steps())
                .extracting(LatencyBreakdown.Step::p50)
                .containsExactly(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0);
        assertThat(breakdown.handedOver().p50()).isEqualTo(2.0);
        assertThat(breakdown.all().p50()).isEqualTo(28.0);
        assertThat(breakdown.all().max()).isEqualTo(1028.0);
        assertThat(breakdown.steps().stream().mapToDouble(LatencyBreakdown.Step::mean).sum())
                .isCloseTo(breakdown.all().mean(), within(EXACT));
        assertThat(breakdown.steps().get(3).slowestMean()).isCloseTo(1004, within(EXACT));
        assertThat(breakdown.all().slowestMean()).isCloseTo(1028, within(EXACT));
    }
}
