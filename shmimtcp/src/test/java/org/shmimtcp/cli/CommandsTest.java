package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.shmimtcp.image.ImageDirectory;
import picocli.CommandLine;

class CommandsTest {
    private final Context context =
            new Context(ImageDirectory::fromEnvironment, InputStream.nullInputStream(), false);

    @Test
    void helpIsTheSameWhetherTheSubcommandsAreCompleteOrOnlyNames() {
        CommandLine complete = Objects.requireNonNull(Commands.programs(context).get("shmim"));
        assertThat(Commands.forArguments(List.of("--help"), context).getUsageMessage())
                .isEqualTo(complete.getUsageMessage())
                .contains("\n  help              Display help information");
    }

    @Test
    void onlyCommandsThatTheArgumentsNameAreComplete() {
        CommandLine line = Commands.forArguments(List.of("help", "ls"), context);
        assertThat(line.getSubcommands())
                .extractingByKey("ls")
                .satisfies(ls -> assertThat(ls.getCommandSpec().userObject()).isNotNull());
        assertThat(line.getSubcommands())
                .extractingByKey("web")
                .satisfies(web -> assertThat(web.getCommandSpec().userObject()).isNull());
    }
}
