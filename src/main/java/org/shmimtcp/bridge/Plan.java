package org.shmimtcp.bridge;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import org.shmimtcp.transmit.TransmitSettings;
import org.shmimtcp.transmit.Wire;

/**
 * What is to be done on each machine, for each link in this order. A value: nothing happens before
 * {@link Bridge} executes it.
 *
 * @param here where we are
 */
public record Plan(Host here, Peer peer, List<Step> steps) {
    private static final String C_STREAM_LETTERS = "s>t";

    public Plan {
        steps = List.copyOf(steps);
    }

    /** What the sessions of a link are called. */
    public enum Naming {
        /** By the sending machine and the stream, as dmdispbridge does. */
        BY_SENDER,
        /** By the stream and the port, as shmimTCPbridge does. */
        BY_PORT
    }

    /** Sets links up. */
    public static Plan up(Site site, Host here, String hereName, List<Link> links, Peer peer) {
        return up(site, here, hereName, links, peer, Naming.BY_SENDER);
    }

    /** Sets links up, in sessions that are named in a given way. */
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
                            startReceiver(
                                    link,
                                    site.bind(link),
                                    session,
                                    isPeer(to, here) ? peer : Peer.SHMIMTCP),
                            "one that is well has this port already"));
        }
        for (Link link : links) { // after all receivers: machine by machine, as it is read
            Host from = site.host(link.from());
            Host to = site.host(link.to());
            Shape shape = link.shape();
            DataType type = link.type();
            if (shape != null && type != null) {
                steps.add(
                        new Step(
                                Step.Kind.MAKE_STREAM,
                                link,
                                from,
                                "",
                                "",
                                makeStream(link.stream(), shape, type),
                                "it is there already"));
            }
            steps.add(
                    new Step(
                            Step.Kind.START_TRANSMITTER,
                            link,
                            from,
                            transmitterSession(from, here, hereName, link, naming),
                            mark(link, to),
                            startTransmitter(
                                    link, to, isPeer(to, here) ? peer : Peer.SHMIMTCP, naming),
                            "it runs already, and is connected"));
        }
        return new Plan(here, peer, steps);
    }

    /** Takes links down. Streams stay: somebody may have them mapped. */
    public static Plan down(Site site, Host here, String hereName, List<Link> links) {
        return down(site, here, hereName, links, Naming.BY_SENDER);
    }

    /** Takes links down whose sessions are named in a given way. */
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
                            endTransmitter(link, to),
                            "none runs"));
            steps.add(
                    new Step(
                            Step.Kind.END_RECEIVER,
                            link,
                            to,
                            receiver,
                            "",
                            end(receiver),
                            "none runs"));
        }
        return new Plan(here, Peer.SHMIMTCP, steps);
    }

    private static String mark(Link link, Host to) {
        return Tmux.transmitterMark(link.stream(), to.address(), link.port());
    }

    private static boolean isPeer(Host host, Host here) {
        return !host.equals(here);
    }

    private static String senderName(Host from, Host here, String hereName) {
        return from.equals(here) ? hereName : from.name();
    }

    private static String receiverSession(
            Host from, Host here, String hereName, Link link, Naming naming) {
        if (naming == Naming.BY_PORT) {
            return Tmux.distinctName("sTCPrc-" + link.stream() + "-" + link.port());
        }
        return Tmux.distinctName("sTCPrc-" + senderName(from, here, hereName) + "-" + link.copy());
    }

    private static String transmitterSession(
            Host from, Host here, String hereName, Link link, Naming naming) {
        if (naming == Naming.BY_PORT) {
            return portSession(link);
        }
        return Tmux.sessionName("sTCPtx-" + senderName(from, here, hereName) + "-" + link.stream());
    }

    private static String portSession(Link link) {
        return Tmux.sessionName("sTCPtx-" + link.stream() + "-" + link.port());
    }

    /**
     * In a session of its own, wide enough that its lines stay whole, and which stays when the
     * program ends: what it said last is worth reading.
     */
    private static String startReceiver(
            Link link, @Nullable String bind, String session, Peer peer) {
        StringBuilder command = new StringBuilder("tmux new-session -d -x 200 -y 50 -s ");
        command.append(Shell.quote(session)).append(" env PATH=\"$PATH\"");
        ReceiveSettings settings = link.receiveAt(bind);
        Map<String, String> own = settings.variables();
        for (String name : Environment.forwarded(Environment.Way.SSH)) {
            if (!own.containsKey(name)) {
                command.append(" ${" + name + ":+" + name + "=\"$" + name + "\"}");
            }
        }
        own.forEach((name, value) ->
                command.append(' ').append(name).append('=').append(Shell.quote(value)));
        List<String> receive = new ArrayList<>(List.of("shmimTCPreceive"));
        receive.addAll(
                peer == Peer.SHMIMTCP
                        ? settings.arguments()
                        : ReceiveSettings.of(link.port()).arguments());
        if (peer == Peer.MILK) { // which ends with each connection
            String loop = "while :; do " + Shell.join(receive) + "; sleep 1; done";
            receive = List.of("sh", "-c", loop);
        }
        command.append(' ').append(Shell.join(receive));
        command.append(" \\; set-window-option -t ").append(Shell.quote(session + ":"));
        return command.append(" remain-on-exit on").toString();
    }

    private static String makeStream(String stream, Shape shape, DataType type) {
        if (shape.naxis() == 2) {
            return Shell.join(
                    List.of(
                            "mk2Dim",
                            C_STREAM_LETTERS + type.letters() + ">" + stream,
                            Integer.toString(shape.nx()),
                            Integer.toString(shape.ny())));
        }
        List<String> words = new ArrayList<>(List.of("shmim", "create", stream));
        words.addAll(List.of(shape.toString().split("x")));
        words.addAll(List.of("--type", type.letters()));
        return Shell.join(words);
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
        return Shell.join(words);
    }

    private static String endTransmitter(Link link, Host to) {
        return Shell.join(
                List.of(
                        "shmimTCPtransmit",
                        "-k",
                        link.stream(),
                        to.address(),
                        Integer.toString(link.port())));
    }

    private static String end(String session) {
        return "tmux kill-session -t " + Shell.quote("=" + session);
    }

    /** All machines that have something to do. */
    Set<Host> machines() {
        Set<Host> machines = new LinkedHashSet<>();
        steps.forEach(step -> machines.add(step.at()));
        return machines;
    }

    /** The links in question. */
    List<Link> links() {
        Set<Link> links = new LinkedHashSet<>();
        steps.forEach(step -> links.add(step.link()));
        return List.copyOf(links);
    }

    /** What this machine calls itself, for names of sessions. */
    public static String ownName() {
        return HostName.get();
    }

    /** To be read, and pasted machine by machine. */
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
