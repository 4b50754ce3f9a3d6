package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.bridge.BridgeException;
import org.shmimtcp.process.UserError;
import picocli.CommandLine;

class MainTest {
    @TempDir Path dir;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "create",
                "ls",
                "info",
                "watch",
                "write",
                "save",
                "load",
                "record",
                "replay",
                "recover",
                "plot",
                "completion",
                "status",
                "restart",
                "top",
                "web",
                "serve",
                "service",
                "bridge",
                "demo",
                "dmdispbridge",
                "shmimTCPbridge",
                "rm",
                "mk2Dim",
                "shmimTCPtransmit",
                "shmimTCPreceive"
            })
    void everyHelpIsComplete(String name) {
        Shell shell = new Shell(dir);
        boolean program = Commands.isProgram(name);
        var result = program ? shell.run(name, "--help") : shell.run("shmim", name, "--help");
        assertThat(result.exit()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .startsWith("Usage: " + (program ? "" : "shmim ") + name + " ")
                .contains("Exit codes:\n  0 ", "\n  1 ", "\n  2 ", "\nExample")
                .containsPattern("(?m)^  (shmim )?" + name);
    }

    @Test
    void theUmbrellaListsItsCommands() {
        var result = new Shell(dir).run("shmim", "--help");
        assertThat(result.exit()).isZero();
        assertThat(result.out())
                .startsWith("Usage: shmim COMMAND")
                .contains(
                        "\n  mk2Dim ",
                        "\n  create ",
                        "\n  ls ",
                        "\n  info ",
                        "\n  rm ",
                        "\n  watch ",
                        "\n  write ")
                .doesNotContain("listim", "readshmim");
    }

    @Test
    void theUmbrellaGroupsItsCommandsByTask() {
        String help = new Shell(dir).run("shmim", "--help").out();
        assertThat(help)
                .contains("\n\nFiles:\n  save ", "\n\nState of the links:\n  status ")
                .doesNotContain("\nCommands:");
        assertThat(new Shell(dir).runWithInput("help\n", "shmim").out())
                .contains("\nFiles:\n  save ", "\n  readshmim ", "\n  exit, quit ");
    }

    @Test
    void noLineOfAnyHelpIsLongerThanATerminal() {
        Context context =
                new Context(
                        () -> new Shell(dir).directory,
                        java.io.InputStream.nullInputStream(),
                        false);
        List<CommandLine> all = new ArrayList<>(Commands.programs(context).values());
        all.addAll(all.getFirst().getSubcommands().values());
        Commands.promptNames()
                .forEach(name -> all.add(Commands.forPrompt(name, context).orElseThrow()));
        for (CommandLine command : all) {
            assertThat(command.getUsageMessage().lines())
                    .as(command.getCommandName())
                    .allMatch(line -> line.length() <= 80);
            boolean listed = !command.getCommandName().equals("shmim");
            assertThat(!listed || Commands.summary(command.getCommandSpec()).length() <= 60)
                    .as("summary of " + command.getCommandName())
                    .isTrue();
        }
        assertThat(new Shell(dir).runWithInput("help\n", "shmim").out().lines())
                .allMatch(line -> line.length() <= 80);
    }

    @Test
    void helpOfOneCommand() {
        var result = new Shell(dir).run("shmim", "help", "ls");
        assertThat(result.out()).startsWith("Usage: shmim ls ");
    }

    @Test
    void theVersion() {
        var result = new Shell(dir).run("shmim", "--version");
        assertThat(result.out()).startsWith("shmimTCP ").contains("\nJava " + Runtime.version());
        assertThat(new Shell(dir).run("mk2Dim", "-V").out()).isEqualTo(result.out());
    }

    @Test
    void anUnknownCommandIsHelpedWith() {
        var result = new Shell(dir).run("shmim", "inf", "x");
        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .isEqualTo("shmim: no command 'inf'; did you mean info?\nTry: shmim --help\n");
        assertThat(new Shell(dir).run("shmim", "readshmim", "x").exit()).isEqualTo(2);
    }

    private static String report(Throwable e) {
        StringWriter text = new StringWriter();
        assertThat(Failures.report(e, "shmim ls", new PrintWriter(text))).isEqualTo(1);
        return text.toString();
    }

    @Test
    void anExceptionBecomesOneLine() {
        assertThat(report(new UserError("no such thing"))).isEqualTo("shmim ls: no such thing\n");
        assertThat(report(new IOException("broken"))).isEqualTo("shmim ls: broken\n");
        assertThat(report(new AccessDeniedException("/x")))
                .isEqualTo("shmim ls: /x: permission denied\n");
        assertThat(report(new FileSystemException("/x", null, "Is a directory")))
                .isEqualTo("shmim ls: /x: Is a directory\n");
    }

    @Test
    void aBugSaysThatItIsOne() {
        assertThat(report(new IllegalStateException("odd\nand more")))
                .isEqualTo(
                        "shmim ls: internal error: java.lang.IllegalStateException: odd (a bug; the"
                                + " same command with SHMIMTCP_DEBUG=1 shows where)\n");
    }

    @Test
    void messagesAreShownPlainly() {
        var odd = "a\u202eb\033[2J";
        for (String[] words : new String[][] {{"info", odd}, {odd}, {"ls", "--" + odd}}) {
            var result = new Shell(dir).run("shmim", words);
            assertThat(result.exit()).isNotZero();
            assertThat(result.err()).contains("a?b").doesNotContain("\u202e", "\033");
        }
        var thrown = new BridgeException("it said: \033]0;x\007");
        StringWriter err = new StringWriter();
        Failures.report(thrown, "dmdispbridge", new PrintWriter(err));
        assertThat(err).hasToString("dmdispbridge: it said: ?]0;x?\n");
    }
}
