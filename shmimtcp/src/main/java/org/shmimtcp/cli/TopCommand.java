package org.shmimtcp.cli;

import java.io.Console;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.shmimtcp.picture.LiveScreen;
import org.shmimtcp.process.UserError;
import picocli.CommandLine.Command;

/** {@code shmim top}. */
@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        description = {
            "Shows links, publishers with their clients, and streams of this machine in the"
                    + " terminal, live.",
            "",
            "Keys: up and down (or k and j) select, Enter shows the stream's picture (q returns),"
                    + " r restarts the link after confirmation (see 'shmim restart --help'), s"
                    + " sorts the streams by name, rate, age or cnt0, q quits. A narrow terminal"
                    + " shows fewer columns."
        },
        footer = {
            "",
            "Without a terminal, use shmim status and shmim ls.",
            "",
            "Example:",
            "  shmim top"
        })
final class TopCommand implements Callable<Integer> {
    private final Context context;

    TopCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        boolean terminal =
                Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
        if (!terminal) {
            throw new UserError("top needs a terminal; shmim status and shmim ls print once");
        }
        try (StopRequest stop = new StopRequest();
                LiveScreen screen = LiveScreen.open(context.terminal());
                Top top = new Top(context.directory(), screen)) {
            top.run(stop);
        }
        return 0;
    }
}
