package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.TmuxTerminal;

/** Links and streams in a real terminal. */
@ExtendWith(ChildProcesses.class)
class TopIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final List<String> FITTING = List.of("NAME", "STATE", "OUT", "SKIPPED");

    @Test
    void showsLinksAndStreamsAndTheirPicture(@ShmDir Path dir) {
        Programs programs = new Programs(dir);
        int port = Programs.freePort();
        ChildProcess writer =
                programs.start(
                        "shmim",
                        "write",
                        "dm",
                        "--create",
                        "20x20",
                        "--rate",
                        "100",
                        "--seconds",
                        "120");
        Await.until(DEADLINE, "the stream", () -> new ImageDirectory(dir).has("dm"));
        ChildProcess receiver = programs.receive(port, "-p", "0", "--name", "copy");
        programs.transmit("dm", port, "-p", "0");
        String shell =
                "echo before; '" + Programs.launcher("shmim") + "' top; echo \"[ended]\"; exec sh";
        Map<String, String> environment =
                Map.of("MILK_SHM_DIR", dir.toString(), "LC_ALL", "C.UTF-8");
        try (TmuxTerminal terminal = new TmuxTerminal(dir, environment, shell)) {
            terminal.awaitText("connected", 2);
            terminal.awaitText("copy");
            terminal.awaitText("2 links  2 streams by name");
            terminal.awaitText("shmimTCPreceive("); // the copy's writer
            terminal.awaitText("shmimTCPtransmit("); // a process waiting for the source
            terminal.awaitText("shmim write(");

            terminal.type("", "Down", "r");
            terminal.awaitText("restart copy rx? y");
            terminal.type("n");
            terminal.awaitText("not restarted");
            terminal.type("ry");
            terminal.awaitText("copy rx: restarts within a second");
            receiver.awaitOutput("restarted here on request", DEADLINE);
            terminal.awaitText("connected", 2);

            terminal.type("s");
            terminal.awaitText("by rate");

            terminal.tmux("resize-window", "-x", "70", "-y", "12");
            Await.until(
                    DEADLINE,
                    "lines that fit",
                    () ->
                            FITTING.stream().allMatch(terminal.screen()::contains)
                                    && terminal.screen().lines().allMatch(l -> l.length() <= 70));

            // Less important columns are left out.
            assertThat(terminal.screen()).doesNotContain("MB/s", "PEER");
            terminal.type("", "Down", "Down", "Up");
            terminal.type("", "Enter");
            terminal.awaitText("20x20 f32  cnt0");
            terminal.type("q");
            terminal.awaitText("2 streams by rate");

            receiver.kill9();
            terminal.awaitText("waiting");
            assertThat(terminal.coloredScreen()).contains("\u001b[31m");

            terminal.type("q");
            terminal.awaitText("[ended]");
            assertThat(terminal.screen()).startsWith("before");
        }
        writer.terminate();
    }

    @Test
    void withoutATerminalItSaysWhatToUse(@ShmDir Path dir) {
        ChildProcess top = new Programs(dir).start("shmim", "top");
        assertThat(top.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(top.errors()).contains("top needs a terminal");
    }
}
