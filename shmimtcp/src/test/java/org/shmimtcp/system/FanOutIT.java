package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.SiteHosts;

/** One stream and several receivers, which are processes; the hosts are addresses of this one. */
@ExtendWith(ChildProcesses.class)
class FanOutIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int HOSTS = 5;

    /** 512 kB: more than a connection takes whose receiver is stopped. */
    private static final int SIDE = 256;

    private final int port = Programs.freePort();
    private final Path dir;
    private final Path config;

    FanOutIT(@ShmDir Path dir) {
        this.dir = dir;
        this.config = dir.resolve("site.toml");
    }

    private void writeSite(String rest) throws IOException {
        Files.writeString(config, SiteHosts.onLoopback(HOSTS) + rest);
    }

    private ImageDirectory streams(int host) {
        try {
            return new ImageDirectory(Files.createDirectories(dir.resolve("h" + host)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Programs programs(int host) {
        return new Programs(
                streams(host).path(),
                Map.of("MAGAOX_ROLE", "H" + host, "SHMIMTCP_CONFIG", config.toString()));
    }

    private ChildProcess serve(int host) {
        return programs(host).start("shmim", "serve").awaitOutput("serving", DEADLINE);
    }

    private ChildProcess want(int host) {
        return programs(host).start("shmim", "want", "--foreground", "--keep", "cam");
    }

    private Image create() {
        return Image.create(streams(1), ImageSpec.of("cam", DataType.INT64, Shape.of(SIDE, SIDE)));
    }

    private Image awaitCopy(int host, long frame) {
        Await.until(
                DEADLINE,
                "frame " + frame + " on H" + host,
                () -> {
                    try (Image copy = Image.open(streams(host), "cam")) {
                        return NumberedFrames.numberIn(copy) == frame;
                    } catch (ImageException notYet) {
                        return false;
                    }
                });
        return Image.open(streams(host), "cam");
    }

    private static void publish(Image source, FrameWriter writer, long number, Image... copies) {
        NumberedFrames.publish(source, writer, number);
        for (Image copy : copies) {
            Await.until(DEADLINE, "frame " + number, () -> NumberedFrames.numberIn(copy) == number);
        }
    }

    private static long semaphoresOf(Image image, ChildProcess process) {
        return IntStream.range(0, image.spec().semaphores())
                .filter(i -> image.readerPid(i) == process.pid())
                .count();
    }

    @Test
    void stoppedAndKilledReceiversDisturbNoOther() throws IOException {
        writeSite("[offer]\nport = " + port + "\nstreams = [\"cam\"]\n");
        ChildProcess serving = serve(1);
        try (Image source = create()) {
            FrameWriter writer = source.newWriter();
            publish(source, writer, 1);
            ChildProcess first = want(2);
            ChildProcess stopped = want(3);
            ChildProcess killed = want(4);
            ChildProcess last = want(5);
            try (Image one = awaitCopy(2, 1);
                    Image three = awaitCopy(4, 1);
                    Image two = awaitCopy(3, 1);
                    Image four = awaitCopy(5, 1)) {
                for (long number = 2; number <= 50; number++) {
                    publish(source, writer, number, one, two, three, four);
                }
                assertThat(semaphoresOf(source, serving)).isEqualTo(1);
                stopped.signal("STOP");
                for (long number = 51; number <= 100; number++) {
                    publish(source, writer, number, one, three, four);
                }
                killed.kill9();
                for (long number = 101; number <= 200; number++) {
                    publish(source, writer, number, one, four);
                }
                assertThat(semaphoresOf(source, serving)).isEqualTo(1);
                stopped.signal("CONT");
                Await.until(
                        DEADLINE, "the newest frame", () -> NumberedFrames.numberIn(two) == 200);
            }
            for (ChildProcess want : List.of(first, last)) {
                want.terminate();
                want.awaitExit(DEADLINE);
                assertThat(Programs.sum(want)).containsEntry("skipped", "0");
            }
        }
    }

    @Test
    void aLinkGoesToSeveralMachines() throws IOException {
        String link =
                """
                [streams.cam]
                from = "H1"
                to = [%s]
                port = %d
                priority = 0
                """;
        writeSite(link.formatted("\"H2\", \"H3\"", port));
        ChildProcess sending = serve(1);
        serve(2);
        ChildProcess third = serve(3);
        try (Image source = create()) {
            FrameWriter writer = source.newWriter();
            publish(source, writer, 1);
            try (Image one = awaitCopy(2, 1);
                    Image two = awaitCopy(3, 1)) {
                for (long number = 2; number <= 50; number++) {
                    publish(source, writer, number, one, two);
                }
                assertThat(semaphoresOf(source, sending)).isEqualTo(1);
                for (int host = 2; host <= 3; host++) {
                    programs(1)
                            .awaitStatus(
                                    DEADLINE,
                                    "cam",
                                    "tx   127.0.0." + host + ":" + port + "  connected");
                }
                third.kill9();
                for (long number = 51; number <= 100; number++) {
                    publish(source, writer, number, one);
                }
                serve(3);
                Await.until(
                        DEADLINE, "the newest frame", () -> NumberedFrames.numberIn(two) == 100);
                writeSite(link.formatted("\"H2\", \"H3\", \"H4\"", port));
                sending.awaitOutput("serving 3 links: 1 started, 0 ended", DEADLINE);
                serve(4);
                try (Image three = awaitCopy(4, 100)) {
                    for (long number = 101; number <= 120; number++) {
                        publish(source, writer, number, one, two, three);
                    }
                }
                assertThat(semaphoresOf(source, sending)).isEqualTo(1);
            }
        }
        ChildProcess bridge = programs(1).start("shmim", "bridge", "plan");
        assertThat(bridge.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(bridge.errors()).contains("cam goes to several machines, which only 'shmim");
    }
}
