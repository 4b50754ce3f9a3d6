package org.shmimtcp.cli;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.bridge.Bridge;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.table.Humane;
import org.shmimtcp.table.Table;

/** The status of link ends as a table for people. */
final class StatusTable {
    private StatusTable() {}

    /** Returns a table for this machine, one line per link end and {@link #views view}. */
    static Table of(List<LinkStatus> links, long nowMs) {
        Table table = empty();
        for (LinkStatus s : links) {
            add(table, s, s.kind(), s.isSilent(nowMs));
            views(s).forEach(view -> add(table, view));
        }
        return table;
    }

    /** Returns what a publisher's clients view; nothing for other ends. */
    static List<LinkEnd.View> views(LinkStatus s) {
        List<LinkEnd.View> views = s.views();
        return views == null ? List.of() : views;
    }

    private static void add(Table table, LinkEnd.View view) {
        table.row(
                "  " + StreamName.printable(view.stream()),
                "client",
                StreamName.printable(view.client()),
                "",
                "",
                "",
                Humane.rate(view.perS()),
                "",
                "",
                "",
                "",
                "");
    }

    /** Returns a table for several machines, one line per link end. */
    static Table of(List<Bridge.End> ends) {
        Table table = empty();
        ends.forEach(end -> {
            LinkStatus s = end.status();
            add(table, s, s.kind() + " on " + end.role(), false); // the verdict shows hanging ends
        });
        return table;
    }

    /** Returns a table for all hosts of a site, one line per link end. */
    static Table ofSite(List<SiteLinks.End> ends) {
        Table table = empty();
        ends.forEach(end ->
                add(
                        table,
                        end.status(),
                        end.status().kind() + " on " + end.role(),
                        end.isSilent()));
        return table;
    }

    private static Table empty() {
        return new Table(
                "STREAM",
                "END",
                "PEER",
                "STATE",
                ">SINCE",
                ">IN",
                ">OUT",
                ">MB/s",
                ">SKIPPED",
                ">AGE p50",
                ">p99",
                "LAST ERROR");
    }

    /** Adds a line. Times are on the clock of the machine in question. */
    private static void add(Table table, LinkStatus s, String end, boolean silent) {
        String state = silent ? "hangs (was " + s.state() + ")" : s.state();
        table.row(
                StreamName.printable(s.stream()),
                end,
                peer(s),
                StreamName.printable(state),
                Humane.duration(Math.max(0, s.updatedMs() - s.sinceMs()) / 1e3),
                Humane.rate(s.inPerS()),
                Humane.rate(s.outPerS()),
                String.format(Locale.ROOT, "%.1f", s.megabytesPerS()),
                Long.toString(s.skipped()),
                age(s.ageP50Us()),
                age(s.ageP99Us()),
                error(s));
    }

    private static String peer(LinkStatus s) {
        String peer = s.peer();
        Integer clients = s.clients();
        if (clients != null) {
            return "port " + s.port() + ": " + clients + (clients == 1 ? " client" : " clients");
        }
        if (peer != null) {
            return StreamName.printable(peer);
        }
        return s.wants() ? "not found yet" : "port " + s.port();
    }

    private static String age(@Nullable Double us) {
        return us == null ? "-" : Humane.duration(Math.max(0, us) / 1e6);
    }

    private static String error(LinkStatus s) {
        String error = s.lastError();
        return error == null
                ? "-"
                : StreamName.printable(error)
                        + " ("
                        + Humane.duration(Math.max(0, s.updatedMs() - s.lastErrorMs()) / 1e3)
                        + " ago)";
    }
}
