package org.shmimtcp.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code shmim}, with all subcommands. Without a subcommand it starts the prompt. */
final class ShmimCommand implements Callable<Integer> {
    static final String NAME = "shmim";

    private final Context context;
    private @Nullable CommandSpec spec;

    private ShmimCommand(Context context) {
        this.context = context;
    }

    /** Returns the command's model, without subcommands. */
    static CommandSpec model(Context context) {
        ShmimCommand command = new ShmimCommand(context);
        CommandSpec spec = CommandSpec.wrapWithoutInspection(command).name(NAME);
        command.spec = spec;
        Modelled.addHelp(spec);
        spec.usageMessage()
                .synopsisHeading("Usage: ")
                .customSynopsis("shmim COMMAND ...", "       shmim                  a prompt", "")
                .description(
                        "Shared memory image streams of this machine, and their transfer to others"
                                + " over TCP.",
                        "",
                        "Streams are the files NAME.im.shm in the first existing directory of"
                                + " $MILK_SHM_DIR, /milk/shm and /tmp.",
                        "",
                        "Without a command, shmim reads commands line by line: at a terminal with"
                                + " editing, history and completion, otherwise from standard"
                                + " input. A failed line is reported, and the next one runs; from"
                                + " standard input, the exit code is then 1 at the end. An"
                                + " unknown word is reported and skipped, and does not count as a"
                                + " failure.")
                .commandListHeading("")
                .footer(
                        "",
                        "Example:",
                        "  shmim ls",
                        "  echo 'mk2Dim \"tf32>dm01disp06\" 50 50' | shmim");
        return spec;
    }

    @Override
    public Integer call() {
        CommandSpec used = Objects.requireNonNull(spec);
        return new Prompt(context, used.commandLine().getOut(), used.commandLine().getErr()).run();
    }
}
