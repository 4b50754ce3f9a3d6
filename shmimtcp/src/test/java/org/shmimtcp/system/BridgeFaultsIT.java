package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.TwoMachines;

/** dmdispbridge where something is wrong: it says what in one line, and leaves nothing behind. */
@ExtendWith(ChildProcesses.class)
class BridgeFaultsIT {
    private static final Duration DEADLINE = Duration.ofSeconds(90);
    private static final String CHANNEL = "dm01disp03";
    private static final int PORT = 8803;

    private final TwoMachines machines;
    private final TwoMachines.Machine rtc;
    private final TwoMachines.Machine icc;

    BridgeFaultsIT(@ShmDir Path dir) throws IOException {
        machines = TwoMachines.open(dir);
        rtc = machines.rtc();
        icc = machines.icc();
    }

    @AfterEach
    void takeDown() {
        machines.close();
    }

    private String bridge(String... arguments) {
        return icc.program("dmdispbridge", arguments).awaitSuccess(DEADLINE);
    }

    /** Exit code 1, one line that says why, and nothing left on either machine. */
    private String refused(String... arguments) {
        ChildProcess bridge = icc.program("dmdispbridge", arguments);
        assertThat(bridge.awaitExit(DEADLINE)).as(bridge.report()).isEqualTo(1);
        assertThat(bridge.errors().lines()).as(bridge.report()).hasSize(1);
        assertThat(icc.sessions()).isEmpty();
        assertThat(rtc.sessions()).isEmpty();
        return bridge.errors().strip();
    }

    private static void make(TwoMachines.Machine where, int nx, int ny) {
        Image.create(where.streams(), ImageSpec.of(CHANNEL, DataType.FLOAT, Shape.of(nx, ny)))
                .close();
    }

    /** Nobody here can tell who uses it, and how: nothing is started that could replace it. */
    @Test
    void aChannelOfAnotherFormatVersionIsLeftAlone() throws IOException {
        make(rtc, 50, 50);
        try (var file = new RandomAccessFile(rtc.streams().file(CHANNEL).toFile(), "rw")) {
            file.writeBytes("2.01");
        }
        assertThat(refused(CHANNEL)).contains("format version '2.01'", "nothing was started");
        assertThat(icc.streams().has(CHANNEL)).isFalse();
    }

    /** A frame written at the one arrives at the other. */
    private void assertFollows() {
        try (Image source = Image.open(icc.streams(), CHANNEL);
                Image copy = Image.open(rtc.streams(), CHANNEL)) {
            long before = copy.cnt0();
            NumberedFrames.publish(source, source.newWriter(), source.cnt0() + 1);
            Await.until(DEADLINE, "a frame", () -> copy.cnt0() > before);
        }
    }

    private void profile(String text) throws IOException {
        Files.writeString(rtc.home().resolve(".bash_profile"), text);
    }

    private void replaceInSshConfig(String what, String by) throws IOException {
        Path config = machines.sshConfig();
        Files.writeString(config, Files.readString(config).replace(what, by));
    }

    @Test
    void sshDoesNotGetThere() throws IOException {
        Files.writeString(machines.knownHosts(), "");
        assertThat(refused(CHANNEL))
                .startsWith("dmdispbridge: cannot reach RTC (exao2) ('ssh rtc'): ")
                .contains("Host key verification failed.")
                .contains("'ssh rtc' by hand to see");
        replaceInSshConfig("Host *", "Host *\n  StrictHostKeyChecking no");
        replaceInSshConfig("IdentityFile ", "IdentityFile /no/such");
        assertThat(refused(CHANNEL))
                .contains("Permission denied (publickey)")
                .contains("ssh-copy-id rtc");
        rtc.stopSshd();
        assertThat(refused(CHANNEL)).contains("Connection refused");
        replaceInSshConfig("192.168.2.2", "192.168.2.99");
        assertThat(refused(CHANNEL)).containsPattern("No route to host|timed out");
        replaceInSshConfig("192.168.2.99", "no-such-host.invalid");
        assertThat(refused(CHANNEL)).contains("Could not resolve").contains("~/.ssh/config");
        assertThat(icc.streams().names()).isEmpty();
    }

    @Test
    void programsAreMissingThere() throws IOException {
        profile("");
        assertThat(refused(CHANNEL))
                .startsWith(
                        "dmdispbridge: there is no shmimTCPreceive on the PATH of a login shell on"
                                + " RTC (exao2): ")
                .contains("[hosts.RTC]");
        Path config = machines.pathDirectory().resolve("site.toml");
        Files.writeString(
                config,
                "[hosts.RTC]\nname = \"exao2\"\naddress = \"192.168.2.2\"\nssh = \"rtc\"\nbin = \""
                        + Programs.BIN
                        + "\"\n");
        icc.environment().put("SHMIMTCP_CONFIG", config.toString());
        assertThat(bridge(CHANNEL)).contains("connected, round trip");
        bridge("--down", CHANNEL);
        profile("PATH=/no/such; echo() { builtin echo \"$@\"; }\n");
        assertThat(refused(CHANNEL))
                .isEqualTo("dmdispbridge: there is no tmux on RTC (exao2): install it there");
    }

    @Test
    void thePortIsTaken() {
        Path config = rtc.home().resolve("sshd_config");
        rtc.start(List.of("/usr/sbin/sshd", "-D", "-e", "-p", "" + PORT, "-f", config.toString()))
                .awaitOutput("listening on", DEADLINE);
        assertThat(refused(CHANNEL))
                .startsWith(
                        "dmdispbridge: dm01disp03: port 8803 on RTC (exao2) is in use by another"
                                + " program");
    }

    @Test
    void streamsOfAnotherShapeAreLeftAlone() {
        make(icc, 34, 34);
        assertThat(refused(CHANNEL))
                .startsWith(
                        "dmdispbridge: stream 'dm01disp03' on ICC (exao3) is 34x34 f32, not 50x50"
                                + " f32: ");
        icc.streams().remove(CHANNEL);
        make(rtc, 11, 11);
        assertThat(refused(CHANNEL))
                .startsWith(
                        "dmdispbridge: stream 'dm01disp03' on RTC (exao2) is 11x11 f32, not 50x50"
                                + " f32: ")
                .contains("replacing it would disturb its users");
    }

    @Test
    void aReceiverThatDiesAtOnceIsQuoted() throws IOException {
        profile("PATH=" + Programs.BIN + ":$PATH SHMIMTCP_JAVA_OPTS=-XX:NoSuchOption\n");
        assertThat(refused(CHANNEL))
                .startsWith(
                        "dmdispbridge: dm01disp03: receiver on RTC (exao2) failed (session sTCPrc-")
                .contains("Could not create the Java Virtual Machine.");
        assertThat(icc.streams().names()).isEmpty();
    }

    @Test
    void aSecondTimeMendsIt() throws IOException {
        make(rtc, 50, 50);
        bridge(CHANNEL);
        assertFollows();
        // Its machine reboots.
        rtc.reboot();
        assertThat(bridge(CHANNEL)).contains("receiver started on RTC (exao2)");
        assertFollows();
        // The receiver is killed; its session stays, to be read.
        String pid = rtc.tmux("list-panes", "-a", "-F", "#{pane_pid}").strip();
        rtc.start(List.of("kill", "-9", pid)).awaitSuccess(DEADLINE);
        Await.until(
                DEADLINE,
                "its end",
                () -> rtc.tmux("list-panes", "-a", "-F", "#{pane_dead}").strip().equals("1"));
        assertThat(bridge(CHANNEL)).contains("receiver started on RTC (exao2)");
        assertFollows();
        // The transmitter is gone.
        icc.tmux("kill-server");
        Await.until(DEADLINE, "its end", () -> icc.sessions().isEmpty());
        assertThat(bridge(CHANNEL))
                .contains("transmitter started")
                .doesNotContain("receiver started");
        assertFollows();
    }

    @Test
    void theOtherMachineHasTheCPrograms() throws IOException {
        Path programs = Files.createDirectories(rtc.home().resolve("bin"));
        Path receive = programs.resolve("shmimTCPreceive");
        Files.writeString(receive, "#!/bin/sh\nexec '" + Peer.program() + "' rx \"$1\"\n");
        assertThat(receive.toFile().setExecutable(true)).isTrue();
        profile("PATH=" + programs + ":$PATH\n");
        make(rtc, 50, 50);
        make(icc, 50, 50);
        assertThat(bridge("--peer", "milk", CHANNEL)).contains("no frame yet");
        assertFollows();
        assertThat(bridge("--peer", "milk", CHANNEL)).contains("frames arrive, cnt0 ");
        bridge("--peer", "milk", "--down", CHANNEL);
        assertThat(rtc.sessions()).isEmpty();
        assertThat(icc.sessions()).isEmpty();
    }
}
