package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/** What the option {@code --steps} writes down. */
@Alone
@ExtendWith(ChildProcesses.class)
class LatencyTraceIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int FRAMES = 100;

    private final Path sources;
    private final Path copies;

    LatencyTraceIT(@ShmDir Path sources, @ShmDir Path copies) {
        this.sources = sources;
        this.copies = copies;
    }

    @Test
    void theStepsOfEachFrameFollowOneAnother() throws IOException {
        Path sent = sources.resolve("sent.csv");
        Path received = copies.resolve("received.csv");
        int port = Programs.freePort();
        var spec = ImageSpec.of("x", DataType.FLOAT, Shape.of(20, 20));
        try (Image source = Image.create(new ImageDirectory(sources), spec);
                ChildProcess receiver =
                        new Programs(copies)
                                .receive(port, "-p", "0", "--steps", received.toString());
                ChildProcess transmitter =
                        new Programs(sources)
                                .transmit("x", port, "-p", "0", "--steps", sent.toString())
                                .awaitOutput("connected", DEADLINE)) {
            var directory = new ImageDirectory(copies);
            Await.until(DEADLINE, "the copy", () -> directory.has("x"));
            try (Image copy = Image.open(directory, "x")) {
                FrameWriter writer = source.newWriter();
                MemorySegment frame = MemorySegment.ofArray(new float[400]);
                for (int i = 1; i <= FRAMES; i++) { // each on its own: none is skipped
                    long before = copy.cnt0();
                    writer.publish(0, frame);
                    Await.until(DEADLINE, "frame " + i, () -> copy.cnt0() > before);
                }
            }
            for (ChildProcess end : new ChildProcess[] {transmitter, receiver}) {
                end.terminate();
                end.awaitExit(DEADLINE);
                assertThat(end.errors()).contains("steps, us p50/p99/max, of ");
            }
        }
        Map<String, long[]> there = rows(sent);
        Map<String, long[]> here = rows(received);
        for (int cnt0 = 1; cnt0 <= FRAMES; cnt0++) {
            long[] tx = row(there, cnt0);
            long[] rx = row(here, cnt0);
            long[] way = {tx[1], tx[2], tx[3], rx[5], rx[6], rx[7]};
            long[] sorted = way.clone();
            Arrays.sort(sorted);
            assertThat(way).as("cnt0 %d", cnt0).containsExactly(sorted);
            assertThat(rx[1]).as("written, as the frame says").isEqualTo(tx[1]);
            assertThat(tx[4]).as("sent").isGreaterThan(tx[3]);
            assertThat(rx[7] - tx[1]).as("age").isLessThan(DEADLINE.toNanos());
        }
    }

    @Test
    void aFileThatCannotBeWrittenIsToldAtOnce() {
        ChildProcess receiver =
                new Programs(copies)
                        .start(
                                "shmimTCPreceive",
                                "--steps",
                                "/nowhere/steps.csv",
                                Integer.toString(Programs.freePort()));
        assertThat(receiver.awaitExit(DEADLINE)).isNotZero();
        assertThat(receiver.errors()).contains("--steps /nowhere/steps.csv");
    }

    private static long[] row(Map<String, long[]> rows, int cnt0) {
        long[] row = rows.get(Integer.toString(cnt0));
        if (row == null) {
            throw new AssertionError("frame " + cnt0 + " is not among " + rows.keySet());
        }
        return row;
    }

    /** By cnt0; what is not known is 0. */
    private static Map<String, long[]> rows(Path file) throws IOException {
        Map<String, long[]> rows = new HashMap<>();
        for (String line : Files.readAllLines(file).stream().skip(1).toList()) {
            String[] columns = line.split(",", -1);
            rows.put(
                    columns[0],
                    Arrays.stream(columns)
                            .mapToLong(c -> c.isEmpty() ? 0 : Long.parseLong(c))
                            .toArray());
        }
        return rows;
    }
}
