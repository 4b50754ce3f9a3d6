package org.shmimtcp.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code shmim}, with all subcommands. Without a subcommand it starts the prompt. */
@Command(
        name = "shmim",
        mixinStandardHelpOptions = true,
        synopsisHeading = "Usage: ",
        customSynopsis = {"shmim COMMAND ...", "       shmim                  a prompt", ""},
        description = {
            "Shared memory image streams of this machine, and their way to another over TCP.",
            "",
            "Streams are the files NAME.im.shm in the first directory that exists of"
                    + " $MILK_SHM_DIR, /milk/shm and /tmp.",
            "",
            "Without a command, shmim reads commands line by line: at a terminal with editing,"
                    + " history and completion, else from standard input. A line that fails is"
                    + " reported, and the next one runs; from standard input, the exit code is then"
                    + " 1 at the end. A word that has no meaning here is reported and skipped, and"
                    + " does not count as a failure."
        },
        commandListHeading = "",
        footer = {
            "",
            "Example:",
            "  shmim ls",
            "  echo 'mk2Dim \"tf32>dm01disp06\" 50 50' | shmim"
        })
final class ShmimCommand implements Callable<Integer> {
    private final Context context;

    @Spec private CommandSpec spec;

    ShmimCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        return new Prompt(context, spec.commandLine().getOut(), spec.commandLine().getErr()).run();
    }
}
