package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.SteadySource;
import org.shmimtcp.tmux.Tmux;

/** shmimTCPtransmit as it is most often started: it puts itself into tmux, and returns. */
@ExtendWith(ChildProcesses.class)
class TmuxIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final int port = Programs.freePort();
    private final Map<String, String> environment = new HashMap<>();
    private final Path dir;
    private final ImageDirectory sources;
    private final ImageDirectory copies;
    private final Path temporary;

    TmuxIT(@TempDir Path dir) throws IOException {
        this.dir = dir;
        // A directory that a shell must not take apart.
        sources = new ImageDirectory(Files.createDirectory(dir.resolve("it's $HOME")));
        copies = new ImageDirectory(Files.createDirectory(dir.resolve("copies")));
        temporary = Files.createDirectory(dir.resolve("tmp"));
        environment.put("TMUX_TMPDIR", Files.createDirectory(dir.resolve("t")).toString());
        environment.put("TMUX", "");
        environment.put("SHMIMTCP_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary);
    }

    @BeforeEach
    void assumeTmux() {
        assumeTrue(Tmux.isInstalled(), "there is no tmux here");
        Image.create(sources, ImageSpec.of("acc.0", DataType.FLOAT, Shape.of(50, 50))).close();
    }

    @AfterEach
    void endServer() {
        tmux("kill-server").awaitExit(DEADLINE);
    }

    private ChildProcess tmux(String... arguments) {
        List<String> command = new ArrayList<>(List.of("tmux"));
        command.addAll(List.of(arguments));
        return ChildProcess.start(environment, command);
    }

    private List<String> sessions() {
        ChildProcess list = tmux("list-sessions", "-F", "#{session_name}");
        list.awaitExit(DEADLINE);
        return list.output().lines().filter(name -> name.startsWith("sTCPtx-")).toList();
    }

    private String session() throws IOException {
        String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        return "sTCPtx-" + host.split("\\.", 2)[0] + "-acc_0";
    }

    private ChildProcess transmit(String... options) {
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("acc.0", "127.0.0.1", Integer.toString(port)));
        return new Programs(sources.path(), environment)
                .start("shmimTCPtransmit", arguments.toArray(String[]::new));
    }

    private ChildProcess receive() {
        return new Programs(copies.path(), environment).receive(port);
    }

    private void assertFlow(Image source) {
        try (SteadySource frames = new SteadySource(source);
                Image copy = ForeignImage.awaitOpen(copies, "acc.0")) {
            long before = copy.cnt0();
            Await.until(DEADLINE, "frames", () -> copy.cnt0() > before + 5);
            frames.stop();
        }
    }

    private void assertNothingLeft(Image source) throws IOException {
        assertThat(sessions()).isEmpty();
        assertThat(ForeignImage.claims(source)).isZero();
        try (Stream<Path> files = Files.list(temporary)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void startsOnceReplacesAndEnds() throws IOException {
        receive();
        try (Image source = Image.open(sources, "acc.0")) {
            String said = transmit().awaitSuccess(DEADLINE);
            assertThat(said)
                    .isEqualTo(
                            """
                            acc.0: connected to 127.0.0.1:%d
                              watch it:  tmux attach -t %s   (leave with Ctrl-b d)
                              end it:    shmimTCPtransmit -k acc.0 127.0.0.1 %d
                            """
                                    .formatted(port, session(), port));
            assertThat(sessions()).containsExactly(session());
            assertFlow(source);
            int first = source.readerPid(1);

            assertThat(transmit().awaitSuccess(DEADLINE))
                    .startsWith("replacing the transmitter of acc.0 that ran\nacc.0: connected to");
            assertThat(sessions()).containsExactly(session());
            assertThat(ForeignImage.claims(source)).isEqualTo(1);
            assertThat(source.readerPid(1)).isNotEqualTo(first);
            assertFlow(source);

            assertThat(transmit("-k").awaitSuccess(DEADLINE))
                    .isEqualTo("ended the transmitter of acc.0 (session " + session() + ")\n");
            assertNothingLeft(source);
            ChildProcess again = transmit("-k");
            assertThat(again.awaitExit(DEADLINE)).isEqualTo(1);
            assertThat(again.output())
                    .isEqualTo(
                            "no transmitter of acc.0 to 127.0.0.1:"
                                    + port
                                    + " runs in a tmux session of yours\n");
        }
    }

    /** One for each stream, address and port, whatever tmux makes of the names. */
    @Test
    void differentTransmittersLiveSideBySide() throws IOException {
        String odd = "w#S#{pid}$HOME\\d%H'";
        for (String name : List.of("acc_0", odd)) {
            Image.create(sources, ImageSpec.of(name, DataType.FLOAT, Shape.of(2, 2))).close();
        }
        int other = Programs.freePort();
        List<List<String>> all =
                List.of(
                        List.of("acc.0", "127.0.0.1", "" + port),
                        List.of("acc.0", "127.0.0.1", "" + other),
                        List.of("acc.0", "127.0.0.2", "" + port),
                        List.of("acc_0", "127.0.0.1", "" + port),
                        List.of(odd, "127.0.0.1", "" + port));
        all.forEach(one -> run(one).awaitSuccess(DEADLINE));
        List<String> sessions = sessions();
        assertThat(sessions).hasSize(all.size()).contains(session()).doesNotHaveDuplicates();
        assertThat(run(all.getLast()).awaitSuccess(DEADLINE)).startsWith("replacing the");
        assertThat(sessions()).containsExactlyInAnyOrderElementsOf(sessions);
        int left = all.size();
        for (List<String> one : all) {
            List<String> kill = new ArrayList<>(one);
            kill.addFirst("-k");
            String said = run(kill).awaitSuccess(DEADLINE);
            assertThat(said).startsWith("ended the transmitter of " + one.getFirst() + " (session");
            assertThat(sessions()).hasSize(--left);
        }
    }

    private ChildProcess run(List<String> arguments) {
        return new Programs(sources.path(), environment)
                .start("shmimTCPtransmit", arguments.toArray(String[]::new));
    }

    @Test
    void waitsForAReceiverThatComesLater() {
        try (Image source = Image.open(sources, "acc.0")) {
            assertThat(transmit().awaitSuccess(DEADLINE))
                    .startsWith("acc.0: waiting (")
                    .contains("it keeps retrying\n  watch it:  tmux attach");
            receive();
            assertFlow(source);
        }
    }

    /** A server that runs already has its own environment, which must not leak in. */
    @Test
    void environmentIsTheCallers() {
        Map<String, String> older = new HashMap<>(environment);
        older.put("MILK_SHM_DIR", copies.path().toString());
        older.put("SHMIMTCP_CPUSET", "none");
        older.put("SHMIMTCP_WIRE", "milk2");
        ChildProcess.start(older, List.of("tmux", "new-session", "-d", "-s", "older", "sleep 100"))
                .awaitSuccess(DEADLINE);
        receive();
        try (Image source = Image.open(sources, "acc.0")) {
            assertThat(transmit().awaitSuccess(DEADLINE)).startsWith("acc.0: connected to");
            assertFlow(source);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void signalEndsTheSession(String signal) throws IOException {
        receive();
        try (Image source = Image.open(sources, "acc.0")) {
            transmit().awaitSuccess(DEADLINE);
            int pid = source.readerPid(1);
            ChildProcess.start(Map.of(), List.of("kill", "-" + signal, "" + pid))
                    .awaitSuccess(DEADLINE);
            Await.until(DEADLINE, "its end", () -> sessions().isEmpty());
            assertNothingLeft(source);
        }
    }

    @Test
    void endsWhenItsTerminalIsClosed() throws IOException {
        receive();
        try (Image source = Image.open(sources, "acc.0")) {
            transmit().awaitSuccess(DEADLINE);
            tmux("kill-session", "-t", "=" + session()).awaitSuccess(DEADLINE);
            Await.until(DEADLINE, "a free semaphore", () -> ForeignImage.claims(source) == 0);
        }
    }

    @Test
    void noStreamIsSaidHereAndNoSessionMade() {
        ChildProcess tx =
                new Programs(dir, environment)
                        .start("shmimTCPtransmit", "acc.0", "127.0.0.1", "" + port);
        assertThat(tx.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(tx.errors().lines()).singleElement().asString().contains("no stream 'acc.0'");
        assertThat(sessions()).isEmpty();
    }
}
