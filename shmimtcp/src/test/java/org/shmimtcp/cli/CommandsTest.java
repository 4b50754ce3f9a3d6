package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.shmimtcp.image.ImageDirectory;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

class CommandsTest {
    private final Context context =
            new Context(ImageDirectory::fromEnvironment, InputStream.nullInputStream(), false);

    @Test
    void helpIsTheSameWhetherTheSubcommandsAreCompleteOrOnlyNames() {
        CommandLine complete = Objects.requireNonNull(Commands.programs(context).get("shmim"));
        assertThat(Commands.forArguments(List.of("--help"), context).line().getUsageMessage())
                .isEqualTo(complete.getUsageMessage())
                .contains("\n  help              Display help information");
    }

    @Test
    void onlyCommandsThatTheArgumentsNameAreComplete() {
        CommandLine line = Commands.forArguments(List.of("help", "ls"), context).line();
        assertThat(line.getSubcommands())
                .extractingByKey("ls")
                .satisfies(ls -> assertThat(ls.getCommandSpec().userObject()).isNotNull());
        assertThat(line.getSubcommands())
                .extractingByKey("web")
                .satisfies(web -> assertThat(web.getCommandSpec().userObject()).isNull());
    }

    /** As with {@code shmim} and all its commands around it. */
    @Test
    void aSubcommandThatStandsAloneSaysTheSame() {
        CommandLine complete = Objects.requireNonNull(Commands.programs(context).get("shmim"));
        complete.getSubcommands()
                .forEach((name, sub) -> {
                    if (!name.equals("help") && !Commands.isProgram(name)) {
                        CommandLine alone = Commands.forArguments(List.of(name), context).line();
                        assertThat(alone.getUsageMessage()).isEqualTo(sub.getUsageMessage());
                        assertThat(message(alone, "--bad"))
                                .isEqualTo(message(complete, name, "--bad"));
                        assertThat(message(alone, "a", "b", "c", "d", "e", "f"))
                                .isEqualTo(message(complete, name, "a", "b", "c", "d", "e", "f"));
                    }
                });
    }

    @Test
    void aModelBuiltByCallsKnowsWhatIsRequired() {
        CommandLine info = Commands.forArguments(List.of("info"), context).line();
        assertThat(message(info)).contains("Missing required parameter: 'NAME'");
    }

    private static String message(CommandLine line, String... arguments) {
        StringWriter err = new StringWriter();
        line.setErr(new PrintWriter(err));
        try {
            line.parseArgs(arguments);
            return "";
        } catch (ParameterException e) {
            new Failures().handleParseException(e, arguments);
            e.getCommandLine().getErr().flush();
            return err.toString();
        }
    }
}
