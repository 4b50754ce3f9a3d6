package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.TwoMachines;

/** Pulls and pushes a stream with the arguments of MagAO-X's script. */
@ExtendWith(ChildProcesses.class)
class ShmimTcpBridgeIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final ImageSpec CAMTIP =
            ImageSpec.of("camtip", DataType.UINT16, Shape.of(16, 16));
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

    @Test
    void pushesAStream() {
        try (Image source = Image.create(icc.streams(), CAMTIP)) {
            write(source);
            icc.program("shmimTCPbridge", "camtip", "rtc", "192.168.2.2", "8901", "push")
                    .awaitSuccess(DEADLINE);
            assertThat(rtc.sessions()).containsExactly("sTCPrc-camtip-8901");
            assertThat(icc.sessions()).containsExactly("sTCPtx-camtip-8901");
            try (Image copy = Image.open(rtc.streams(), "camtip")) {
                awaitFollows(source, copy);
            }
        }
    }

    @Test
    void undoesWhatItStartedWhereThereIsNoSource() {
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
