package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.TmuxTerminal;
import org.shmimtcp.testing.TwoMachines;

/**
 * Types both examples of a set-up by hand in MagAO-X's handbook, page "Shared Memory Transfer",
 * letter by letter: with its sessions, address, port and keys. {@code cacao} is a link to the
 * launcher.
 */
@ExtendWith(ChildProcesses.class)
class HandbookIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int FRAMES = 20;

    /** A failure shows both terminals, all tmux sessions, and both images. */
    @RegisterExtension
    final TestExecutionExceptionHandler reports =
            (context, failure) -> {
                failure.addSuppressed(new AssertionError(report()));
                throw failure;
            };

    private final TwoMachines machines;
    private final TmuxTerminal rtc;
    private final TmuxTerminal icc;

    HandbookIT(@ShmDir Path dir) throws IOException {
        machines = TwoMachines.open(dir);
        Files.createSymbolicLink(
                machines.pathDirectory().resolve("cacao"), Path.of(Programs.launcher("shmim")));
        rtc = login(machines.rtc());
        icc = login(machines.icc());
    }

    /** A terminal with a shell on that machine, not itself in a tmux session as far as it knows. */
    private static TmuxTerminal login(TwoMachines.Machine machine) {
        Map<String, String> environment = machine.environment();
        environment.put("PATH", Programs.BIN + ":" + environment.get("PATH"));
        environment.put("SHELL", "/bin/bash");
        TmuxTerminal terminal =
                new TmuxTerminal(
                        machine.home(),
                        environment,
                        "exec env -u TMUX -u TMUX_PANE 'PS1=at home $ ' "
                                + machine.shell()
                                + " sh");
        terminal.awaitText("at home $");
        return terminal;
    }

    private String report() {
        StringBuilder report = new StringBuilder();
        report.append("RTC's terminal:\n").append(rtc.screen().stripTrailing());
        report.append("\nICC's terminal:\n").append(icc.screen().stripTrailing());
        for (TwoMachines.Machine machine : List.of(machines.rtc(), machines.icc())) {
            for (String session : machine.sessions()) {
                report.append("\nsession " + session + ":\n")
                        .append(machine.tmux("capture-pane", "-p", "-S", "-", "-t", session))
                        .append(machine.tmux("list-panes", "-s", "-F", "#{pane_pid}"));
            }
            for (String name : machine.streams().names()) {
                report.append("\nstream " + name + " in " + machine.streams().path() + ":\n");
                ChildProcess info = machine.program("shmim", "info", name);
                info.awaitExit(DEADLINE);
                report.append(info.output());
            }
        }
        return report.toString();
    }

    @AfterEach
    void takeDown() {
        rtc.close();
        icc.close();
        machines.close();
    }

    private void receive(String session) {
        rtc.type("tmux new -s " + session, "Enter");
        rtc.awaitText("Welcome to RTC");
        rtc.type("shmimTCPreceive 8886", "Enter");
        rtc.awaitText("listening on");
        assertThat(machines.rtc().sessions()).containsExactly(session);
    }

    private void transmit(String stream) {
        icc.type("shmimTCPtransmit " + stream + " 192.168.2.2 8886", "Enter");
        icc.awaitText(stream + ": connected to 192.168.2.2:8886");
    }

    @Test
    void aStreamThatIsAtTheSender() {
        ImageSpec spec = ImageSpec.of("acc000", DataType.FLOAT, Shape.of(30, 20));
        try (Image source = Image.create(machines.icc().streams(), spec)) {
            NumberedFrames.publish(source, source.newWriter(), 1);
            receive("sTCPrc-acc00");
            rtc.type("", "C-b", "d");
            rtc.awaitText("[detached (from session sTCPrc-acc00)]");

            transmit("acc000");

            try (Image copy = ForeignImage.awaitOpen(machines.rtc().streams(), "acc000")) {
                assertThat(copy.spec().describe()).isEqualTo("30x20 f32");
                NumberedFrames.lockStep(source, copy, 2, FRAMES);
            }
        }
    }

    @Test
    void aMirrorChannelThatIsAtTheReceiver() {
        ImageSpec channel = ImageSpec.of("dm01disp06", DataType.FLOAT, Shape.of(50, 50));
        try (Image copy = Image.create(machines.rtc().streams(), channel)) {
            receive("sTCPrc-dm01disp06");

            icc.type("cacao", "Enter");
            icc.awaitText("prompt in " + machines.icc().streams().path());
            icc.type("mk2Dim \"s>tf32>dm01disp06\" 50 50", "Enter");
            icc.awaitText("created dm01disp06 50x50 f32");
            icc.type("exit", "Enter");
            icc.awaitText("at home $", 2);
            transmit("dm01disp06");

            try (Image source = Image.open(machines.icc().streams(), "dm01disp06")) {
                NumberedFrames.lockStep(source, copy, 1, FRAMES);
            }
            assertThat(copy.isReplaced()).isFalse();
        }
    }
}
