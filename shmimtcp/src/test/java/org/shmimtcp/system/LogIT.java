package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import tools.jackson.jr.ob.JSON;

/** The programs' log lines, for programs and for systemd's journal. */
@ExtendWith(ChildProcesses.class)
class LogIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final ImageSpec SPEC = ImageSpec.of("s", DataType.FLOAT, Shape.of(5, 5));

    /** What systemd does for a service: the variable names the file that standard error is. */
    private static final List<String> AS_A_SERVICE =
            List.of(
                    "sh",
                    "-c",
                    "JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec \"$@\"",
                    "sh");

    private final int port = Programs.freePort();
    private final Path dir;

    LogIT(@ShmDir Path dir) {
        this.dir = dir;
    }

    private static List<Map<String, Object>> objects(ChildProcess program) {
        return program.errors().lines().map(JSON.std::mapFrom).toList();
    }

    @Test
    void everyLineIsAnObject() {
        try (Image source = Image.create(new ImageDirectory(dir), SPEC)) {
            Programs json = new Programs(dir, Map.of("SHMIMTCP_LOG_FORMAT", "json"));
            ChildProcess tx = json.transmit(source.name(), port);
            tx.awaitOutput("waiting", DEADLINE);
            ChildProcess rx =
                    new Programs(dir).receive(port, "--log-format", "json", "--name", "copy");
            tx.awaitOutput("connected", DEADLINE);
            rx.terminate();
            rx.awaitExit(DEADLINE);
            tx.awaitOutput("lost", DEADLINE);
            tx.terminate();
            tx.awaitExit(DEADLINE);

            assertThat(objects(tx))
                    .allSatisfy(o -> assertThat(o).containsKeys("time", "level", "event"));
            String link = "s to 127.0.0.1:" + port;
            assertThat(objects(tx))
                    .anySatisfy(o ->
                            assertThat(o)
                                    .containsEntry("level", "WARN")
                                    .containsEntry("stream", "s")
                                    .containsEntry("link", link)
                                    .containsEntry(
                                            "reason",
                                            "connection refused: no program listens" + " there"))
                    .anySatisfy(o ->
                            assertThat(o)
                                    .containsEntry("level", "INFO")
                                    .containsEntry("link", link)
                                    .containsKey("outage_s"));
            assertThat(objects(tx).getLast())
                    .containsEntry("stream", "s")
                    .containsEntry("state", "stopped")
                    .containsKeys("frames", "skipped", "in_per_s");
            assertThat(objects(rx))
                    .anySatisfy(o ->
                            assertThat(o)
                                    .containsEntry("port", "" + port)
                                    .containsEntry("stream", "copy"));
        }
    }

    @Test
    void inTheJournalALineHasItsPriorityAndNoTime() {
        ChildProcess rx =
                new Programs(dir)
                        .behind(AS_A_SERVICE)
                        .receive(port, "-p", "0", "--bind", "127.0.0.1");
        rx.terminate();
        rx.awaitExit(DEADLINE);
        assertThat(rx.errors().lines())
                .isNotEmpty()
                .allMatch(line -> line.matches("<6>(listening on|end: ).*"), rx.report());
    }

    @Test
    void aServiceWhoseErrorsGoElsewhereWritesAsEver() {
        ChildProcess rx =
                new Programs(dir, Map.of("JOURNAL_STREAM", "1:2")).receive(port, "-p", "0");
        assertThat(rx.errors()).matches("(?s)\\d\\d:\\d\\d:\\d\\d\\.\\d{3} INFO listening on .*");
    }

    @Test
    void anotherFormatIsASlip() {
        ChildProcess option =
                new Programs(dir).start("shmimTCPreceive", "--log-format", "xml", "" + port);
        assertThat(option.awaitExit(DEADLINE)).isEqualTo(2);
        assertThat(option.errors()).contains("--log-format").contains("xml");
        ChildProcess variable =
                new Programs(dir, Map.of("SHMIMTCP_LOG_FORMAT", "xml"))
                        .start("shmimTCPreceive", "" + port);
        assertThat(variable.awaitExit(DEADLINE)).isEqualTo(2);
        assertThat(variable.errors()).contains("--log-format").contains("xml");
    }
}
