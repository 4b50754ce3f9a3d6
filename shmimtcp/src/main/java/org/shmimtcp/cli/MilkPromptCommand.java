package org.shmimtcp.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Processes;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code milk} and {@code cacao}: the prompt, with the options that scripts give to milk's. */
final class MilkPromptCommand implements Callable<Integer>, Modelled {
    private final Context context;
    private final CommandSpec spec;
    private final OptionSpec name =
            valued("NAME", "Name of this process, for ps and top.", "-n", "--pname");
    private final OptionSpec startup =
            valued("FILE", "Run the lines of FILE first.", "-s", "--startup");
    private final OptionSpec fifo =
            Modelled.flag(
                    "Has no effect: there is no FIFO. Commands come from FILE and standard input.",
                    "-f",
                    "--fifoflag");
    private final OptionSpec fifoName = valued("FIFO", "Has no effect, as -f.", "-F", "--fifoname");

    MilkPromptCommand(Context context) {
        this.context = context;
        spec = CommandSpec.wrapWithoutInspection(this).name("milk");
        spec.addOption(name)
                .addOption(startup)
                .addOption(fifo)
                .addOption(fifoName)
                .addOption(
                        valued(
                                "PRIO",
                                "Has no effect: each link takes its own priority.",
                                "-p",
                                "--priority"));
        Modelled.addHelp(spec);
        spec.usageMessage()
                .description(
                        "The prompt, as shmim without a command, under the names and with the"
                                + " options that milk's and MagAO-X's scripts use. It knows the"
                                + " commands of shmim and those that transfer streams in milk; help"
                                + " lists them.")
                .footer(
                        "",
                        "Example:",
                        "  echo 'imnetwreceive 8886 1 80' | cacao -n shmimTCPreceive-8886");
    }

    private static OptionSpec valued(String label, String description, String... names) {
        return OptionSpec.builder(names)
                .arity("1")
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    @Override
    public CommandSpec model() {
        return spec;
    }

    @Override
    public Integer call() throws IOException {
        @Nullable String title = name.getValue();
        if (title != null) {
            Processes.rename(title);
        }
        PrintWriter err = spec.commandLine().getErr();
        Prompt prompt = new Prompt(context, spec.commandLine().getOut(), err);
        @Nullable String first = startup.getValue();
        boolean fifoAsked = Modelled.isGiven(fifo) || fifoName.getValue() != null;
        if (first == null && fifoAsked) {
            err.println(spec.name() + ": there is no FIFO: commands come from standard input");
        }
        int exitCode = first == null ? 0 : prompt.runFile(Path.of(first));
        return Math.max(exitCode, prompt.run());
    }
}
