package org.shmimtcp.cli;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.bridge.Plan;
import org.shmimtcp.offer.OfferSettings;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.settings.AlertSettings;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import org.shmimtcp.transmit.TransmitSettings;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmimTCPbridge}, with the name and arguments of MagAO-X's script. */
@Command(
        name = "shmimTCPbridge",
        mixinStandardHelpOptions = true,
        description = {
            "Copies any stream from another machine to this one (pull), or from this one to"
                    + " another (push), and checks that frames arrive.",
            "",
            "Starts shmimTCPreceive in the tmux session sTCPrc-STREAM-PORT on the machine that"
                    + " receives, and shmimTCPtransmit in sTCPtx-STREAM-PORT on the one that"
                    + " sends. Reaches the other machine by ssh. A healthy link is left alone. If"
                    + " a step fails, everything that it started is stopped."
        },
        footer = {
            "",
            "Examples:",
            "  shmimTCPbridge camtip magaox@exao3 192.168.2.2 8901",
            "  shmimTCPbridge dm01disp06 magaox@exao2 192.168.2.2 8806 push",
            "  shmimTCPbridge --status camtip magaox@exao3 192.168.2.2 8901"
        })
final class StreamBridgeCommand implements Callable<Integer> {
    private static final String HERE = "this machine";

    enum Direction {
        PULL,
        PUSH
    }

    private final Context context;

    @Spec private CommandSpec spec;

    @Mixin private BridgeOptions options;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "STREAM",
            converter = StreamNameConverter.class,
            description = "Name of the stream, the same on both machines.")
    private @Nullable String stream;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "USER@HOST",
            description = "The other machine, for ssh.")
    private @Nullable String remote;

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "RECEIVER_IP",
            description = "Address of the receiving machine, as the sender reaches it.")
    private @Nullable String address;

    @Parameters(
            index = "3",
            arity = "0..1",
            paramLabel = "PORT",
            description = "TCP port of the receiver.")
    private @Nullable Integer port;

    @Parameters(
            index = "4",
            arity = "0..1",
            paramLabel = "pull|push",
            description = "Copy the stream to this machine, or to the other one. Default: pull.")
    private Direction direction = Direction.PULL;

    @ArgGroup private BridgeOptions.Instead instead = new BridgeOptions.Instead();

    StreamBridgeCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (stream == null || remote == null || address == null || port == null) {
            var line = spec.commandLine();
            line.usage(line.getOut());
            return Failures.FAILED;
        }
        return bridge(stream, remote, address, port);
    }

    private int bridge(String name, String ssh, String receiver, int at) {
        if (at < 1 || at > LinkSettings.MAX_PORT) {
            throw wrong("port " + at + ": must be 1 to " + LinkSettings.MAX_PORT);
        }
        if (ssh.isBlank() || receiver.isBlank() || receiver.startsWith("-")) {
            throw wrong("USER@HOST and RECEIVER_IP must not be empty, nor begin with '-'");
        }
        Host here = new Host(HERE, Plan.ownName(), receiver, "", null, null);
        String other = ssh.substring(ssh.lastIndexOf('@') + 1);
        Host there = new Host(other, ssh, receiver, ssh, null, null);
        boolean pull = direction == Direction.PULL;
        String from = pull ? other : HERE;
        String to = pull ? HERE : other;
        Link link =
                new Link(
                        name,
                        name,
                        from,
                        to,
                        false,
                        at,
                        null,
                        null,
                        TransmitSettings.DEFAULT,
                        ReceiveSettings.DEFAULT);
        Site site =
                new Site(
                        "the command line",
                        Map.of(HERE, here, other, there),
                        Map.of(),
                        Map.of(name, List.of(link)),
                        List.of(),
                        List.of(),
                        List.of(),
                        OfferSettings.NOTHING,
                        AlertSettings.DEFAULT);
        List<Link> links = List.of(link);
        Plan plan =
                instead.isDown()
                        ? options.planDown(site, here, links, Plan.Naming.BY_PORT)
                        : options.planUp(site, here, links, Plan.Naming.BY_PORT);
        return options.execute(plan, instead, context.directory());
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
