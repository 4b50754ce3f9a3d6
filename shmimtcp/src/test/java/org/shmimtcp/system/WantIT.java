package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
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
import org.shmimtcp.testing.DistinctFrames;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.SiteHosts;
import org.shmimtcp.tmux.Tmux;

/** Streams that one host wants from another by their names; the hosts are addresses of this one. */
@ExtendWith(ChildProcesses.class)
class WantIT {
    private static final Pattern LINKUP = Pattern.compile("LINKUP\\s+(\\d)");
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final int port = Programs.freePort();
    private final Path dir;
    private final Path config;
    private final Map<String, String> tmux = new HashMap<>();

    WantIT(@ShmDir Path dir, @TempDir Path temporary) throws IOException {
        this.dir = dir;
        this.config = dir.resolve("site.toml");
        tmux.put("TMUX_TMPDIR", temporary.toString());
        tmux.put("TMUX", "");
        Files.writeString(
                config,
                SiteHosts.onLoopback(3) + "[offer]\nport = " + port + "\nstreams = [\"cam*\"]\n");
    }

    @AfterEach
    void endTmux() {
        if (Tmux.isInstalled()) {
            ChildProcess.start(tmux, List.of("tmux", "kill-server")).awaitExit(DEADLINE);
        }
    }

    private ImageDirectory streams(int host) {
        try {
            return new ImageDirectory(Files.createDirectories(dir.resolve("h" + host)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Programs programs(int host) {
        Map<String, String> environment = new HashMap<>(tmux);
        environment.put("MAGAOX_ROLE", "H" + host);
        environment.put("SHMIMTCP_CONFIG", config.toString());
        return new Programs(streams(host).path(), environment);
    }

    private ChildProcess serve(int host) {
        return programs(host).start("shmim", "serve").awaitOutput("offering cam* of", DEADLINE);
    }

    private ChildProcess want(int host, String... arguments) {
        List<String> all = new ArrayList<>(List.of("want", "--foreground"));
        all.addAll(List.of(arguments));
        return programs(host).start("shmim", all.toArray(String[]::new));
    }

    private Image create(int host, String name, int side) {
        return Image.create(
                streams(host), ImageSpec.of(name, DataType.INT64, Shape.of(side, side)));
    }

    private void awaitCopy(int host, String name, int side) {
        Await.until(
                DEADLINE,
                "the copy of " + name,
                () -> {
                    try (Image copy = Image.open(streams(host), name)) {
                        return copy.spec().shape().equals(Shape.of(side, side)) && copy.cnt0() > 0;
                    } catch (ImageException notYet) {
                        return false;
                    }
                });
    }

    /** Publishes frames one at a time, each of which must arrive whole, and none other. */
    private void follow(Image source, int host, String name, long first, long last) {
        FrameWriter writer = source.newWriter();
        try (Image copy = Image.open(streams(host), name)) {
            for (long frame = first; frame <= last; frame++) {
                DistinctFrames.publish(source, writer, frame);
                long wanted = frame;
                Await.until(
                        DEADLINE, "frame " + frame, () -> DistinctFrames.numberIn(copy) == wanted);
            }
        }
    }

    @Test
    void aCopyFollowsItsSourceThroughEverything() {
        ChildProcess want = want(2, "cam");
        want.awaitOutput("waiting (no other host offers 'cam' now; no answer from", DEADLINE);
        awaitStatus(2, "rx   not found yet  waiting");
        ChildProcess serving = serve(1);
        Image source = create(1, "cam", 50);
        DistinctFrames.publish(source, source.newWriter(), 1);
        awaitCopy(2, "cam", 50);
        follow(source, 2, "cam", 2, 300);

        awaitStatus(2, "rx   127.0.0.1:" + port + "  connected");
        awaitStatus(1, "  connected");
        ChildProcess restart = programs(2).start("shmim", "restart", "cam");
        restart.awaitSuccess(DEADLINE);
        follow(source, 2, "cam", 301, 320);

        source.close();
        source = Image.replace(streams(1), ImageSpec.of("cam", DataType.INT64, Shape.of(80, 80)));
        DistinctFrames.publish(source, source.newWriter(), 1);
        awaitCopy(2, "cam", 80);
        follow(source, 2, "cam", 2, 100);

        serving.kill9();
        want.awaitOutput("ended after", DEADLINE);
        DistinctFrames.publish(source, source.newWriter(), 101); // nobody sends this one yet
        serve(1);
        try (Image copy = Image.open(streams(2), "cam")) {
            Await.until(DEADLINE, "the newest frame", () -> DistinctFrames.numberIn(copy) == 101);
        }
        follow(source, 2, "cam", 102, 200);
        want.terminate();
        want.awaitExit(DEADLINE);
        Map<String, String> sum = Programs.sum(want);
        assertThat(sum.get("skipped")).isEqualTo("0");
        source.close();
    }

    private void awaitStatus(int host, String text) {
        programs(host).awaitStatus(DEADLINE, "cam", text);
    }

    private String status(int host) {
        ChildProcess status = programs(host).start("shmim", "status", "cam");
        status.awaitExit(DEADLINE);
        return status.output();
    }

    private String linkup(int host) {
        ChildProcess info = programs(host).start("shmim", "info", "cam");
        Matcher value = LINKUP.matcher(info.awaitSuccess(DEADLINE));
        return value.find() ? value.group(1) : "";
    }

    /** Frames flow only while another process has the copy open. */
    @Test
    void nothingIsSentWhileNobodyUsesTheCopy() {
        ChildProcess serving = serve(1);
        try (Image source = create(1, "cam", 50)) {
            DistinctFrames.publish(source, source.newWriter(), 1);
            ChildProcess want = want(2, "cam", "--status-keywords");
            awaitCopy(2, "cam", 50);
            follow(source, 2, "cam", 2, 100);
            want.awaitOutput("no process uses the copy", DEADLINE);
            awaitStatus(2, "  unused");
            serving.awaitOutput("ended after", DEADLINE);
            Await.until(DEADLINE, "the end of it there", () -> !status(1).contains("tx"));
            Await.until(DEADLINE, "LINKUP 0", () -> linkup(2).equals("0"));
            FrameWriter writer = source.newWriter();
            for (long frame = 101; frame <= 120; frame++) {
                DistinctFrames.publish(source, writer, frame); // which nobody gets, except the last
            }
            try (Image copy = Image.openToLook(streams(2), "cam")) {
                assertThat(DistinctFrames.numberIn(copy)).isEqualTo(100);
            }

            try (Image copy = Image.open(streams(2), "cam")) {
                Await.until(
                        DEADLINE, "the newest frame", () -> DistinctFrames.numberIn(copy) == 120);
            }
            follow(source, 2, "cam", 121, 200);
            awaitStatus(2, "  connected");
            want.terminate();
            want.awaitExit(DEADLINE);
            assertThat(Programs.sum(want).get("skipped")).isEqualTo("0");
        }
    }

    @Test
    void framesArriveCompressedIfTheWantSaysSo() {
        serve(1);
        try (Image source = create(1, "cam", 80)) {
            DistinctFrames.publish(source, source.newWriter(), 1);
            ChildProcess want = want(2, "cam", "--compress", "lz4");
            awaitCopy(2, "cam", 80);
            follow(source, 2, "cam", 2, 100);
            want.terminate();
            want.awaitExit(DEADLINE);
            Map<String, String> sum = Programs.sum(want);
            assertThat(sum.get("damaged")).isEqualTo("0");
            double bytes = 1e6 * number(sum.get("MB/s")) / number(sum.get("out"));
            assertThat(bytes).isBetween(1.0, source.spec().frameBytes() / 2.0);
        }
    }

    private static double number(@Nullable String rate) {
        return Double.parseDouble(Objects.requireNonNull(rate).replace("/s", ""));
    }

    @Test
    void oneNameOnTwoHostsMustBeChosen() {
        serve(1);
        serve(2);
        try (Image one = create(1, "cam", 4);
                Image two = create(2, "cam", 4)) {
            DistinctFrames.publish(one, one.newWriter(), 1);
            DistinctFrames.publish(two, two.newWriter(), 2);
            Await.until(
                    DEADLINE,
                    "the question which one",
                    () -> {
                        ChildProcess both = programs(3).start("shmim", "want", "cam");
                        return both.awaitExit(DEADLINE) == 1
                                && both.errors()
                                        .contains(
                                                "H1 and H2 offer 'cam': say which one, as in"
                                                        + " H1:cam");
                    });
            ChildProcess unknown = want(3, "H4:cam");
            assertThat(unknown.awaitExit(DEADLINE)).isEqualTo(1);
            assertThat(unknown.errors()).contains("no host 'H4'; there are H1, H2");
            want(3, "H2:cam", "--as", "cam_h2");
            awaitCopy(3, "cam_h2", 4);
            follow(two, 3, "cam_h2", 3, 20);
        }
    }

    @Test
    void aCircleIsRefused() {
        serve(1);
        serve(2);
        try (Image source = create(1, "cam", 4)) {
            DistinctFrames.publish(source, source.newWriter(), 1);
        } // no process writes it now
        want(2, "H1:cam");
        awaitCopy(2, "cam", 4);
        Await.until(
                DEADLINE,
                "the state of the copy",
                () -> {
                    ChildProcess status = programs(2).start("shmim", "status", "cam");
                    return status.awaitExit(DEADLINE) == 0;
                });
        want(1, "H2:cam").awaitOutput("this would close a circle", DEADLINE);
        try (Image source = Image.open(streams(1), "cam")) {
            assertThat(source.cnt0()).isEqualTo(1);
            follow(source, 2, "cam", 2, 20);
        }
    }

    @Test
    void serveKeepsWhatTheSitesFileWants() throws IOException {
        String hosts = Files.readString(config);
        serve(1);
        ChildProcess second = serve(2);
        try (Image source = create(1, "cam", 4)) {
            DistinctFrames.publish(source, source.newWriter(), 1);
            Files.writeString(
                    config,
                    hosts + "[want.cam]\non = \"H2\"\nfrom = \"H1\"\nlocal_name = \"cam_1\"\n");
            awaitCopy(2, "cam_1", 4);
            follow(source, 2, "cam_1", 2, 40);
            assertThat(programs(2).start("shmim", "unwant", "cam_1").awaitExit(DEADLINE))
                    .isEqualTo(1);
            Files.writeString(config, hosts);
            second.awaitOutput("serving 0 links: 0 started, 1 ended", DEADLINE);
        }
    }

    @Test
    void itRunsInTmuxUntilItIsNoLongerWanted() {
        assumeTrue(Tmux.isInstalled(), "there is no tmux here");
        serve(1);
        try (Image source = create(1, "cam", 4)) {
            DistinctFrames.publish(source, source.newWriter(), 1);
            ChildProcess first = programs(2).start("shmim", "want", "H1:cam");
            assertThat(first.awaitSuccess(DEADLINE))
                    .contains("cam: connected to 127.0.0.1:" + port, "shmim unwant cam");
            awaitCopy(2, "cam", 4);
            follow(source, 2, "cam", 2, 20);
            ChildProcess again = programs(2).start("shmim", "want", "H1:cam");
            assertThat(again.awaitSuccess(DEADLINE)).contains("replacing the one that kept cam");
            follow(source, 2, "cam", 21, 40);
            ChildProcess end = programs(2).start("shmim", "unwant", "cam");
            assertThat(end.awaitSuccess(DEADLINE)).contains("cam is no longer kept in step");
            assertThat(streams(2).has("cam")).isTrue();
            ChildProcess nothing = programs(2).start("shmim", "unwant", "cam");
            assertThat(nothing.awaitExit(DEADLINE)).isEqualTo(1);
            assertThat(nothing.output()).contains("no 'shmim want' keeps a copy 'cam' here");
        }
    }
}
