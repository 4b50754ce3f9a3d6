package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.TmuxTerminal;

/** What the Tab key offers in the real shells. */
@ExtendWith(ChildProcesses.class)
class CompletionTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    /** Names that a shell would execute, split or expand if it evaluated them. */
    private static final List<String> HOSTILE =
            List.of(
                    "h1$(touch pwned)x",
                    "h2`touch pwned`x",
                    "h3;touch pwned;x",
                    "h4 two words",
                    "h5'quote\"quote",
                    "h6*",
                    "h7${HOME}",
                    "h8$(touch${IFS}pwned)",
                    "h9&touch pwned&");

    @TempDir Path dir;
    private Path streams;
    private Path files;
    private Path script;

    @BeforeEach
    void script() throws IOException {
        streams = Files.createDirectory(dir.resolve("streams"));
        files = Files.createDirectory(dir.resolve("files"));
        script = dir.resolve("completion");
        Files.writeString(script, new Shell(streams).run("shmim", "completion").out());
    }

    private Map<String, String> environment() {
        return Map.of("MILK_SHM_DIR", streams.toString(), "HISTFILE", "", "LC_ALL", "C.UTF-8");
    }

    private String complete(String... words) {
        List<String> quoted = new java.util.ArrayList<>();
        for (String word : words) {
            quoted.add("'" + word.replace("'", "'\\''") + "'");
        }
        String run =
                """
                set -u
                cd '%s'
                source '%s'
                COMP_WORDS=(%s)
                COMP_CWORD=%d
                _shmim
                [ ${#COMPREPLY[@]} = 0 ] || printf '%%s\\n' "${COMPREPLY[@]}"
                """
                        .formatted(files, script, String.join(" ", quoted), words.length - 1);
        return ChildProcess.start(environment(), List.of("bash", "-c", run))
                .awaitSuccess(DEADLINE)
                .strip();
    }

    @Test
    void commandsOptionsValuesAndStreams() {
        Shell shell = new Shell(streams);
        shell.run("shmim", "create", "dm01disp03", "5", "5");
        shell.run("shmim", "create", "camera", "5", "5");
        assertThat(complete("shmim", "rec")).isEqualTo("record\nrecover");
        assertThat(complete("shmim", "help", "rec")).isEqualTo("record\nrecover");
        assertThat(complete("shmim", "watch", "")).isEqualTo("camera\ndm01disp03");
        assertThat(complete("shmim", "watch", "dm")).isEqualTo("dm01disp03");
        assertThat(complete("shmim", "watch", "camera", "")).isEmpty();
        assertThat(complete("shmim", "rm", "-f", "camera", "d")).isEqualTo("dm01disp03");
        assertThat(complete("shmim", "save", "--sec")).isEqualTo("--seconds");
        assertThat(complete("shmim", "load", "file.fits", "cam")).isEqualTo("camera");
        assertThat(complete("shmim", "load", "")).isEmpty(); // a file name: left to the shell
        assertThat(complete("shmim", "create", "--axis", "sp")).isEqualTo("spatial");
        assertThat(complete("shmim", "create", "--axis", "=", "sp")).isEqualTo("spatial");
        assertThat(complete("shmim", "create", "--type", "ui")).contains("ui16");
        assertThat(complete("shmim", "service", "")).isEqualTo("install\nuninstall\nprint");
        assertThat(complete("/usr/bin/mk2Dim", "--fo")).isEqualTo("--force");
        assertThat(complete("shmimTCPtransmit", "--wait", "spin", "cam")).isEqualTo("camera");
        assertThat(complete("shmimTCPtransmit", "--wait", "")).contains("spin");
    }

    @Test
    void aNameIsNeverEvaluated() throws IOException {
        for (String name : HOSTILE) {
            Files.createFile(streams.resolve(name + ".im.shm"));
            Files.createFile(files.resolve(name + ".fits"));
        }
        for (String before : List.of("info", "watch", "load x.fits", "record")) {
            String[] words = ("shmim " + before + " h").split(" ");
            assertThat(complete(words).lines()).as(before).hasSize(HOSTILE.size());
        }
        // Returned quoted: the shell takes each as one word, unchanged.
        String offered = String.join(" ", complete("shmim", "info", "h").lines().toList());
        String words = "printf '%s\\n' " + offered;
        assertThat(
                        ChildProcess.start(
                                        Map.of(),
                                        List.of("bash", "-c", "cd " + files + ";" + words))
                                .awaitSuccess(DEADLINE)
                                .lines())
                .containsExactlyElementsOf(HOSTILE);
        // The typed text may be hostile, too.
        complete("shmim", "info", "$(touch pwned)");
        complete("shmim", "load", "`touch pwned`");
        complete("shmim", "$(touch pwned)", "");
        complete("shmim", "create", "--type", "$(touch pwned)");
        assertThat(files.resolve("pwned")).doesNotExist();
    }

    @Test
    void theTabKeyOfBash() throws IOException {
        theTabKey("bash --norc --noprofile -i");
    }

    @Test
    void theTabKeyOfZsh() throws IOException {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/zsh"))
                        || Files.isExecutable(Path.of("/bin/zsh")),
                "no zsh here");
        theTabKey("zsh -f -i");
    }

    /** Completes one name at a time, so that the whole name is completed; then runs the line. */
    private void theTabKey(String shell) throws IOException {
        String line = "cd '" + files + "'; PS1='ready> ' exec " + shell;
        try (TmuxTerminal terminal = new TmuxTerminal(dir, environment(), line)) {
            terminal.awaitText("ready>");
            terminal.type("shmim() { printf 'got<%s>' \"$@\"; echo; }; source " + script, "Enter");
            for (String name : HOSTILE) {
                Path stream = Files.createFile(streams.resolve(name + ".im.shm"));
                terminal.type("shmim info h", "Tab", "Enter");
                terminal.awaitText("got<info>got<" + name + ">");
                Files.delete(stream);
                Path file = Files.createFile(files.resolve(name + ".fits"));
                terminal.type("shmim load h", "Tab", "Enter");
                terminal.awaitText("got<load>got<" + name + ".fits>");
                Files.delete(file);
                terminal.type("clear; echo new", "Enter");
                terminal.awaitText("new\nready>");
            }
        }
        assertThat(files.resolve("pwned")).doesNotExist();
    }
}
