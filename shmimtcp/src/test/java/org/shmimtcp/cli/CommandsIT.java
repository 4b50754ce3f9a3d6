package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Project;
import org.shmimtcp.testing.TmuxTerminal;

/**
 * The commands as started by users: through the launchers in {@code bin}, one of them in a
 * terminal.
 */
@ExtendWith(ChildProcesses.class)
class CommandsIT {
    private static final Path BIN = Project.ROOT.resolve("bin");
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @TempDir Path dir;

    private Map<String, String> environment() {
        return Map.of(
                "MILK_SHM_DIR", dir.toString(),
                "XDG_STATE_HOME", dir.resolve("state").toString());
    }

    private ChildProcess bin(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(BIN.resolve(program).toString());
        command.addAll(List.of(arguments));
        return ChildProcess.start(environment(), command);
    }

    /**
     * Returns the file's bytes, which the test reads by the format's offsets, without code of the
     * product.
     */
    private ByteBuffer file(String name) throws IOException {
        byte[] bytes = Files.readAllBytes(dir.resolve(name + ".im.shm"));
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void mk2DimAsTheReadmeHasIt() throws IOException {
        assertThat(bin("mk2Dim", "s>tf32>dm01disp06", "50", "50").awaitSuccess(DEADLINE))
                .isEqualTo("created dm01disp06 50x50 f32 in " + dir + "\n");
        ByteBuffer image = file("dm01disp06");
        assertThat(image.getInt(0)).isEqualTo(0x30302e32); // "2.00"
        assertThat(image.get(112)).isEqualTo((byte) 2);
        assertThat(image.getInt(116)).isEqualTo(50);
        assertThat(image.getInt(120)).isEqualTo(50);
        assertThat(image.get(136)).isEqualTo((byte) 9); // float
        assertThat(image.get(258)).isEqualTo((byte) 10);
        assertThat(image.get(290)).isEqualTo((byte) 10);
        assertThat(image.getLong(312)).isEqualTo(10_000);
        Object inode = Files.getAttribute(dir.resolve("dm01disp06.im.shm"), "unix:ino");
        assertThat(image.getLong(232)).isEqualTo(inode);

        ChildProcess again = bin("mk2Dim", "s>tf32>dm01disp06", "50", "50");
        assertThat(again.awaitSuccess(DEADLINE)).isEqualTo("dm01disp06 50x50 f32 already exists\n");
        ChildProcess other = bin("mk2Dim", "s>dm01disp06", "34", "34");
        assertThat(other.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(other.errors()).startsWith("mk2Dim: ").contains("50x50 f32", "34x34 f32");
        assertThat(Files.getAttribute(dir.resolve("dm01disp06.im.shm"), "unix:ino"))
                .isEqualTo(inode);
    }

    @Test
    void helpNamesTheProgramThatWasStarted() {
        assertThat(bin("mk2Dim", "--help").awaitSuccess(DEADLINE)).startsWith("Usage: mk2Dim ");
        assertThat(bin("shmim", "mk2Dim", "--help").awaitSuccess(DEADLINE))
                .startsWith("Usage: mk2Dim ");
        assertThat(bin("shmim", "ls", "--help").awaitSuccess(DEADLINE))
                .startsWith("Usage: shmim ls ");
    }

    @Test
    void commandsFromAPipe() {
        ChildProcess pipe =
                ChildProcess.start(
                        environment(),
                        List.of(
                                "sh",
                                "-c",
                                "printf '%s\\n' 'mk2Dim \"s>tui16>cam\" 12 10' nonsense"
                                        + " 'readshmim cam' exit | \"$0\"",
                                BIN.resolve("shmim").toString()));
        assertThat(pipe.awaitExit(DEADLINE)).isZero();
        assertThat(pipe.output())
                .isEqualTo(
                        "created cam 12x10 ui16 in "
                                + dir
                                + "\ncam 12x10 ui16 can be read, cnt0 0\n");
        assertThat(pipe.errors())
                .isEqualTo("shmim: no command 'nonsense' here: skipped; help lists them\n");
    }

    @Test
    void aMissingDirectoryIsWarnedOf() {
        ChildProcess ls =
                ChildProcess.start(
                        Map.of("MILK_SHM_DIR", dir + "/gone"),
                        List.of(BIN.resolve("shmim").toString(), "ls", "--sample", "0"));
        ls.awaitSuccess(DEADLINE);
        assertThat(ls.errors().lines()).hasSize(1);
        assertThat(ls.errors())
                .contains("$MILK_SHM_DIR is " + dir + "/gone, which is not a directory");
    }

    @Test
    void thePromptInATerminal() {
        String shell = "'" + BIN.resolve("shmim") + "'; echo \"[exit $?]\"; sleep 60";
        try (TmuxTerminal terminal = new TmuxTerminal(dir, environment(), shell)) {
            terminal.awaitText("shmim >");
            terminal.type("mk2Dim \"s>tf32>dm01disp06\" 50 50", "Enter");
            terminal.awaitText("created dm01disp06 50x50 f32 in");
            terminal.type("readsh", "Tab"); // completes what readshmim and readshmimsize share
            terminal.awaitText("> readshmim");
            terminal.type(" dm01", "Tab"); // and the stream
            terminal.awaitText("> readshmim dm01disp06");
            terminal.type("", "Enter");
            terminal.awaitText("dm01disp06 50x50 f32 can be read");
            terminal.type("nonsense", "Enter");
            terminal.awaitText("shmim: no command 'nonsense' here: skipped; help lists them");
            terminal.type("rm dm01disp06", "C-c"); // not run: the line is cancelled
            terminal.awaitText("shmim >", 5); // keys typed before the new prompt are lost
            terminal.type("", "Up", "Up"); // from the history
            terminal.awaitText("> readshmim dm01disp06", 2);
            terminal.type("", "Enter");
            terminal.awaitText("can be read", 2);
            terminal.awaitText("shmim >", 6);
            terminal.type("", "C-d");
            terminal.awaitText("[exit 0]");
        }
        assertThat(dir.resolve("dm01disp06.im.shm")).exists();
        assertThat(dir.resolve("state/shmimtcp/history")).content().contains("mk2Dim", "nonsense");
    }

    /** Runs a line of the shell in which {@code $SHMIM} is the launcher. */
    private ChildProcess shell(Map<String, String> more, String line) {
        Map<String, String> all = new HashMap<>(environment());
        all.put("SHMIM", BIN.resolve("shmim").toString());
        all.putAll(more);
        return ChildProcess.start(all, List.of("bash", "-c", line));
    }

    @Test
    void aClosedDescriptorIsNotThatOfAnotherFile() {
        ChildProcess noInput = shell(Map.of(), "$SHMIM <&-");
        assertThat(noInput.awaitSuccess(DEADLINE)).isEmpty();
        assertThat(noInput.errors()).isEmpty();
        ChildProcess nothing = shell(Map.of(), "$SHMIM create x 3 2 <&- >&- 2>&-");
        nothing.awaitSuccess(DEADLINE);
        assertThat(dir.resolve("x.im.shm")).exists();
    }

    @Test
    void tooFewFilesAreNamedAsTheReason() {
        ChildProcess few = shell(Map.of(), "ulimit -n 30; $SHMIM ls");
        assertThat(few.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(few.errors().lines()).singleElement().asString().contains("ulimit -n");
    }

    @Test
    void aCrashLeavesNoFileInTheWorkingDirectory() throws IOException {
        ChildProcess crash =
                shell(
                        Map.of(),
                        "cd $MILK_SHM_DIR; ulimit -c 0; $SHMIM create w 3 2; $SHMIM watch w >out &"
                                + " until [ -s out ]; do sleep 0.05; done; kill -SEGV $!; wait $!");
        assertThat(crash.awaitExit(DEADLINE)).isNotZero();
        assertThat(crash.errors()).contains("SIGSEGV");
        try (var files = Files.list(dir)) {
            assertThat(files).noneMatch(file -> file.toString().contains("hs_err"));
        }
    }

    @Test
    void outputThatIsLostIsAFailure() {
        ChildProcess full = shell(Map.of(), "$SHMIM ls --sample 0 >/dev/full");
        assertThat(full.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(full.errors().lines())
                .singleElement()
                .asString()
                .startsWith("shmim ls: standard output cannot be written: ");
        // The reader closes the pipe before the first byte, as `head` does when it has enough.
        ChildProcess closed =
                shell(
                        Map.of(),
                        "go=$MILK_SHM_DIR/go; { until [ -e $go ]; do sleep 0.05; done; $SHMIM"
                                + " --help; echo exit $? >&2; } | { exec <&-; touch $go; sleep 0; }");
        closed.awaitSuccess(DEADLINE);
        assertThat(closed.errors()).isEqualTo("exit 141\n");
        // A command with endless output ends when the reader has gone.
        ChildProcess watch = shell(Map.of(), "$SHMIM create w 3 2 && $SHMIM watch w | head -n 1");
        assertThat(watch.awaitSuccess(DEADLINE)).contains("w 3x2 f32");
    }

    @Test
    void aNameThatIsNotAsciiDisturbsNothingInAnyLocale() {
        for (String locale : List.of("POSIX", "xx_XX.UTF-8")) { // cron's locale; a missing one
            ChildProcess all =
                    shell(
                            Map.of("LC_ALL", locale),
                            "cd $MILK_SHM_DIR; $SHMIM create étoile 3 2 && touch $'bad\\xff.im.shm'"
                                    + " && $SHMIM ls --sample 0 && $SHMIM rm étoile");
            String printed = all.awaitSuccess(Duration.ofMinutes(2));
            assertThat(printed).as(locale).contains(": 2 streams", "3x2", "- stream name");
            assertThat(all.errors()).as(locale).doesNotContain("shmim");
            assertThat(dir.resolve("étoile.im.shm")).doesNotExist();
        }
    }
}
