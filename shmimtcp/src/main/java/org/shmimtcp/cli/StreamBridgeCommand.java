package org.shmimtcp.cli;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.bridge.Plan;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import org.shmimtcp.transmit.TransmitSettings;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

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
            "  shmimTCPbridge --status camtip magaox@exao3 192.168.2.2 8901",
            "  shmimTCPbridge --down dm01disp06 magaox@exao2 192.168.2.2 8806 push"
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
            converter = PortConverter.class,
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

    /** A port, with the message of the programs that get it. */
    static final class PortConverter implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            try {
                TransmitSettings.PORT.check(text);
                return Integer.valueOf(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }

    /** Checks what would otherwise fail on one of the machines, after the first steps. */
    private void check(String name, String ssh, String receiver) {
        try {
            StreamName.check(name);
            checked("USER@HOST", ssh, Host::checkSsh);
            checked("RECEIVER_IP", receiver, Host::checkAddress);
        } catch (ImageException | IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private static void checked(String argument, String text, Consumer<String> check) {
        try {
            check.accept(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(argument + ": " + e.getMessage(), e);
        }
    }

    private int bridge(String name, String ssh, String receiver, int at) {
        check(name, ssh, receiver);
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
        Site site = Site.of(here, there, link);
        List<Link> links = List.of(link);
        Plan plan =
                instead.isDown()
                        ? options.planDown(site, here, links, Plan.Naming.BY_PORT)
                        : options.planUp(site, here, links, Plan.Naming.BY_PORT);
        return options.execute(plan, instead, context.directory());
    }
}
