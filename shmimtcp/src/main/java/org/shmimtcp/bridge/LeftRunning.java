package org.shmimtcp.bridge;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.tmux.SessionMark;

/**
 * What still runs of a link whose sessions were not found: the link in the other direction, to
 * another address, or outside the sessions that a plan names.
 */
final class LeftRunning {
    private final Plan plan;
    private final Link link;
    private final Host from;
    private final Facts fromFacts;
    private final Host to;
    private final Facts toFacts;
    private final List<String> found = new ArrayList<>();

    private LeftRunning(Plan plan, Link link, Facts fromFacts, Facts toFacts) {
        this.plan = plan;
        this.link = link;
        this.from = plan.host(link.from());
        this.to = plan.host(link.to());
        this.fromFacts = fromFacts;
        this.toFacts = toFacts;
    }

    /**
     * Returns a line for each part that runs; none if nothing runs.
     *
     * @param missing the steps whose session was not found
     */
    static List<String> find(Plan plan, Link link, Set<Step.Kind> missing, Facts from, Facts to) {
        LeftRunning left = new LeftRunning(plan, link, from, to);
        if (missing.contains(Step.Kind.END_TRANSMITTER)) {
            left.findTransmitters();
        }
        if (missing.contains(Step.Kind.END_RECEIVER)) {
            to.receiver(link.port())
                    .filter(s -> s.stream().equals(link.copy()))
                    .ifPresent(s -> left.addProcess("receiver", left.to, s, to));
        }
        if (missing.size() == 2 && plan.naming() == Plan.Naming.BY_PORT) {
            left.findOpposite();
        }
        return left.found;
    }

    private void findTransmitters() {
        String address = to.address();
        for (String host : transmitterHosts(fromFacts)) {
            if (!host.equals(address)) {
                addTransmitter(from, host, from.equals(plan.here()));
            }
        }
        fromFacts
                .transmitter(link.stream(), address, link.port())
                .filter(s -> !hasMarkedSession(s))
                .ifPresent(s -> addProcess("transmitter", from, s, fromFacts));
    }

    /** Reports the link in the other direction, which the same command with it would end. */
    private void findOpposite() {
        Set<String> addresses = transmitterHosts(toFacts);
        String session = plan.receiverSession(link);
        boolean receives =
                fromFacts.panes().stream()
                                .anyMatch(p -> p.startsLink() && p.session().equals(session))
                        || fromFacts
                                .receiver(link.port())
                                .filter(s -> s.stream().equals(link.stream()))
                                .isPresent();
        boolean push = !from.equals(plan.here());
        String address = to.address();
        if (!receives && !addresses.contains(address)) {
            addresses.forEach(host -> addTransmitter(to, host, push));
            return;
        }
        String known =
                addresses.contains(address)
                        ? address
                        : addresses.stream().findFirst().orElse(address);
        found.add(
                "runs in the other direction, from "
                        + to
                        + " to "
                        + from
                        + ": to end it:  "
                        + plan.downByPort(link, known, push));
    }

    /** Returns the hosts to which sessions of this machine send the stream, on the link's port. */
    private Set<String> transmitterHosts(Facts facts) {
        Set<String> hosts = new LinkedHashSet<>();
        facts.panes().stream()
                .map(p -> SessionMark.transmitterHost(p.mark(), link.stream(), link.port()))
                .flatMap(Optional::stream)
                .forEach(hosts::add);
        return hosts;
    }

    private boolean hasMarkedSession(LinkStatus status) {
        Stream<Facts.Pane> marked = fromFacts.panes().stream().filter(p -> !p.mark().isEmpty());
        return marked.anyMatch(p -> p.pid() == status.pid());
    }

    private void addTransmitter(Host at, String host, boolean push) {
        found.add(
                "a transmitter to "
                        + host
                        + ", port "
                        + link.port()
                        + ", runs on "
                        + at
                        + (plan.naming() == Plan.Naming.BY_PORT
                                ? ": to end it:  " + plan.downByPort(link, host, push)
                                : ": to end it, run there:  "
                                        + Plan.endTransmitter(link.stream(), host, link.port())));
    }

    private void addProcess(String end, Host host, LinkStatus status, Facts facts) {
        String session = facts.sessionOf(status.pid());
        found.add(
                "the "
                        + end
                        + " on "
                        + host
                        + " was not ended: process "
                        + status.pid()
                        + (session == null
                                ? " runs in no tmux session of yours"
                                : " runs in tmux session " + session));
    }
}
