package org.shmimtcp.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code imnetwtransmit}, the milk command that milk's shmimTCPtransmit calls. */
@Command(
        name = "imnetwtransmit",
        mixinStandardHelpOptions = true,
        description = {
            "Sends each new frame of a stream to another machine until interrupted, as"
                    + " shmimTCPtransmit --foreground does."
        },
        footer = {"", "Example:", "  imnetwtransmit dm01disp06 192.168.2.2 8886 0 80"})
final class ImNetwTransmitCommand implements Callable<Integer> {
    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "STREAM",
            converter = MilkStreamConverter.class,
            description = "Name of the stream.")
    private String stream = "";

    @Parameters(index = "1", paramLabel = "IP", description = "Address or name of the receiver.")
    private String host = "";

    @Parameters(index = "2", paramLabel = "PORT", description = "TCP port of the receiver.")
    private int port;

    @Parameters(
            index = "3",
            arity = "0..1",
            paramLabel = "MODE",
            description = "1 to poll the counter instead of waiting on a semaphore. Default: 0.")
    private int mode;

    @Parameters(index = "4", arity = "0..1", paramLabel = "PRIO", description = MilkLink.HELP)
    private int priority = MilkLink.INITIAL;

    ImNetwTransmitCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var line = spec.commandLine();
        MilkLink link = new MilkLink(line);
        List<String> arguments =
                new ArrayList<>(List.of("--foreground", "-p", link.priority(priority)));
        if (mode == 1) {
            arguments.add("-c");
        }
        arguments.addAll(List.of(stream, host, link.port(port)));
        return Commands.run("shmimTCPtransmit", arguments, context, line);
    }
}
