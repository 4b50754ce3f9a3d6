package org.shmimtcp.bridge;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import org.shmimtcp.tmux.SessionMark;
import org.shmimtcp.tmux.SessionName;
import org.shmimtcp.tmux.SessionScript;
import org.shmimtcp.tmux.ShellWords;
import org.shmimtcp.transmit.TransmitSettings;
import org.shmimtcp.transmit.Wire;

/**
 * The steps for each machine, in order. A plan is a value: nothing happens until {@link Bridge}
 * executes it.
 *
 * @param here this machine
 * @param peer the programs on all other machines
 */
public record Plan(Host here, Peer peer, Naming naming, List<Step> steps) {
    public Plan {
        steps = List.copyOf(steps);
    }

    /** How the tmux sessions of a link are named. */
    public enum Naming {
        /** By sending machine and stream, as in dmdispbridge. */
        BY_SENDER,
        /** By stream and port, as in shmimTCPbridge. */
        BY_PORT
    }

    /** Returns the plan that sets up links. */
    public static Plan up(Site site, Host here, String hereName, List<Link> links, Peer peer) {
        return up(site, here, hereName, links, peer, Naming.BY_SENDER);
    }

    /** Returns the plan that sets up links in sessions with the given naming. */
    public static Plan up(
            Site site, Host here, String hereName, List<Link> links, Peer peer, Naming naming) {
        List<Step> steps = new ArrayList<>();
        for (Link link : links) {
            Host from = site.host(link.from());
            Host to = site.host(link.to());
            String session = receiverSession(from, here, hereName, link, naming);
            steps.add(
                    new Step(
                            Step.Kind.START_RECEIVER,
                            link,
                            to,
                            session,
                            "",
                            startReceiver(link, site.bind(link), session, programs(to, here, peer)),
                            "a healthy one already has this port"));
        }
        for (Link link : links) { // after all receivers, so that steps are grouped by machine
            Host from = site.host(link.from());
            Host to = site.host(link.to());
            Shape shape = link.shape();
            DataType type = link.type();
            Peer sender = programs(from, here, peer);
            if (shape != null && type != null && sender == Peer.SHMIMTCP) {
                steps.add(
                        new Step(
                                Step.Kind.MAKE_STREAM,
                                link,
                                from,
                                "",
                                "",
                                makeStream(link.stream(), shape, type),
                                "it already exists"));
            }
            String session = transmitterSession(from, here, hereName, link, naming);
            steps.add(
                    new Step(
                            Step.Kind.START_TRANSMITTER,
                            link,
                            from,
                            session,
                            mark(link, to),
                            sender == Peer.MILK
                                    ? startMilkTransmitter(link, to, session)
                                    : startTransmitter(link, to, programs(to, here, peer), naming),
                            "it already runs, and is connected"));
        }
        return new Plan(here, peer, naming, steps);
    }

    /**
     * Returns the plan that takes links down. Streams stay, because other processes may have them
     * mapped.
     */
    public static Plan down(Site site, Host here, String hereName, List<Link> links) {
        return down(site, here, hereName, links, Naming.BY_SENDER);
    }

    /** Returns the plan that takes down links whose sessions have the given naming. */
    public static Plan down(
            Site site, Host here, String hereName, List<Link> links, Naming naming) {
        List<Step> steps = new ArrayList<>();
        for (Link link : links) {
            Host from = site.host(link.from());
            Host to = site.host(link.to());
            String sender = transmitterSession(from, here, hereName, link, naming);
            String receiver = receiverSession(from, here, hereName, link, naming);
            steps.add(
                    new Step(
                            Step.Kind.END_TRANSMITTER,
                            link,
                            from,
                            sender,
                            mark(link, to),
                            endTransmitter(link.stream(), to.address(), link.port()),
                            "none runs"));
            steps.add(
                    new Step(
                            Step.Kind.END_RECEIVER,
                            link,
                            to,
                            receiver,
                            "",
                            SessionScript.close(receiver),
                            "none runs"));
        }
        return new Plan(here, Peer.SHMIMTCP, naming, steps);
    }

    private static String mark(Link link, Host to) {
        return SessionMark.transmitter(link.stream(), to.address(), link.port());
    }

    private static Peer programs(Host host, Host here, Peer peer) {
        return host.equals(here) ? Peer.SHMIMTCP : peer;
    }

    /** Returns whose programs a machine has. */
    Peer programs(Host host) {
        return programs(host, here, peer);
    }

    private static String senderName(Host from, Host here, String hereName) {
        return from.equals(here) ? hereName : from.name();
    }

    private static String receiverSession(
            Host from, Host here, String hereName, Link link, Naming naming) {
        if (naming == Naming.BY_PORT) {
            return SessionName.receiverOnPort(link.stream(), link.port());
        }
        return SessionName.receiver(senderName(from, here, hereName), link.copy());
    }

    private static String transmitterSession(
            Host from, Host here, String hereName, Link link, Naming naming) {
        if (naming == Naming.BY_PORT) {
            return portSession(link);
        }
        return SessionName.transmitter(senderName(from, here, hereName), link.stream());
    }

    private static String portSession(Link link) {
        return SessionName.transmitterToPort(link.stream(), link.port());
    }

    /**
     * Returns the command that starts a receiver in a tmux session of its own, which remains after
     * the receiver ends.
     */
    private static String startReceiver(
            Link link, @Nullable String bind, String session, Peer peer) {
        ReceiveSettings settings = link.receiveAt(bind);
        Map<String, String> own = settings.variables();
        List<String> receive = new ArrayList<>(List.of("shmimTCPreceive"));
        receive.addAll(
                peer == Peer.SHMIMTCP
                        ? settings.arguments()
                        : ReceiveSettings.of(link.port()).arguments());
        if (peer == Peer.MILK) { // milk's receiver exits after each connection
            String loop = "while :; do " + ShellWords.join(receive) + "; sleep 1; done";
            receive = List.of("sh", "-c", loop);
        }
        return SessionScript.startAndKeep(session, "", environment(own) + ShellWords.join(receive));
    }

    /**
     * Returns the command that starts milk's transmitter, which fails when the receiver is not
     * there, or goes.
     */
    private static String startMilkTransmitter(Link link, Host to, String session) {
        String transmit =
                ShellWords.join(
                        List.of(
                                "shmimTCPtransmit",
                                link.stream(),
                                to.address(),
                                Integer.toString(link.port())));
        String loop = "until " + transmit + "; do sleep 1; done";
        return SessionScript.startAndKeep(
                session,
                mark(link, to),
                environment(Map.of()) + ShellWords.join(List.of("sh", "-c", loop)));
    }

    /**
     * Returns the start of a command in a session, with the variables of the shell: a running tmux
     * server has older ones.
     *
     * @param own variables with values of their own
     */
    private static String environment(Map<String, String> own) {
        StringBuilder command = new StringBuilder("env PATH=\"$PATH\"");
        for (String name : Environment.forwarded(Environment.Destination.SSH)) {
            if (!own.containsKey(name)) {
                command.append(" ${" + name + ":+" + name + "=\"$" + name + "\"}");
            }
        }
        own.forEach((name, value) ->
                command.append(' ').append(name).append('=').append(ShellWords.quote(value)));
        return command.append(' ').toString();
    }

    private static String makeStream(String stream, Shape shape, DataType type) {
        if (shape.naxis() == 2) {
            return ShellWords.join(
                    List.of(
                            "mk2Dim",
                            "t" + type.letters() + ">" + stream,
                            Integer.toString(shape.nx()),
                            Integer.toString(shape.ny())));
        }
        List<String> words = new ArrayList<>(List.of("shmim", "create", stream));
        words.addAll(List.of(shape.toString().split("x")));
        words.addAll(List.of("--type", type.letters()));
        return ShellWords.join(words);
    }

    private static String startTransmitter(Link link, Host to, Peer peer, Naming naming) {
        List<String> words = new ArrayList<>();
        TransmitSettings settings = link.transmitTo(to.address());
        Map<String, String> own = settings.variables();
        if (!own.isEmpty()) {
            words.add("env");
            own.forEach((name, value) -> words.add(name + "=" + value));
        }
        words.add("shmimTCPtransmit");
        if (naming == Naming.BY_PORT) {
            words.addAll(List.of("--session", portSession(link)));
        }
        if (peer == Peer.MILK && settings.get(TransmitSettings.WIRE) == Wire.AUTO) {
            settings = settings.with(TransmitSettings.WIRE, Wire.MILK1);
        }
        words.addAll(settings.arguments());
        return ShellWords.join(words);
    }

    /** Returns the command that ends a transmitter in a session of its machine. */
    static String endTransmitter(String stream, String address, int port) {
        return ShellWords.join(
                List.of("shmimTCPtransmit", "-k", stream, address, Integer.toString(port)));
    }

    /** Returns all machines with at least one step. */
    Set<Host> machines() {
        Set<Host> machines = new LinkedHashSet<>();
        steps.forEach(step -> machines.add(step.at()));
        return machines;
    }

    /** Returns the links of this plan. */
    List<Link> links() {
        Set<Link> links = new LinkedHashSet<>();
        steps.forEach(step -> links.add(step.link()));
        return List.copyOf(links);
    }

    /** Returns the machine with this role. */
    Host host(String role) {
        return machines().stream()
                .filter(host -> host.role().equals(role))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(role));
    }

    /**
     * Returns the name under which a run locks a link: its port on the receiving machine. On this
     * machine it is the copy, which only one link may write, whatever its port.
     */
    String lockName(Link link) {
        Host to = host(link.to());
        return to.equals(here)
                ? link.copy()
                : link.stream() + "-" + to.address() + "-" + link.port();
    }

    /** Returns the session of a link's receiver. */
    String receiverSession(Link link) {
        return steps.stream()
                .filter(step -> step.link().equals(link) && step.kind().isOfReceiver())
                .map(Step::session)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(link.name()));
    }

    /** Returns the command that takes these links of the plan down. */
    String downCommand(Collection<Link> links) {
        if (naming == Naming.BY_PORT) {
            return links.stream()
                    .map(link ->
                            downByPort(
                                    link,
                                    host(link.to()).address(),
                                    host(link.from()).equals(here)))
                    .collect(Collectors.joining("; "));
        }
        List<String> words = new ArrayList<>(List.of("shmim", "bridge", "down"));
        links.forEach(link -> words.add(link.name()));
        return ShellWords.join(words);
    }

    /**
     * Returns the command of shmimTCPbridge that takes a link down.
     *
     * @param address the receiver's
     * @param push true if it goes away from this machine
     */
    String downByPort(Link link, String address, boolean push) {
        Host from = host(link.from());
        Host other = from.equals(here) ? host(link.to()) : from;
        List<String> words =
                new ArrayList<>(
                        List.of(
                                "shmimTCPbridge",
                                "--down",
                                link.stream(),
                                other.ssh(),
                                address,
                                Integer.toString(link.port())));
        if (push) {
            words.add("push");
        }
        return ShellWords.join(words);
    }

    /** Returns this machine's host name, for session names. */
    public static String ownName() {
        return HostName.get();
    }

    /** Returns the plan as commands that can be pasted machine by machine. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        Host at = null;
        for (Step step : steps) {
            if (!step.at().equals(at)) {
                at = step.at();
                text.append("# on ").append(at);
                text.append(at.equals(here) ? ", here\n" : ": ssh " + at.ssh() + "\n");
            }
            text.append(step.command()).append("   # unless ").append(step.unless()).append('\n');
        }
        return text.toString();
    }
}
