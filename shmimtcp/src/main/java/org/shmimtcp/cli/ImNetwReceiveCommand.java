package org.shmimtcp.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code imnetwreceive}, the milk command that milk's shmimTCPreceive calls. */
@Command(
        name = "imnetwreceive",
        mixinStandardHelpOptions = true,
        description = {
            "Publishes the frames that a transmitter sends until interrupted, as shmimTCPreceive"
                    + " does. milk's command exits when its first transmitter disconnects."
        },
        footer = {"", "Example:", "  imnetwreceive 8886 0 80"})
final class ImNetwReceiveCommand implements Callable<Integer> {
    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "PORT", description = "TCP port to listen on.")
    private int port;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "MODE",
            description = "Has no effect, as in milk.")
    @SuppressWarnings("UnusedVariable") // accepted because milk's scripts pass it
    private int mode;

    @Parameters(index = "2", arity = "0..1", paramLabel = "PRIO", description = MilkLink.HELP)
    private int priority = MilkLink.INITIAL;

    ImNetwReceiveCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var line = spec.commandLine();
        MilkLink link = new MilkLink(line);
        List<String> arguments = List.of("-p", link.priority(priority), link.port(port));
        return Commands.run("shmimTCPreceive", arguments, context, line);
    }
}
