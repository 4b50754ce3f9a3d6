package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.TwoMachines;

/** Pulls and pushes a stream with the arguments of MagAO-X's script. */
@ExtendWith(ChildProcesses.class)
class ShmimTcpBridgeIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final Shape SHAPE = Shape.of(16, 16);
    private static final DataType TYPE = DataType.UINT16;
    private static final ImageSpec CAMTIP = ImageSpec.of("camtip", TYPE, SHAPE);
    private static final String[] PULL = {"camtip", "rtc", "192.168.2.3", "8901"};

    private final TwoMachines machines;
    private final TwoMachines.Machine rtc;
    private final TwoMachines.Machine icc;

    ShmimTcpBridgeIT(@ShmDir Path dir) throws IOException {
        machines = TwoMachines.open(dir);
        rtc = machines.rtc();
        icc = machines.icc();
    }

    @AfterEach
    void takeDown() {
        machines.close();
    }

    private ChildProcess bridge(String option, String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = option;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return icc.program("shmimTCPbridge", all);
    }

    private static void write(Image source) {
        NumberedFrames.publish(source, source.newWriter(), source.cnt0() + 1);
    }

    private static void awaitFollows(Image source, Image copy) {
        long before = copy.cnt0();
        write(source);
        Await.until(DEADLINE, "a frame at the copy", () -> copy.cnt0() > before);
    }

    @Test
    void pullsAStreamThenTellsItsStateThenEnds() {
        try (Image source = Image.create(rtc.streams(), CAMTIP)) {
            write(source);
            icc.program("shmimTCPbridge", PULL).awaitSuccess(DEADLINE);
            assertThat(icc.sessions()).containsExactly("sTCPrc-camtip-8901");
            assertThat(rtc.sessions()).containsExactly("sTCPtx-camtip-8901");
            try (Image copy = Image.open(icc.streams(), "camtip")) {
                awaitFollows(source, copy);
                // A second run leaves a healthy link alone.
                icc.program("shmimTCPbridge", PULL).awaitSuccess(DEADLINE);
                awaitFollows(source, copy);
            }
            bridge("--status", PULL).awaitSuccess(DEADLINE);
            bridge("--down", PULL).awaitSuccess(DEADLINE);
            assertThat(icc.sessions()).isEmpty();
            assertThat(rtc.sessions()).isEmpty();
            assertThat(bridge("--status", PULL).awaitExit(DEADLINE)).isEqualTo(1);
        }
    }

    /** A transmitter of the same stream to the same port of another machine is another link. */
    @Test
    void pushesAStreamThatGoesToAnotherMachineToo() {
        String[] push = {"camtip", "rtc", "192.168.2.2", "8901", "push"};
        try (Image source = Image.create(icc.streams(), CAMTIP)) {
            write(source);
            String session = "sTCPtx-camtip-8901";
            icc.program("shmimTCPtransmit", "--session", session, "camtip", "192.168.2.3", "8901")
                    .awaitSuccess(DEADLINE);
            icc.program("shmimTCPbridge", push).awaitSuccess(DEADLINE);
            assertThat(rtc.sessions()).containsExactly("sTCPrc-camtip-8901");
            assertThat(icc.sessions()).hasSize(2).contains(session);
            try (Image copy = Image.open(rtc.streams(), "camtip")) {
                awaitFollows(source, copy);
            }
            ChildProcess forgotten = bridge("--down", "camtip", "rtc", "192.168.2.2", "8901");
            assertThat(forgotten.awaitExit(DEADLINE)).as(forgotten.report()).isEqualTo(1);
            assertThat(forgotten.output())
                    .contains("runs in the other direction, from this machine (")
                    .contains(":  shmimTCPbridge --down camtip rtc 192.168.2.2 8901 push\n");
            bridge("--down", push).awaitSuccess(DEADLINE);
            assertThat(rtc.sessions()).isEmpty();
            assertThat(icc.sessions()).containsExactly(session);
        }
    }

    /** Typed twice at the same moment: one run sets it up, the other finds it well. */
    @Test
    void aStreamWithAnUnusualNameFollows() {
        String name = "é.a:b#it's$h";
        String[] pull = {name, "rtc", "192.168.2.3", "8901"};
        try (Image source = Image.create(rtc.streams(), ImageSpec.of(name, TYPE, SHAPE))) {
            write(source);
            ChildProcess one = bridge("--timeout=50", pull);
            ChildProcess two = bridge("--timeout=50", pull);
            assertThat(one.awaitSuccess(DEADLINE) + two.awaitSuccess(DEADLINE))
                    .containsOnlyOnce(name + ": receiver started on this machine")
                    .containsOnlyOnce(name + ": transmitter started on rtc");
            try (Image copy = Image.open(icc.streams(), name)) {
                awaitFollows(source, copy);
            }
            bridge("--down", pull).awaitSuccess(DEADLINE);
            assertThat(icc.sessions()).isEmpty();
            assertThat(rtc.sessions()).isEmpty();
            assertThat(icc.streams().path().toFile().list())
                    .as("files of locks")
                    .noneMatch(file -> file.endsWith(".lock"));
        }
    }

    /** The transmitter tries its own machine, where no receiver listens. */
    private ChildProcess startLost() {
        return bridge("--timeout=50", "camtip", "rtc", "192.168.2.2", "8901")
                .awaitOutput("transmitter started on rtc", DEADLINE);
    }

    @Test
    void whatIsInterruptedIsUndoneOrNamed() {
        Image.create(rtc.streams(), CAMTIP).close();
        ChildProcess first = startLost();
        first.signal("INT");
        assertThat(first.awaitExit(DEADLINE)).as(first.report()).isEqualTo(130);
        assertThat(icc.sessions()).isEmpty();
        assertThat(rtc.sessions()).isEmpty();
        ChildProcess second = startLost();
        rtc.stopSshd();
        second.signal("INT");
        assertThat(second.awaitExit(DEADLINE)).as(second.report()).isIn(1, 130);
        assertThat(second.output())
                .contains("left: transmitter on rtc (rtc), session sTCPtx-camtip-8901")
                .contains(
                        "to end what is left:  shmimTCPbridge --down camtip rtc 192.168.2.2 8901");
        assertThat(icc.sessions()).isEmpty();
        assertThat(rtc.sessions()).hasSize(1);
    }

    @Test
    void pullsFromAMachineWithTheCPrograms() throws IOException {
        Path programs = Files.createDirectories(rtc.home().resolve("bin"));
        Path transmit = programs.resolve("shmimTCPtransmit");
        Files.writeString(
                transmit, "#!/bin/sh\n'" + Peer.program() + "' tx \"$@\"\nexit 1 # as if killed\n");
        assertThat(transmit.toFile().setExecutable(true)).isTrue();
        Files.writeString(rtc.home().resolve(".bash_profile"), "PATH=" + programs + ":$PATH\n");
        String[] milk = {"--peer=milk", "camtip", "rtc", "192.168.2.3", "8901"};
        try (Image source = Image.create(rtc.streams(), CAMTIP)) {
            write(source);
            bridge("--timeout=20", milk).awaitSuccess(DEADLINE);
            assertThat(rtc.sessions()).containsExactly("sTCPtx-camtip-8901");
            write(source);
            Await.until(DEADLINE, "a copy", () -> icc.streams().has("camtip"));
            try (Image copy = Image.open(icc.streams(), "camtip")) {
                awaitFollows(source, copy);
                assertThat(bridge("--timeout=20", milk).awaitSuccess(DEADLINE))
                        .contains("frames arrive")
                        .doesNotContain("started");
            }
            bridge("--down", milk).awaitSuccess(DEADLINE);
            assertThat(rtc.sessions()).isEmpty();
            assertThat(icc.sessions()).isEmpty();
        }
    }

    /** A shell in a session of the receiver's name is somebody's work. */
    @Test
    void undoesWhatItStartedWhereThereIsNoSource() {
        icc.tmux("new-session", "-d", "-s", "sTCPrc-camtip-8901");
        ChildProcess refused = bridge("--timeout=20", PULL);
        assertThat(refused.awaitExit(DEADLINE)).as(refused.report()).isEqualTo(1);
        assertThat(refused.errors()).contains("was not created for a link");
        assertThat(icc.sessions()).containsExactly("sTCPrc-camtip-8901");
        icc.tmux("kill-server");
        ChildProcess failed = bridge("--timeout=20", PULL);
        assertThat(failed.awaitExit(DEADLINE)).as(failed.report()).isEqualTo(1);
        assertThat(failed.errors()).contains("no stream 'camtip'");
        assertThat(icc.sessions()).isEmpty();
        assertThat(rtc.sessions()).isEmpty();
    }

    @Test
    void withoutItsFourArgumentsItPrintsItsHelpAndFails() {
        ChildProcess help = icc.program("shmimTCPbridge", "camtip", "rtc", "192.168.2.3");
        assertThat(help.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(help.output()).contains("Usage: shmimTCPbridge").contains("RECEIVER_IP");
        ChildProcess plan = bridge("--dry-run", PULL);
        assertThat(plan.awaitSuccess(DEADLINE))
                .contains("shmimTCPreceive 8901")
                .contains("shmimTCPtransmit --session sTCPtx-camtip-8901 camtip 192.168.2.3 8901");
    }
}
