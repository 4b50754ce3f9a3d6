package org.shmimtcp.web;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.StreamStatus;

/**
 * Remembers links and streams from one poll to the next, to detect processes that have ended,
 * skipped frames and stale streams. Not thread-safe.
 */
final class LinkBook {
    /**
     * A link whose process has ended is shown for so long, so that an operator returning from a
     * break sees it.
     */
    private static final long ENDED_SHOWN_MS = 600_000;

    private static final long SKIPPED_WINDOW_MS = 60_000;

    /**
     * Fewer skipped frames within {@link #SKIPPED_WINDOW_MS} raise no alert: of a slow stream, a
     * single one is more than a hundredth.
     */
    private static final long LEAST_SKIPPED = 3;

    private static final int MAX_LINKS = 512;

    private static final class Entry {
        LinkStatus status;
        long seenMs;
        long framesMs;
        final Deque<Counts> counts = new ArrayDeque<>();

        Entry(LinkStatus status) {
            this.status = status;
        }

        /** Frames skipped within {@link #SKIPPED_WINDOW_MS}. */
        long skippedLately() {
            return counts.isEmpty() ? 0 : counts.getLast().skipped - counts.getFirst().skipped;
        }

        /** Share of the frames within {@link #SKIPPED_WINDOW_MS} that were skipped, in percent. */
        double skippedPercent() {
            long frames = counts.isEmpty() ? 0 : counts.getLast().in - counts.getFirst().in;
            return frames <= 0 ? 0 : 100.0 * skippedLately() / frames;
        }
    }

    private record Counts(long timeMs, long in, long skipped) {}

    private final Map<String, Entry> entries = new TreeMap<>();
    private final Supplier<AlertRules> rules;

    /**
     * @param rules asked before each look for alerts
     */
    LinkBook(Supplier<AlertRules> rules) {
        this.rules = rules;
    }

    /**
     * Takes the current statuses; returns them together with those of processes that have ended
     * recently.
     */
    List<Overview.Link> update(long nowMs, List<LinkStatus> statuses) {
        Map<String, LinkStatus> now = byId(statuses);
        now.forEach((id, status) -> note(nowMs, id, status));
        entries.entrySet()
                .removeIf(e ->
                        !now.containsKey(e.getKey())
                                && nowMs - e.getValue().seenMs > ENDED_SHOWN_MS);
        List<Overview.Link> links = new ArrayList<>();
        entries.forEach((id, entry) -> {
            boolean ended = !now.containsKey(id);
            links.add(
                    new Overview.Link(
                            id, !ended && entry.status.isSilent(nowMs), ended, entry.status));
        });
        return links;
    }

    private void note(long nowMs, String id, LinkStatus status) {
        Entry entry = entries.get(id);
        if (entry == null) {
            if (entries.size() >= MAX_LINKS) {
                return;
            }
            entry = new Entry(status);
            entries.put(id, entry);
        }
        if (status.pid() != entry.status.pid()
                || status.processStart() != entry.status.processStart()
                || status.skipped() < entry.status.skipped()
                || status.framesIn() < entry.status.framesIn()) {
            entry.counts.clear(); // they begin at 0 again
        }
        if (status.framesOut() != entry.status.framesOut()) {
            entry.framesMs = nowMs;
        }
        entry.status = status;
        entry.seenMs = nowMs;
        entry.counts.addLast(new Counts(nowMs, status.framesIn(), status.skipped()));
        while (nowMs - entry.counts.getFirst().timeMs > SKIPPED_WINDOW_MS) {
            entry.counts.removeFirst();
        }
    }

    /**
     * Identifies a receiver by its port, because it learns its stream's name only with the first
     * connection, a publisher by its port, and what connects by its stream and the other end.
     */
    private static Map<String, LinkStatus> byId(List<LinkStatus> statuses) {
        Map<String, LinkStatus> byId = new HashMap<>();
        for (LinkStatus s : statuses) {
            String id =
                    s.kind()
                            + " "
                            + (s.connects()
                                    ? s.stream() + " " + (s.peer() == null ? s.port() : s.peer())
                                    : s.port());
            if (byId.putIfAbsent(id, s) != null) {
                byId.put(id + " " + s.pid(), s);
            }
        }
        return byId;
    }

    /**
     * Returns the current alerts, critical ones first.
     *
     * @param streams the streams of the same host; null if they are unknown
     */
    List<Overview.Alert> alerts(
            long nowMs, List<Overview.Link> links, @Nullable List<StreamStatus> streams) {
        List<Overview.Alert> critical = new ArrayList<>();
        Set<Overview.Alert> warnings = new LinkedHashSet<>(); // two links may share a stream
        AlertRules now = rules.get();
        Set<String> down = new HashSet<>();
        for (Overview.Link link : links) {
            String fault = fault(link);
            if (fault != null) {
                down.add(link.status().stream());
                critical.add(
                        new Overview.Alert(
                                Overview.Alert.CRITICAL, link.id(), name(link) + " " + fault));
                continue;
            }
            if (!link.status().works()) { // an operator requested it
                down.add(link.status().stream());
                warnings.add(
                        new Overview.Alert(
                                Overview.Alert.WARNING,
                                link.id(),
                                name(link) + " is " + link.status().hindrance()));
                continue;
            }
            Entry entry = entries.get(link.id());
            if (entry != null) {
                addIfSkipping(link, entry, now, warnings);
                addIfStale(nowMs, link, entry, now.staleS(), streams, warnings);
            }
        }
        warnings.removeIf(alert -> down.contains(alert.what()));
        critical.addAll(warnings);
        return critical;
    }

    private static void addIfSkipping(
            Overview.Link link, Entry entry, AlertRules rules, Set<Overview.Alert> warnings) {
        if (link.status().subscribes() || link.status().publishes()) {
            return; // both leave out frames by design: each request is for the newest
        }
        long skipped = entry.skippedLately();
        double percent = entry.skippedPercent();
        if (skipped < LEAST_SKIPPED
                || percent <= rules.skippedPercent()
                || rules.isRateLimited(link.status())) {
            return;
        }
        warnings.add(
                new Overview.Alert(
                        Overview.Alert.WARNING,
                        link.id(),
                        String.format(
                                Locale.ROOT,
                                "%s skipped %.3g %% of its frames in the last minute (%d)",
                                name(link),
                                percent,
                                skipped)));
    }

    /**
     * Adds an alert if the stream of a working link had frames since monitoring began and has none
     * any more.
     */
    private static void addIfStale(
            long nowMs,
            Overview.Link link,
            Entry entry,
            double staleS,
            @Nullable List<StreamStatus> streams,
            Set<Overview.Alert> warnings) {
        LinkStatus status = link.status();
        String stream = status.stream();
        if (status.publishes() || status.rests()) { // no frames while nobody uses them
            return;
        }
        if (entry.framesMs == 0 || nowMs - entry.framesMs < staleS * 1000) {
            return;
        }
        Double ageS =
                streams == null
                        ? Double.valueOf((nowMs - entry.framesMs) / 1e3)
                        : streamAgeS(streams, stream);
        if (ageS != null && ageS > staleS) {
            warnings.add(
                    new Overview.Alert(
                            Overview.Alert.WARNING,
                            stream,
                            String.format(
                                    Locale.ROOT,
                                    "%s%s on %s is stale: no frame for %.0f s",
                                    status.transmits() ? "" : "the copy of ",
                                    stream,
                                    status.host(),
                                    ageS)));
        }
    }

    private static @Nullable Double streamAgeS(List<StreamStatus> streams, String name) {
        return streams.stream()
                .filter(s -> s.name().equals(name))
                .map(StreamStatus::ageS)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static @Nullable String fault(Overview.Link link) {
        LinkStatus status = link.status();
        if (link.ended()) {
            return "has ended: its process is gone";
        }
        if (link.hangs()) {
            return "hangs: its process does not respond";
        }
        if (status.hasConnection() || status.rests()) {
            return null;
        }
        String error = status.lastError();
        return "is down: " + status.state() + (error == null ? "" : ", " + error);
    }

    private static String name(Overview.Link link) {
        LinkStatus s = link.status();
        String peer = s.peer();
        String stream = s.stream().startsWith("port ") ? "receiver" : s.stream();
        if (s.transmits()) {
            return stream + " to " + (peer == null ? "port " + s.port() : peer);
        }
        if (s.subscribes()) {
            return stream + " from " + (peer == null ? "port " + s.port() : peer);
        }
        if (s.publishes()) {
            return "the publisher on port " + s.port();
        }
        if (s.wants()) {
            return stream + " from " + (peer == null ? "another host" : peer);
        }
        return stream + " on port " + s.port();
    }
}
