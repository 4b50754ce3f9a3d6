package org.shmimtcp.cli;

import java.io.Console;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.shmimtcp.picture.LiveScreen;
import picocli.CommandLine.Command;

/** {@code shmim top}. */
@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        description = {
            "Shows links and streams of this machine in the terminal, live.",
            "",
            "Keys: up and down (or k and j) choose, Enter shows the stream's picture (q comes back),"
                    + " r restarts the link (it asks first; see 'shmim restart --help'), s sorts the"
                    + " streams by name, rate, age or cnt0, q ends. In a narrow terminal the less"
                    + " important columns are left out."
        },
        footer = {"", "Without a terminal: shmim status, shmim ls.", "", "Example:", "  shmim top"})
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
