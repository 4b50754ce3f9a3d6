package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
                        rmshmim 'cam'
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
                        "mk2Dim q>x 5 5\nreadshmim \"x\nreadshmim y\nmk2Dim s>x 5\ncreate x 5\n",
                        "shmim");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.out()).isEqualTo("created x 5 f32 in " + dir + "\n");
        assertThat(result.err().lines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("mk2Dim: image name 'q>x': unknown"),
                        line ->
                                assertThat(line)
                                        .isEqualTo(
                                                "shmim: a quote is not closed in: readshmim \"x"),
                        line -> assertThat(line).startsWith("readshmim: no stream 'y' in"),
                        line -> assertThat(line).startsWith("mk2Dim: Missing required parameter"),
                        line -> assertThat(line).isEqualTo("Try: mk2Dim --help"));
    }

    /** Runs what milk's and MagAO-X's scripts type, up to the transfer itself. */
    @Test
    void runsScriptsForThePromptOfMilk(@TempDir Path work) throws IOException {
        Path size = work.resolve("size.txt");
        var result =
                shell.runWithInput(
                        """
                        mk2Dim "s>tf32>dm01disp06" 50 40
                        mk2Dim "@S:tui16>cam" 12 10
                        mk3Dim "tui8>cube" 4 3 2
                        csetpmove system
                        rtprio 80
                        readshmimsize dm01disp06 SIZE
                        readshmimsize cube
                        readshmim dm01disp06
                        rm cube
                        listfavorites now
                        rmshmim cam
                        exitCLI
                        rmshmim cube
                        """
                                .replace("SIZE", size.toString()),
                        "shmim");
        assertThat(result.exit()).isZero();
        assertThat(result.outLines())
                .containsExactly(
                        "created dm01disp06 50x40 f32 in " + dir,
                        "created cam 12x10 ui16 in " + dir,
                        "created cube 4x3x2 ui8 in " + dir,
                        "4 3 2",
                        "dm01disp06 50x40 f32 can be read, cnt0 0",
                        "removed cam");
        assertThat(result.err().lines())
                .containsExactly(
                        "shmim: csetpmove has no meaning here; $SHMIMTCP_CPUSET selects the CPUs",
                        "shmim: rtprio has no meaning here; each link takes its own priority",
                        "shmim: rm deletes nothing at this prompt; to delete streams, use rmshmim",
                        "shmim: no command 'listfavorites' here: skipped; help lists them");
        assertThat(size).hasContent("50 40 \n");
        assertThat(shell.directory.names()).containsExactly("cube", "dm01disp06");
    }

    @Test
    void aSizeIsNotWrittenOverWhatIsNoFile(@TempDir Path work) {
        var result = shell.runWithInput("create x 5\nreadshmimsize x " + work + "\n", "shmim");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).contains("is not a regular file: left alone");
    }

    /** Wrong arguments of milk's transfer commands are reported before anything starts. */
    @Test
    void transferCommandsTakeMilksArguments() {
        var result =
                shell.runWithInput(
                        """
                        imnetwtransmit nope 127.0.0.1 8886 0 80
                        imnetwtransmit nope 127.0.0.1 70000
                        imnetwreceive 70000 0 80
                        """,
                        "shmim");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err())
                .contains("no stream 'nope'")
                .containsPattern("shmimTCPtransmit: .*PORT.*from 1 to 65535, not 70000")
                .containsPattern("shmimTCPreceive: .*PORT.*from 1 to 65535, not 70000");
        assertThat(shell.run("imnetwtransmit", "nope", "127.0.0.1", "8886", "0", "0").err())
                .contains("no stream 'nope'");
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
            delimiter = '!',
            quoteCharacter = '~',
            value = {
                "a b  c ! a,b,c",
                "a \"b c\" 'd \"e' ! a,b c,d \"e",
                "s>tf32>x 5 ! s>tf32>x,5",
                "# a b ! ~~",
                "  ! ~~",
                "a # b ! a",
                "a \"#b\" ! a,#b",
                "rm cam#1 x#y# z ! rm,cam#1,x#y#,z",
                "rm cam#1 # both cameras ! rm,cam#1",
                "a\\#b \\#c ! a#b,#c",
                "a\\b c\\\\d e\\ f ! ab,c\\d,e f",
                "a\"b c\"d'e f'g ! ab cde fg",
                "a \"\" b ! a,,b",
                "\"a\\\"b\\\\c\\d\" 'e\\f' ! a\"b\\c\\d,e\\f",
                "\"a;b\" 'c|d' e\\&f ! a;b,c|d,e&f",
                "a\tb ! a,b",
                "$a *b c? {d} ~e ! $a,*b,c?,{d},~e"
            })
    void linesAreSplitAsAShellDoes(String line, String words) {
        List<List<String>> expected = words.isEmpty() ? List.of() : List.of(split(words));
        assertThat(LineSplitter.split(line == null ? "" : line)).isEqualTo(expected);
    }

    private static List<String> split(String words) {
        return List.of(words.split(",", -1));
    }

    @Test
    void semicolonsSeparateCommands() {
        assertThat(LineSplitter.split("a b;c ;; d # e; f"))
                .containsExactly(List.of("a", "b"), List.of("c"), List.of("d"));
        var result = shell.runWithInput("create x 5; create y; create z 5; exit; rm z", "shmim");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(shell.directory.names()).containsExactly("x", "z");
    }

    /** In a shell, these would be no names. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "rmshmim a > b",
                "rmshmim a >b",
                "rmshmim a 2>b",
                "rmshmim a && rmshmim b",
                "rmshmim a | rmshmim b",
                "rmshmim a < b",
                "rmshmim a & b",
                "rmshmim a b \\"
            })
    void whatOnlyAShellCanDoIsRefused(String line) {
        shell.runWithInput("create a 5; create b 5", "shmim");
        var result = shell.runWithInput(line, "shmim");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines()).hasSize(1);
        assertThat(shell.directory.names()).containsExactly("a", "b");
    }

    /** Of streams with similar names, only the named one is removed. */
    @Test
    void aNameIsNeverCutOrJoined() {
        shell.runWithInput("create cam 5; create cam#1 5; create 2 5", "shmim");
        var result = shell.runWithInput("rmshmim cam#1\nrmshmim cam\\ 2\n", "shmim");
        assertThat(result.out()).isEqualTo("removed cam#1\n");
        assertThat(result.err()).contains("stream name 'cam 2' contains a blank");
        assertThat(shell.directory.names()).containsExactly("2", "cam");
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
