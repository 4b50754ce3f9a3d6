package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
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
                        "shmim: rm deletes nothing here; to delete streams, use rmshmim",
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
        assertThat(result.err().lines())
                .filteredOn(line -> !line.startsWith("Try: imnetw"))
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("imnetwtransmit: no stream 'nope'"),
                        line ->
                                assertThat(line)
                                        .isEqualTo(
                                                "imnetwtransmit: PORT must be from 1 to 65535, not"
                                                        + " 70000"),
                        line ->
                                assertThat(line)
                                        .isEqualTo(
                                                "imnetwreceive: PORT must be from 1 to 65535, not"
                                                        + " 70000"));
        assertThat(shell.run("imnetwtransmit", "nope", "127.0.0.1", "8886", "0", "0").err())
                .contains("no stream 'nope'");
    }

    /** An operator must not be told of an option that nobody typed. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "imnetwtransmit x 127.0.0.1 8886 0 high | imnetwtransmit: .*PRIO.*not \"high\"",
                "imnetwtransmit x 127.0.0.1 8886 0 100 | imnetwtransmit: PRIO .*0 to 99, not 100",
                "imnetwtransmit x 127.0.0.1 8886 fast | imnetwtransmit: .*MODE.*not \"fast\"",
                "imnetwtransmit x 127.0.0.1 port | imnetwtransmit: .*PORT.*not \"port\"",
                "imnetwtransmit x 127.0.0.1 | imnetwtransmit: .*'PORT'",
                "imnetwtransmit x no-such-host.invalid 1 | imnetwtransmit: unknown host 'no-such",
                "imnetwtransmit @N:x 127.0.0.1 8886 | imnetwtransmit: .*'@N:x'",
                "imnetwreceive 8886 0 high | imnetwreceive: .*PRIO.*not \"high\"",
                "imnetwreceive 8886 0 100 | imnetwreceive: PRIO .*0 to 99, not 100",
                "imnetwreceive -k | imnetwreceive: .*PORT.*not \"-k\""
            })
    void wrongArgumentsAreNamedAsTyped(String line, String message) {
        shell.run("mk2Dim", "x", "5", "5");
        var result = shell.runWithInput(line, "shmim");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err())
                .containsPattern("^" + message)
                .doesNotContain("shmimTCP", "option");
    }

    /** As in milk, which then changes no priority. */
    @Test
    void aPriorityBelowZeroIsNone() {
        var result = shell.runWithInput("imnetwtransmit nope 127.0.0.1 8886 0 -1", "shmim");
        assertThat(result.err().lines())
                .satisfiesExactly(
                        line ->
                                assertThat(line)
                                        .isEqualTo(
                                                "imnetwtransmit: priority -1 is below 0: running"
                                                        + " without real-time priority"),
                        line -> assertThat(line).startsWith("imnetwtransmit: no stream 'nope'"));
    }

    /** The modifiers of 2026. */
    @Test
    void imagesThatMustOrMustNotExist() {
        var result =
                shell.runWithInput(
                        """
                        mk2Dim "@N:tf32>cam" 5 4
                        mk2Dim "@N:cam" 5 4
                        mk2Dim "@SE:cam" 5 4
                        mk3Dim "@E:cube" 5 4 3
                        readshmim @E:cam
                        readshmimsize @SE:cam
                        """,
                        "shmim");
        assertThat(result.outLines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("created cam 5x4 f32"),
                        line -> assertThat(line).isEqualTo("cam 5x4 f32 already exists"),
                        line -> assertThat(line).startsWith("cam 5x4 f32 can be read"),
                        line -> assertThat(line).isEqualTo("5 4"));
        assertThat(result.err().lines())
                .containsExactly(
                        "mk2Dim: stream 'cam' exists: @N: requires a name that is not in use",
                        "mk3Dim: no stream 'cube' in " + dir + ": @E: requires it");
    }

    /** Scripts start milk with these options. */
    @Test
    void milkAndCacaoAreThePrompt(@TempDir Path work) throws IOException {
        Path startup = Files.writeString(work.resolve("startup"), "create x 5\nexitCLI\n");
        var result = shell.runWithInput("create y 5", "milk", "-f", "-s", startup.toString());
        assertThat(result.err()).isEmpty();
        assertThat(result.exit()).isZero();
        assertThat(shell.directory.names()).containsExactly("x");
        Files.writeString(startup, "create z 5\n");
        result =
                shell.runWithInput(
                        "create y 5", "cacao", "--startup", startup.toString(), "-p", "80");
        assertThat(result.exit()).isZero();
        assertThat(shell.directory.names()).containsExactly("x", "y", "z");
        result = shell.runWithInput("rmshmim nope", "cacao", "-F", work.resolve("fifo").toString());
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err().lines().findFirst())
                .hasValue("cacao: there is no FIFO: commands come from standard input");
        assertThat(work.resolve("fifo")).doesNotExist();
        assertThat(shell.run("milk", "-s", work.resolve("no").toString()).err())
                .isEqualTo("milk: " + work.resolve("no") + ": it does not exist\n");
        assertThat(shell.run("cacao", "--help").out())
                .startsWith("Usage: cacao ")
                .contains("-n, --pname=NAME", "there is no FIFO");
        assertThat(shell.runWithInput("cacao", "shmim").err()).contains("no command 'cacao' here");
    }

    @ParameterizedTest
    @ValueSource(strings = {"help", "?"})
    void helpListsEveryCommand(String help) {
        var result = shell.runWithInput(help + "\nquit\n", "shmim");
        assertThat(result.exit()).isZero();
        List<String> commands = new ArrayList<>(Commands.promptNames());
        assertThat(commands.remove("rm")).isTrue(); // is another one at the prompt
        for (String name : commands) {
            assertThat(result.out()).containsPattern("(?m)^  " + name + " +[A-Z]");
        }
        assertThat(result.out()).contains("\n  exit, quit  ", "\n  help, ?  ");
    }

    /** What help says of a word is what the word does here. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rm | deletes nothing here; to delete streams, use rmshmim",
                "csetpmove | has no meaning here; $SHMIMTCP_CPUSET selects the CPUs",
                "rtprio | has no meaning here; each link takes its own priority"
            })
    void wordsOfMilkThatAreSkipped(String word, String does) {
        assertThat(shell.runWithInput("help", "shmim").out())
                .containsOnlyOnce("\n  " + word + " ")
                .containsPattern("\n  " + word + " +" + Pattern.quote(does) + "\n");
        for (String help : List.of("help ", "? ")) {
            var result = shell.runWithInput(help + word, "shmim");
            assertThat(result.out()).isEqualTo(word + " " + does + "\n");
            assertThat(result.err()).isEmpty();
            assertThat(result.exit()).isZero();
        }
        var result = shell.runWithInput(word + " x", "shmim");
        assertThat(result.err()).isEqualTo("shmim: " + word + " " + does + "\n");
        assertThat(result.exit()).isZero();
        assertThat(Prompt.completions()).doesNotContain(word).contains("rmshmim", "ls", "help");
    }

    /** A script must not end as if it had transferred a stream. */
    @ParameterizedTest
    @ValueSource(strings = {"imudptransmit x 127.0.0.1 8886 0 0", "imudpreceive 8886 0 0"})
    void transferByUdpFails(String line) {
        var result = shell.runWithInput(line + "\nexitCLI\n", "milk");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo(
                        "shmim: "
                                + line.substring(0, line.indexOf(' '))
                                + " is not supported; imnetwtransmit uses TCP\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"help", "?", "exit", "quit", "exitCLI", "imudptransmit"})
    void everyWordOfThePromptHasHelp(String word) {
        var result = shell.runWithInput("help " + word, "shmim");
        assertThat(result.out()).startsWith(word + " ");
        assertThat(result.exit()).isZero();
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
