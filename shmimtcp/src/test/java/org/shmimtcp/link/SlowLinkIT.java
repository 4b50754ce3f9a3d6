package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.NetLab;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.ShmDir;

/** A link slower than its source: the newest frame each time, and none of them old. */
@Alone
@ExtendWith(ChildProcesses.class)
class SlowLinkIT {
    private static final int QUEUE_MS = 1000;
    private static final double GROWTH = 1.3;

    private final Path sources;
    private final Path copies;

    SlowLinkIT(@ShmDir Path source, @ShmDir Path copy) {
        sources = source;
        copies = copy;
    }

    @ParameterizedTest
    @CsvSource({
        "OURS, 10, 3, 120, 120, 60, 42",
        "OURS, 100, 9, 50, 50, 5, 1150",
        "C, 10, 3, 120, 120, 60, 42",
        "C, 100, 9, 50, 50, 5, 1150"
    })
    void staysFresh(
            ProcessPair.Kind kind,
            int megabit,
            String type,
            String nx,
            String ny,
            double p99Ms,
            int fps) {
        try (NetLab lab = NetLab.open()) {
            ProcessPair pair = ProcessPair.of(kind, sources, copies, lab);
            assertThat(pair.receiver().isAlive()).isTrue();
            Peer.run(sources, "create", "x", type, nx, ny);
            ChildProcess transmitter = pair.transmitter();
            if (kind.isOurs()) {
                transmitter.awaitOutput("connected (native)", ProcessPair.START);
            }
            lab.limit(megabit, QUEUE_MS);
            ChildProcess writer = pair.writer(2000);
            Await.until(
                    ProcessPair.START,
                    "a copy",
                    () -> copies.resolve("x.im.shm").toFile().exists());
            // Only figures are taken of the C pair, whose rate on a slow link is far below ours.
            int frames = fps * Full.or(kind.isOurs() ? 30 : 5, 1);
            Map<String, String> first = read(frames, fps);
            Map<String, String> second = read(frames, 0);
            Figure.print(
                    "%s: 2 kHz over %d Mbit/s: age p50 %.1f ms, p99 %.1f ms at %s/s in the first"
                            + " half, %.1f and %.1f ms at %s/s in the second",
                    pair.label(),
                    megabit,
                    ms(first, "p50"),
                    ms(first, "p99"),
                    first.getOrDefault("fps", "?"),
                    ms(second, "p50"),
                    ms(second, "p99"),
                    second.getOrDefault("fps", "?"));
            assertThat(writer.isAlive()).isTrue();
            if (kind.isOurs()) {
                // On a busy machine: at least no queue's worth of old frames.
                double bound = Full.isOn() ? p99Ms : QUEUE_MS / 2.0;
                assertThat(ms(first, "p99")).isLessThan(bound);
                assertThat(ms(second, "p99")).isLessThan(bound);
                assertThat(ms(second, "p50"))
                        .isLessThan(Full.isOn() ? GROWTH * ms(first, "p50") : bound);
                assertThat(second).containsEntry("torn", "0").containsEntry("reordered", "0");
                assertThat(ms(second, "fps")).isGreaterThan(0.8e-3 * fps / Full.slack());
            }
        }
    }

    /** Ages from the write to a reader in C of the copy, without the first frames. */
    private Map<String, String> read(int frames, int without) {
        String count = Integer.toString(frames + without);
        ChildProcess reader =
                Peer.start(copies, "read", "x", count, "3", "5", Integer.toString(without));
        return Peer.fields(reader.awaitSuccess(Duration.ofMinutes(2)));
    }

    private static double ms(Map<String, String> fields, String name) {
        return Double.parseDouble(fields.getOrDefault(name, "NaN").replace("us", "")) / 1e3;
    }
}
