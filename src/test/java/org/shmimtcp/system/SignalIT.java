package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.TmuxTerminal;

/** The programs end when they are told to, and leave nothing behind; tmux holds them meanwhile. */
@ExtendWith(ChildProcesses.class)
class SignalIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @ShmDir @TempDir Path sourcePath;
    @ShmDir @TempDir Path copyPath;
    @TempDir Path tmuxPath;

    private final int port = Programs.freePort();

    private Image source() {
        return Image.create(
                new ImageDirectory(sourcePath),
                ImageSpec.of("x", DataType.FLOAT, Shape.of(50, 50)));
    }

    private static void assertClean(Image image) {
        assertThat(image.isWriting()).isFalse();
        assertThat(IntStream.range(0, 10).map(image::readerPid)).allMatch(pid -> pid <= 0);
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void endBothWithinASecond(String signal) throws IOException {
        ChildProcess receiver = new Programs(copyPath).receive(port);
        try (Image source = source()) {
            ChildProcess writer =
                    new Programs(sourcePath).start("shmim", "write", "x", "--rate", "500");
            ChildProcess transmitter = new Programs(sourcePath).transmit("x", port);
            ImageDirectory copies = new ImageDirectory(copyPath);
            Await.until(DEADLINE, "the copy", () -> copies.has("x"));
            try (Image copy = Image.open(copies, "x")) {
                Await.until(DEADLINE, "frames in the copy", () -> copy.cnt0() > 100);
                for (ChildProcess child : List.of(transmitter, receiver, writer)) {
                    long startNs = System.nanoTime();
                    child.signal(signal);
                    child.awaitExit(DEADLINE);
                    // Its own limit is 0.8 s; the rest is for a machine that is busy.
                    assertThat(System.nanoTime() - startNs)
                            .as(child.report())
                            .isLessThan(2_000_000_000L);
                    assertThat(child.errors()).contains(" end: x ");
                }
                assertClean(copy);
            }
            assertClean(source);
        }
        assertThat(files(sourcePath)).containsExactly(sourcePath.resolve("x.im.shm"));
        assertThat(files(copyPath)).containsExactly(copyPath.resolve("x.im.shm"));
    }

    @Test
    void signalUser1PrintsRates() {
        ChildProcess receiver = new Programs(copyPath).receive(port);
        receiver.signal("USR1");
        receiver.awaitOutput("port " + port + " waiting in=", DEADLINE);
        assertThat(receiver.isAlive()).isTrue();
    }

    /** A tmux server that was started elsewhere, with another directory of streams. */
    @Test
    void tmuxHoldsOneTransmitterOfAStream() {
        Map<String, String> environment = Map.of("TMUX_TMPDIR", tmuxPath.toString());
        try (TmuxTerminal older =
                        new TmuxTerminal(tmuxPath, Map.of("MILK_SHM_DIR", "/"), "sleep 60");
                Image source = source()) {
            Programs programs = new Programs(sourcePath, environment);
            String[] arguments = {"x", "127.0.0.1", Integer.toString(port)};
            String waiting = programs.start("shmimTCPtransmit", arguments).awaitSuccess(DEADLINE);
            assertThat(waiting)
                    .startsWith("x: waiting (connection refused: nobody listens there)")
                    .contains("tmux attach -t sTCPtx-");

            new Programs(copyPath).receive(port);
            ImageDirectory copies = new ImageDirectory(copyPath);
            Await.until(DEADLINE, "the copy", () -> copies.has("x"));
            assertThat(older).isNotNull();

            String again = programs.start("shmimTCPtransmit", arguments).awaitSuccess(DEADLINE);
            assertThat(again)
                    .startsWith(
                            "replacing the transmitter of x that ran\nx: connected to 127.0.0.1:");

            String[] kill = {"-k", "x", "127.0.0.1", Integer.toString(port)};
            String ended = programs.start("shmimTCPtransmit", kill).awaitSuccess(DEADLINE);
            assertThat(ended).startsWith("ended the transmitter of x (session sTCPtx-");
            assertClean(source);
            ChildProcess none = programs.start("shmimTCPtransmit", kill);
            assertThat(none.awaitExit(DEADLINE)).isEqualTo(1);
            assertThat(none.output()).startsWith("no transmitter of x runs");
        }
    }
}
