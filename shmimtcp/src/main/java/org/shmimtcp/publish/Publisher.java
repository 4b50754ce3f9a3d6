package org.shmimtcp.publish;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.link.ClockOffset;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.link.StatusSource;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.loop.RateLimit;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HelperThread;
import org.shmimtcp.wire.MilkzmqHead;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes clients' requests to the feeds of the streams, until it is stopped. There is nothing to
 * restart: clients connect to it, and come back by themselves.
 */
public final class Publisher implements StatusSource {
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

    /** Limit for the streams that one connection may request. */
    private static final int MAX_NAMES = 64;

    /** Limit for the names of streams that do not exist and are waited for, of all connections. */
    private static final int MAX_ABSENT = 1024;

    /** Requests per second that a connection may always send. */
    private static final int MIN_REQUESTS_PER_S = 1000;

    private static final int TICK_MS = 50;
    private static final long ABSENT_PERIOD_NS = 100_000_000;
    private static final long CHECK_PERIOD_NS = 1_000_000_000;
    private static final long STOP_MS = 200;
    private static final int LINES_AT_ONCE = 10;

    /** Length of the list of names and patterns that {@code shmim status} shows. */
    private static final int NAMES_SHOWN = 32;

    private static final Comparator<LinkEnd.View> FASTEST_FIRST =
            Comparator.comparingDouble(LinkEnd.View::perS)
                    .reversed()
                    .thenComparing(LinkEnd.View::stream)
                    .thenComparing(LinkEnd.View::client);

    private final PublishSettings settings;
    private final ViewerSocket socket;
    private final PublishCounts counts = new PublishCounts();
    private final LimitedLog refusals = new LimitedLog(LOG::warn, LINES_AT_ONCE);
    private final LinkState state = new LinkState(LinkState.State.PUBLISHING, null, new Control());
    private final ClockOffset clock = new ClockOffset();
    private final Map<String, StreamFeed> feeds = new ConcurrentHashMap<>();
    private final Map<String, Thread> threads = new HashMap<>();

    /** Clients that wait for a stream that does not exist, by its name. */
    private final Map<String, Set<Integer>> absent = new LinkedHashMap<>();

    private final Map<Integer, Requests> asked = new HashMap<>();
    private final int requestsPerSecond;

    /** The requests of one connection. */
    private static final class Requests {
        final Set<String> names = new HashSet<>();

        /** Names whose refusal was logged. */
        final Set<String> refused = new HashSet<>();

        final RateLimit rate;

        /** Its connection is being closed; requests that are on the way have no effect. */
        boolean ended;

        Requests(int perSecond, long nowNs) {
            rate = new RateLimit(perSecond, perSecond, nowNs);
        }
    }

    private volatile boolean stopping;

    /**
     * Starts listening.
     *
     * @throws IOException if the port is taken or not permitted
     */
    public Publisher(PublishSettings settings) throws IOException {
        this.settings = settings;
        // No more can be answered; a client may repeat one that was not.
        this.requestsPerSecond =
                (int) Math.max(MIN_REQUESTS_PER_S, 2 * MAX_NAMES * settings.framesPerSecond());
        this.socket = new ViewerSocket(settings.bind(), settings.port(), settings.allowed());
    }

    /** Returns the port that it listens on. */
    public int port() {
        return socket.port();
    }

    @Override
    public void stop() {
        stopping = true;
    }

    @Override
    public Traffic traffic() {
        int clients = socket.clients();
        return new Traffic(
                "port " + socket.port(),
                clients == 1 ? "1 client" : clients + " clients",
                counts.framesRead(),
                counts.framesSent(),
                counts.bytesSent(),
                0,
                "streams=" + feeds.size() + " refused=" + socket.refused());
    }

    @Override
    public LinkEnd.Link glance() {
        return link(List.of());
    }

    @Override
    public LinkEnd.Link link() {
        List<LinkEnd.View> views = new ArrayList<>();
        feeds.values().forEach(feed -> feed.addViews(views));
        views.sort(FASTEST_FIRST);
        return link(views.subList(0, Math.min(views.size(), LinkEnd.Viewers.MAX_VIEWS)));
    }

    private LinkEnd.Link link(List<LinkEnd.View> shown) {
        return new LinkEnd.Link(
                LinkEnd.Role.PUBLISHER,
                new Traffic(
                        settings.names().describe(NAMES_SHOWN),
                        state.now().state().text(),
                        counts.framesRead(),
                        counts.framesSent(),
                        counts.bytesSent(),
                        0,
                        ""),
                socket.port(),
                false,
                state.now(),
                0,
                0,
                socket.refused(),
                0,
                null,
                null,
                clock,
                new LinkEnd.Viewers(socket.clients(), shown),
                null);
    }

    @Override
    public void restart() {
        // see above
    }

    @Override
    public void run() {
        long checkedNs = Clock.monotonicNs();
        long absentNs = checkedNs;
        while (!stopping) {
            ViewerSocket.Request request = socket.receive(TICK_MS);
            if (request != null) {
                take(request);
            }
            long nowNs = Clock.monotonicNs();
            if (nowNs - absentNs >= ABSENT_PERIOD_NS) {
                absentNs = nowNs;
                requestAppeared();
            }
            if (nowNs - checkedNs >= CHECK_PERIOD_NS) {
                checkedNs = nowNs;
                socket.endIdle();
                refusals.flush();
                feeds.values().removeIf(StreamFeed::hasEnded);
                threads.values().removeIf(thread -> !thread.isAlive());
                asked.keySet().stream()
                        .filter(c -> !socket.knows(c))
                        .toList()
                        .forEach(this::forget);
            }
        }
        end();
    }

    private void take(ViewerSocket.Request request) {
        String name = request.name();
        int client = request.client();
        if (name == null) {
            forget(client);
            return;
        }
        long nowNs = Clock.monotonicNs();
        Requests requests =
                asked.computeIfAbsent(client, c -> new Requests(requestsPerSecond, nowNs));
        if (requests.ended) {
            return;
        }
        if (!requests.rate.tryPass(nowNs)) {
            end(client, requests, "sent more than " + requestsPerSecond + " requests a second");
            return;
        }
        String reason = whyNotPublished(name);
        if (reason != null) {
            state.failed(reason);
            // A viewer repeats its request each second.
            if (requests.refused.size() < MAX_NAMES && requests.refused.add(name)) {
                refusals.add(reason);
            }
            return;
        }
        Set<String> names = requests.names;
        if (names.size() >= MAX_NAMES && !names.contains(name)) {
            end(client, requests, "requested more than " + MAX_NAMES + " streams");
            return;
        }
        names.add(name);
        socket.admit(client);
        if (request(name, client)) {
            return;
        }
        if (absent.size() >= MAX_ABSENT && !absent.containsKey(name)) {
            refuse("clients wait for more than " + MAX_ABSENT + " streams that do not exist");
            return;
        }
        absent.computeIfAbsent(name, n -> new LinkedHashSet<>()).add(client);
    }

    private void end(int client, Requests requests, String reason) {
        requests.ended = true;
        refuse("a client " + reason + ": disconnected");
        socket.end(client);
    }

    private @Nullable String whyNotPublished(String name) {
        try {
            StreamName.check(name);
        } catch (ImageException e) {
            return "a client requested an invalid stream name: " + e.getMessage();
        }
        return settings.names().matches(name)
                ? null
                : "a client requested '" + name + "', which is not published here";
    }

    private void refuse(String reason) {
        state.failed(reason);
        refusals.add(reason);
    }

    /** Passes a request to the stream's feed; false if the stream does not exist. */
    private boolean request(String name, int client) {
        StreamFeed feed = feeds.get(name);
        if (feed != null && feed.request(client)) {
            return true;
        }
        if (!settings.directory().has(name)) {
            return false;
        }
        StreamFeed made = new StreamFeed(name, settings, socket, counts);
        made.request(client);
        feeds.put(name, made);
        threads.put(name, HelperThread.start("publish-" + name, made));
        return true;
    }

    private void forget(int client) {
        Requests requests = asked.remove(client);
        if (requests == null) {
            return;
        }
        for (String name : requests.names) {
            StreamFeed feed = feeds.get(name);
            if (feed != null) {
                feed.forget(client);
            }
            Set<Integer> waiting = absent.get(name);
            if (waiting != null && waiting.remove(client) && waiting.isEmpty()) {
                absent.remove(name);
            }
        }
    }

    private void requestAppeared() {
        if (absent.isEmpty()) {
            return;
        }
        Set<String> present = present();
        absent.entrySet()
                .removeIf(one ->
                        present.contains(one.getKey())
                                && one.getValue().stream()
                                        .allMatch(client -> request(one.getKey(), client)));
    }

    /** Lists the directory once: clients may wait for hundreds of names. */
    private Set<String> present() {
        try {
            return new HashSet<>(settings.directory().names());
        } catch (ImageException e) {
            return Set.of(); // it may come back
        }
    }

    /** Tells waiting clients that the publisher ends, so that they reconnect soon. */
    private void end() {
        Set<Integer> waiting = new HashSet<>();
        feeds.values().forEach(feed -> waiting.addAll(feed.stop()));
        absent.values().forEach(waiting::addAll);
        try {
            for (Thread thread : threads.values()) {
                thread.join(STOP_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        byte[] hangUp = MilkzmqHead.hangUp();
        waiting.forEach(client -> socket.sendUnnoted(client, hangUp));
        socket.close();
    }
}
