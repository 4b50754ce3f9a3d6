package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.Shape;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.CCompiler;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.ProcessPeer;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.TmuxTerminal;
import org.shmimtcp.testing.TwoMachines;

/** {@code shmim bridge}: a site's own streams, in both directions; and Ctrl-C on the way. */
@ExtendWith(ChildProcesses.class)
class BridgeIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int INTERRUPTED = 130;
    private static final int RUN = 0;
    private static final int PAUSE = 1;

    private final TwoMachines machines;
    private final TwoMachines.Machine rtc;
    private final TwoMachines.Machine icc;
    private final Path config;

    BridgeIT(@ShmDir Path dir) throws IOException {
        machines = TwoMachines.open(dir);
        rtc = machines.rtc();
        icc = machines.icc();
        config = dir.resolve("site.toml");
        for (TwoMachines.Machine machine : List.of(rtc, icc)) {
            machine.environment().put("SHMIMTCP_CONFIG", config.toString());
        }
    }

    @AfterEach
    void takeDown() {
        machines.close();
    }

    private static ChildProcess start(TwoMachines.Machine where, String... arguments) {
        List<String> all = new ArrayList<>(List.of("bridge"));
        all.addAll(List.of(arguments));
        return where.program("shmim", all.toArray(String[]::new));
    }

    private static String bridge(TwoMachines.Machine where, String... arguments) {
        return start(where, arguments).awaitSuccess(DEADLINE);
    }

    private static String ill(TwoMachines.Machine where, String... arguments) {
        ChildProcess bridge = start(where, arguments);
        assertThat(bridge.awaitExit(DEADLINE)).as(bridge.report()).isEqualTo(1);
        return bridge.output();
    }

    private static void assertFollows(
            TwoMachines.Machine from, String stream, TwoMachines.Machine to, String name) {
        try (Image source = Image.open(from.streams(), stream);
                Image copy = Image.open(to.streams(), name)) {
            long before = copy.cnt0();
            NumberedFrames.publish(source, source.newWriter(), source.cnt0() + 1);
            Await.until(DEADLINE, "a frame of " + stream, () -> copy.cnt0() > before);
        }
    }

    @Test
    void streamsOfTheFileInBothDirections() throws IOException {
        Files.writeString(
                config,
                """
                serve = ["camtip", "slopes"]
                [hosts.RTC]
                name = "%s"
                address = "192.168.2.2"
                ssh = "rtc"
                [hosts.ICC]
                name = "%s"
                address = "192.168.2.3"
                ssh = "icc"
                [streams.camtip]
                from = "ICC"
                to = "RTC"
                port = 9000
                size = [20, 16]
                type = "ui16"
                local_name = "camtip_icc"
                [streams.slopes]
                from = "RTC"
                to = "ICC"
                port = 9001
                size = [8, 8]
                """
                        .formatted(HostName.get(), HostName.get()));
        assertThat(bridge(icc, "plan"))
                .contains("shmimTCPreceive", "9000", "shmimTCPtransmit", "9001", "mk2Dim");
        assertThat(icc.streams().names()).isEmpty();
        assertThat(ill(icc, "status")).contains("camtip ICC to RTC: no transmitter runs on ICC");

        assertThat(bridge(icc, "up"))
                .contains("camtip: receiver started on RTC", "slopes: receiver started on ICC");
        assertThat(rtc.sessions()).hasSize(2);
        assertThat(icc.sessions()).hasSize(2);
        try (Image source = Image.open(icc.streams(), "camtip")) {
            assertThat(source.spec().shape()).isEqualTo(Shape.of(20, 16));
        }
        assertFollows(icc, "camtip", rtc, "camtip_icc");
        assertFollows(rtc, "slopes", icc, "slopes");

        // From either machine, and nothing is started a second time.
        for (TwoMachines.Machine machine : List.of(icc, rtc)) {
            assertThat(bridge(machine, "up")).contains("frames arrive").doesNotContain("started");
        }
        assertThat(bridge(rtc, "status", "camtip"))
                .contains("tx on ICC", "rx on RTC", "camtip ICC to RTC: ")
                .doesNotContain("slopes");
        assertThat(LinkStatuses.fromJson(bridge(rtc, "status", "--json")))
                .extracting(LinkStatus::kind)
                .containsExactly("tx", "rx", "tx", "rx");
        onePausedOfTwo();

        assertThat(bridge(rtc, "down", "camtip")).contains("camtip: end of the receiver on RTC");
        assertThat(ill(icc, "status"))
                .contains(
                        "camtip ICC to RTC: no transmitter runs on ICC",
                        "slopes RTC to ICC: frames arrive");
        assertThat(bridge(icc, "down"))
                .contains(
                        "camtip: no transmitter runs on ICC", "slopes: end of the receiver on ICC");
        assertThat(rtc.sessions()).isEmpty();
        assertThat(icc.sessions()).isEmpty();
        assertThat(icc.streams().names()).containsExactlyInAnyOrder("camtip", "slopes");
    }

    /** Somebody paused it and meant it: that is no reason to undo the others. */
    private void onePausedOfTwo() {
        if (!CCompiler.isAvailable()) {
            return; // nobody to press the key of milk-procCTRL
        }
        ProcessPeer procCtrl = new ProcessPeer(icc.streams().path());
        procCtrl.control("ntw-tx-camtip", PAUSE);
        String paused = "camtip ICC to RTC: paused: the transmitter on ICC holds frames back";
        Await.until(
                DEADLINE,
                "a pause",
                () -> {
                    ChildProcess status = start(rtc, "status", "camtip");
                    return status.awaitExit(DEADLINE) == 1 && status.output().contains(paused);
                });
        assertThat(bridge(icc, "up"))
                .contains(paused, "slopes RTC to ICC: frames arrive")
                .doesNotContain("started", "undoing");
        procCtrl.control("ntw-tx-camtip", RUN);
    }

    /** A link that never gets there: the transmitter tries an address that nobody has. */
    private void neverUp() throws IOException {
        Files.writeString(
                config,
                """
                [hosts.RTC]
                name = "exao2"
                address = "192.168.2.77"
                ssh = "rtc"
                [streams.lost]
                from = "ICC"
                to = "RTC"
                port = 9002
                size = [8, 8]
                """);
    }

    private void assertNothingIsLeft() {
        assertThat(icc.sessions()).isEmpty();
        assertThat(rtc.sessions()).isEmpty();
        assertThat(icc.streams().names()).isEmpty();
    }

    @Test
    void whatCtrlCInterruptsIsUndone() throws IOException {
        neverUp();
        String command =
                "trap : INT; "
                        + Programs.launcher("shmim")
                        + " bridge up lost; echo \"[ended $?]\"; exec sh";
        Path place = Files.createDirectories(icc.home().resolve("terminal"));
        try (TmuxTerminal terminal =
                new TmuxTerminal(
                        place,
                        icc.environment(),
                        icc.shell() + " env -u TMUX sh -c '" + command + "'")) {
            terminal.awaitText("lost: transmitter started on ICC");
            assertThat(rtc.sessions()).hasSize(1);
            // Whoever is impatient presses it more than once.
            terminal.type("", "C-c", "C-c", "C-c");
            terminal.awaitText("stopping: undoing what was started");
            terminal.awaitText("interrupted; links that already ran were left alone");
            terminal.awaitText("[ended " + INTERRUPTED + "]");
            assertThat(terminal.screen()).doesNotContain("left: ", "could not");
        }
        assertNothingIsLeft();
    }

    /** At any moment, also in the middle of a step. */
    @Test
    void aSignalAtAnyTimeLeavesNothing() throws IOException {
        neverUp();
        for (int ms : new int[] {300, 900, 1600}) {
            ChildProcess up = start(icc, "up", "lost");
            LockSupport.parkNanos(ms * 1_000_000L); // the moment is what is tried
            up.signal("TERM");
            assertThat(up.awaitExit(DEADLINE)).as(up.report()).isEqualTo(143);
            assertNothingIsLeft();
        }
    }

    @Test
    void whatCannotBeUndoneIsSaid() throws IOException {
        neverUp();
        ChildProcess up = start(icc, "up", "lost");
        up.awaitOutput("lost: transmitter started on ICC", DEADLINE);
        rtc.stopSshd();
        up.signal("INT");
        int exitCode = up.awaitExit(DEADLINE);
        // The next look at RTC fails by itself, unless the signal is noticed first.
        assertThat(exitCode).as(up.report()).isIn(1, INTERRUPTED);
        assertThat(up.output())
                .contains(
                        "undoing what was started",
                        "left: receiver on RTC (exao2), session sTCPrc-",
                        "cannot reach RTC (exao2)",
                        "to end what is left:  shmim bridge down lost");
        assertThat(icc.sessions()).isEmpty();
        assertThat(icc.streams().names()).isEmpty();
        assertThat(rtc.sessions()).hasSize(1);
    }
}
