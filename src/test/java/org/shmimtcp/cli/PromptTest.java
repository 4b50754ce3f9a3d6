package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PromptTest {
    @TempDir Path dir;
    private Shell shell;

    @BeforeEach
    void newShell() {
        shell = new Shell(dir);
    }

    @Test
    void runsWhatIsTypedAtOtherPrompts() {
        var result =
                shell.runWithInput(
                        """
                        # the woofer
                        mk2Dim "s>tf32>dm01disp06" 50 50

                          mk2Dim s>tui16>cam 12 10   # unquoted
                        readshmim dm01disp06
                        listim --sample 0
                        rm 'cam'
                        exit
                        mk2Dim "s>never" 1 1
                        """,
                        "shmim");
        assertThat(result.err()).isEmpty();
        assertThat(result.exit()).isZero();
        assertThat(result.outLines())
                .startsWith(
                        "created dm01disp06 50x50 f32 in " + dir,
                        "created cam 12x10 ui16 in " + dir,
                        "dm01disp06 50x50 f32 can be read, cnt0 0",
                        dir + ": 2 streams")
                .endsWith("removed cam");
        assertThat(shell.directory.names()).containsExactly("dm01disp06");
    }

    @Test
    void aBadLineIsReportedAndTheNextOneRuns() {
        var result =
                shell.runWithInput(
                        "mk2Dim q>x 5 5\nfoo\nreadshmim \"x\nreadshmim y\nmk2Dim s>x 5\ncreate x 5\n",
                        "shmim");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.out()).isEqualTo("created x 5 f32 in " + dir + "\n");
        assertThat(result.err().lines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("mk2Dim: image name 'q>x': unknown"),
                        line ->
                                assertThat(line)
                                        .isEqualTo("shmim: no command 'foo'; help lists them"),
                        line ->
                                assertThat(line)
                                        .isEqualTo(
                                                "shmim: a quote is not closed in: readshmim \"x"),
                        line -> assertThat(line).startsWith("readshmim: no stream 'y' in"),
                        line -> assertThat(line).startsWith("mk2Dim: Missing required parameter"),
                        line -> assertThat(line).isEqualTo("Try: mk2Dim --help"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"help", "?"})
    void helpListsEveryCommand(String help) {
        var result = shell.runWithInput(help + "\nquit\n", "shmim");
        assertThat(result.exit()).isZero();
        for (String name : Commands.promptNames()) {
            assertThat(result.out()).containsPattern("(?m)^  " + name + " +\\S");
        }
        assertThat(result.out()).contains("exit, quit");
    }

    @Test
    void helpOfOneCommand() {
        var result = shell.runWithInput("help mk2Dim\nhelp nope", "shmim");
        assertThat(result.out()).startsWith("Usage: mk2Dim ");
        assertThat(result.err()).isEqualTo("shmim: no command 'nope'; help lists them\n");
        assertThat(result.exit()).isEqualTo(1);
    }

    @Test
    void aCommandMayBeTypedAsInAShell() {
        var result = shell.runWithInput("shmim create y 5\nshmim\nshmim mk2Dim s>z 5 5", "shmim");
        assertThat(result.err()).isEmpty();
        assertThat(result.exit()).isZero();
        assertThat(shell.directory.names()).containsExactly("y", "z");
    }

    @Test
    void nothingToDo() {
        var result = shell.runWithInput("", "shmim");
        assertThat(result.exit()).isZero();
        assertThat(result.out() + result.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "a b  c | a,b,c",
                "a \"b c\" 'd \"e' | a,b c,d \"e",
                "s>tf32>x 5 | s>tf32>x,5",
                "# a b | ~~",
                "  | ~~",
                "a # b | a",
                "a \"#b\" | a,#b",
                "a\\b | a\\b"
            })
    void linesAreSplitAsAShellDoes(String line, String words) {
        List<String> expected = words.isEmpty() ? List.of() : List.of(words.split(","));
        assertThat(LineSplitter.split(line == null ? "" : line)).isEqualTo(expected);
    }

    @Test
    void historyIsWhereXdgSays() {
        assertThat(PromptTerminal.historyFile(Map.of("XDG_STATE_HOME", "/s")))
                .isEqualTo(Path.of("/s/shmimtcp/history"));
        assertThat(PromptTerminal.historyFile(Map.of()))
                .isEqualTo(
                        Path.of(System.getProperty("user.home"), ".local/state/shmimtcp/history"));
    }
}
