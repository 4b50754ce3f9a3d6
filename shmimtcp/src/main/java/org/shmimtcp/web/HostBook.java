package org.shmimtcp.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Remembers the links of the other hosts from one poll to the next. Not thread-safe. */
final class HostBook {
    private final Map<String, LinkBook> books = new TreeMap<>();
    private final Supplier<AlertRules> rules;

    /**
     * @param rules asked before each look for alerts
     */
    HostBook(Supplier<AlertRules> rules) {
        this.rules = rules;
    }

    /** Takes the newest answers; returns what is to be shown of each host. */
    List<Overview.Host> update(List<OtherHost> answers) {
        books.keySet().removeIf(role -> answers.stream().noneMatch(a -> a.role().equals(role)));
        List<Overview.Host> hosts = new ArrayList<>();
        for (OtherHost answer : answers) {
            List<Overview.Link> links = List.of();
            if (answer.links() != null) {
                links =
                        books.computeIfAbsent(answer.role(), role -> new LinkBook(rules))
                                .update(answer.timeMs(), answer.links());
            }
            hosts.add(
                    new Overview.Host(
                            answer.role(),
                            answer.links() == null ? answer.fault() : null,
                            answer.timeMs(),
                            links));
        }
        return hosts;
    }

    /**
     * Returns the current alerts. A host that has never answered raises none: it may run no {@code
     * shmim serve}.
     */
    List<Overview.Alert> alerts(List<Overview.Host> hosts) {
        List<Overview.Alert> alerts = new ArrayList<>();
        for (Overview.Host host : hosts) {
            LinkBook book = books.get(host.role());
            if (book == null) {
                continue;
            }
            if (host.fault() != null) {
                alerts.add(
                        new Overview.Alert(
                                Overview.Alert.WARNING,
                                host.role(),
                                host.role() + " does not answer: " + host.fault()));
                continue;
            }
            for (Overview.Alert alert : book.alerts(host.timeMs(), host.links(), null)) {
                alerts.add(
                        new Overview.Alert(
                                alert.level(),
                                host.role() + " " + alert.what(),
                                host.role() + ": " + alert.text()));
            }
        }
        return alerts;
    }
}
