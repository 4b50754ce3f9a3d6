package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.Project;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.TmuxTerminal;

/** The writer with a C reader, and the picture in a real terminal. */
@ExtendWith(ChildProcesses.class)
class WriteAndWatchIT {
    private static final Path BIN = Project.ROOT.resolve("bin");
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Duration END_AFTER_SIGNAL = Duration.ofSeconds((long) Full.slack());

    private static final Pattern AGE = Pattern.compile("  age [1-9]\\d*\\.\\d* s");
    private final Path dir;

    WriteAndWatchIT(@ShmDir Path dir) {
        this.dir = dir;
    }

    private Map<String, String> environment() {
        return Map.of(
                "MILK_SHM_DIR",
                dir.toString(),
                "XDG_STATE_HOME",
                dir.resolve("state").toString(),
                "LC_ALL",
                "C.UTF-8");
    }

    private ChildProcess shmim(String line) {
        List<String> command = new ArrayList<>(List.of(BIN.resolve("shmim").toString()));
        command.addAll(List.of(line.split(" ")));
        return ChildProcess.start(environment(), command);
    }

    private Image open(String name) {
        return Image.open(new ImageDirectory(dir), name);
    }

    private void awaitFrames(String name, long count) {
        try (Image image = open(name)) {
            Await.until(DEADLINE, count + " frames in " + name, () -> image.cnt0() >= count);
        }
    }

    /** The C peer checks the writer's frames as it checks its own. */
    @Test
    void aReaderInCFindsEveryWordRight() {
        shmim("create cam 120 120 --type ui16 --keywords 20").awaitSuccess(DEADLINE);
        ChildProcess reader = Peer.start(dir, "read", "cam", "700", "3", "20", "100");
        ChildProcess writer = shmim("write cam --pattern counter --rate 500 --frames 1250 --stamp");
        Map<String, String> found = Peer.fields(reader.awaitSuccess(DEADLINE));
        assertThat(found).containsEntry("torn", "0").containsEntry("reordered", "0");
        writer.awaitSuccess(DEADLINE);
        assertThat(writer.errors()).contains("end: cam ", " frames=1250 ", "late_p50_us=");
        // On a busy machine the writer skips frames and the reader misses some, but neither is ever
        // too fast.
        assertThat(Double.parseDouble(found.getOrDefault("fps", "nan"))).isBetween(1.0, 501.0);
        String due = Peer.fields(writer.errors()).getOrDefault("in", "nan").replace("/s", "");
        assertThat(Double.parseDouble(due)).as("frames due a second").isBetween(400.0, 501.0);
        try (Image image = open("cam")) {
            assertThat(image.cnt0()).isEqualTo(1250);
            assertThat(image.isWriting()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({"INT, 0", "INT, 0.1", "TERM, 0", "TERM, 0.1"})
    void aSignalEndsTheWriterInOrder(String signal, String rate) {
        ChildProcess writer = shmim("write x --create 64x64 --pattern turbulence --rate " + rate);
        Await.until(DEADLINE, "the stream", () -> new ImageDirectory(dir).has("x"));
        awaitFrames("x", 1);
        writer.signal(signal);
        writer.awaitExit(END_AFTER_SIGNAL);
        assertThat(writer.errors()).contains("end: x ");
        try (Image image = open("x")) {
            assertThat(image.isWriting()).isFalse();
        }
    }

    @Test
    void linesOfNumbersWhereThereIsNoTerminal() {
        shmim("write x --create 8x8 --frames 1").awaitSuccess(DEADLINE);
        ChildProcess watch = shmim("watch x").awaitOutput("cnt0 1", DEADLINE);
        watch.signal("INT");
        watch.awaitExit(END_AFTER_SIGNAL);
        assertThat(watch.output()).contains("x 8x8 f32", " min 0.0").doesNotContain("\u001b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"q", "INT", "TERM"})
    void aPictureInATerminal(String end) {
        ChildProcess writer = shmim("write x --create 20x20 --rate 200 --seconds 60");
        Await.until(DEADLINE, "the stream", () -> new ImageDirectory(dir).has("x"));
        String shell =
                "echo before; COLORTERM=truecolor '"
                        + BIN.resolve("shmim")
                        + "' watch x; echo \"[ended]\"; exec sh";
        try (TmuxTerminal terminal = new TmuxTerminal(dir, environment(), shell)) {
            terminal.awaitText("viridis linear");
            terminal.awaitText(" Hz");
            for (String part : List.of("x 20x20 f32", "\u2580", "min ", "rms ")) {
                terminal.awaitText(part); // the screen may be captured while being drawn
            }
            assertThat(terminal.coloredScreen()).contains("\u001b[48;2;", "\u001b[38;2;");
            assertThat(terminal.tmux("display", "-p", "#{alternate_on} #{cursor_flag}"))
                    .isEqualTo("1 0\n");

            terminal.tmux("resize-window", "-x", "50", "-y", "15");
            Await.until(
                    DEADLINE,
                    "a smaller picture, with its last line",
                    () -> terminal.screen().lines().anyMatch(line -> line.startsWith("min ")));

            writer.signal("INT");
            Await.until(DEADLINE, "an age that grows", () -> AGE.matcher(terminal.screen()).find());

            end(terminal, end);
            terminal.awaitText("[ended]");
            assertThat(terminal.screen()).startsWith("before").doesNotContain("viridis");
            assertThat(terminal.tmux("display", "-p", "#{alternate_on} #{cursor_flag}"))
                    .isEqualTo("0 1\n");
        }
    }

    private static void end(TmuxTerminal terminal, String how) {
        if (how.equals("q")) {
            terminal.type("q");
        } else if (how.equals("INT")) {
            terminal.type("", "C-c");
        } else {
            String shell = terminal.tmux("display", "-p", "#{pane_pid}").strip();
            ChildProcess.start(Map.of(), List.of("pkill", "-TERM", "-P", shell, "shmim watch"))
                    .awaitSuccess(DEADLINE);
        }
    }
}
