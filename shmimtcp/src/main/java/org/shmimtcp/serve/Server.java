package org.shmimtcp.serve;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.loop.CpuSleepGuard;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.procinfo.ProcessInfo;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteWant;
import org.shmimtcp.status.StatusFile;
import org.shmimtcp.transmit.Distributors;
import org.shmimtcp.want.CopyUsers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs all link ends of one machine in this process, each independently. */
public final class Server {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);

    /** The program name in milk-procCTRL, which also marks the records of this program. */
    public static final String PROGRAM = "shmimTCP serve";

    /** The number of calls of {@link #tick} a second. */
    public static final int TICKS_A_SECOND = 20;

    /**
     * The period at which the state of a copy is updated that nobody uses, and of which there may
     * be a hundred.
     */
    private static final int UNUSED_SECONDS = 4;

    /** Of more link ends than this, external commands are read less often. */
    private static final int MANY_ENDS = 20;

    private static final int TICKS_A_CHECK_OF_MANY = 4;

    /** So many ends are updated a second, but none less often than every {@link #MOST_SECONDS}. */
    private static final int ENDS_A_SECOND = 100;

    /** Well within the time after which a process counts as silent. */
    private static final int MOST_SECONDS = 3;

    /** The identity of a link end. The end keeps running while none of its values changes. */
    private sealed interface Key {
        /**
         * Returns what is to run.
         *
         * @param distributors the readers that transmitters share
         * @param users tells which copies are in use
         */
        ServedLink.Job job(Distributors distributors, CopyUsers users);

        /** Returns what its loop is shared by: keys with the same value have one loop. */
        default Object loop() {
            return this;
        }

        record OfLink(Link link, LinkEnd.Role role, String address, @Nullable String bind)
                implements Key {
            @Override
            public ServedLink.Job job(Distributors distributors, CopyUsers users) {
                return role == LinkEnd.Role.TRANSMITTER
                        ? ServedLink.transmitter(link, address, distributors)
                        : ServedLink.receiver(link, bind);
            }

            @Override
            public Object loop() {
                boolean shares =
                        role == LinkEnd.Role.TRANSMITTER
                                && link.oneOfSeveral()
                                && link.transmit().mayShareReader();
                return shares ? link.name() : this;
            }
        }

        /** A stream that this machine wants, and whom it asks. */
        record OfWant(SiteWant want, AskedHosts asked) implements Key {
            @Override
            public ServedLink.Job job(Distributors distributors, CopyUsers users) {
                return ServedLink.want(want, asked.port(), asked, users);
            }
        }
    }

    /** A link end, and what shows it to other programs. */
    private static final class Running {
        private final ServedLink end;
        private final Observer observer;

        /** The state that is shown; null before the first. */
        private LinkState.@Nullable State shown;

        Running(ServedLink end, Observer observer) {
            this.end = end;
            this.observer = observer;
        }

        boolean isUnused() {
            return shown == LinkState.State.UNUSED;
        }

        /** Reads external commands, and shows the state if it has changed. */
        void check() {
            LinkState.State state = end.glance().now().state();
            if (!isUnused() || state != LinkState.State.UNUSED) {
                observer.tick();
            }
            if (state != shown) {
                shown = state;
                observer.refresh();
            }
        }

        void refresh() {
            if (end.hasEnded()) { // on a command from milk-procCTRL
                observer.close();
                return;
            }
            if (isUnused()) {
                observer.tick();
            }
            observer.refresh();
        }
    }

    private final ImageDirectory directory;
    private final @Nullable ProcessInfo processInfo;
    private final CpuSleepGuard sleepGuard;
    private long ticks;

    private final CopyUsers users = new CopyUsers();
    private final Distributors distributors;
    private final Map<Key, Running> running = new LinkedHashMap<>();

    /**
     * @param processInfo publishes the links to milk-procCTRL; null to publish nothing
     * @param sleepGuard keeps CPUs awake while frames arrive on any link; closed with the links
     */
    public Server(
            ImageDirectory directory, @Nullable ProcessInfo processInfo, CpuSleepGuard sleepGuard) {
        this.directory = directory;
        this.processInfo = processInfo;
        this.sleepGuard = sleepGuard;
        this.distributors = new Distributors(directory);
    }

    /**
     * Runs exactly these links' ends and keeps exactly these copies on this machine: starts and
     * stops ends as needed.
     */
    public synchronized void serve(Site site, Host here, List<Link> links, List<SiteWant> wants) {
        Set<Key> wanted = new LinkedHashSet<>();
        for (Link link : links) {
            String address = site.host(link.to()).address();
            if (link.from().equals(here.role())) {
                wanted.add(new Key.OfLink(link, LinkEnd.Role.TRANSMITTER, address, null));
            } else if (link.to().equals(here.role())) {
                wanted.add(new Key.OfLink(link, LinkEnd.Role.RECEIVER, address, site.bind(link)));
            }
        }
        Map<AskedHosts, AskedHosts> asked = new HashMap<>(); // those with the same ask together
        for (SiteWant want : wants) {
            AskedHosts hosts = AskedHosts.of(site, here, want.settings());
            AskedHosts shared = asked.putIfAbsent(hosts, hosts);
            wanted.add(new Key.OfWant(want, shared == null ? hosts : shared));
        }
        List<Key> ending = running.keySet().stream().filter(k -> !wanted.contains(k)).toList();
        end(ending);
        int started = 0;
        long loops = wanted.stream().map(Key::loop).distinct().count();
        boolean crowded = 2 * loops > Runtime.getRuntime().availableProcessors();
        for (Key key : wanted) {
            if (!running.containsKey(key)) {
                var end =
                        new ServedLink(
                                key.job(distributors, users),
                                LoopContext.of(directory)
                                        .withWaiting(how -> waiting(how, crowded)));
                Observer observer = observer(end);
                running.put(key, new Running(end, observer));
                end.start(observer::refresh);
                started++;
            }
        }
        LOG.info("serving {} links: {} started, {} ended", wanted.size(), started, ending.size());
    }

    /** Returns the wait strategy. Spinning pays only on a free core. */
    private Supplier<Waiting> waiting(Waiting wanted, boolean crowded) {
        return sleepGuard.waiting(wanted == Waiting.AUTO && crowded ? Waiting.BLOCK : wanted);
    }

    /**
     * Reads external commands to the links, and updates the published states: each when it changes,
     * and once a second. With hundreds of links both happen less often, because they would cost
     * more than the frames. Call {@link #TICKS_A_SECOND} times a second.
     */
    public synchronized void tick() {
        ticks++;
        int ticksACheck = running.size() > MANY_ENDS ? TICKS_A_CHECK_OF_MANY : 1;
        int seconds = Math.min(1 + running.size() / ENDS_A_SECOND, MOST_SECONDS);
        long turn = ticks; // each end has its own, so that hundreds do not come at once
        for (Running one : running.values()) {
            if (turn % ticksACheck == 0) {
                one.check();
            }
            long periodSeconds = one.isUnused() ? UNUSED_SECONDS : seconds;
            if (turn % (TICKS_A_SECOND * periodSeconds) == 0) {
                one.refresh();
            }
            turn++;
        }
        if (ticks % TICKS_A_SECOND == 0) {
            sleepGuard.update(
                    running.values().stream().mapToLong(r -> r.end.glance().traffic().out()).sum());
        }
    }

    private Observer observer(ServedLink end) {
        Observer status = new StatusFile(directory, end);
        return processInfo == null
                ? status
                : Observer.both(status, processInfo.show(end, PROGRAM, end.priority()));
    }

    /** Returns the CPUs that the links' threads are bound to. */
    public synchronized BitSet cpus() {
        BitSet all = new BitSet();
        running.values().forEach(r -> all.or(r.end.realTime().cpus()));
        return all;
    }

    /** Stops all links. */
    public synchronized void stop() {
        end(new ArrayList<>(running.keySet()));
        users.close();
        sleepGuard.close();
    }

    private void end(List<Key> keys) {
        keys.forEach(key -> ended(key).end.stop());
        for (Key key : keys) {
            Running one = ended(key);
            try {
                one.end.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            one.observer.close();
            running.remove(key);
        }
    }

    private Running ended(Key key) {
        Running one = running.get(key);
        if (one == null) {
            throw new IllegalStateException(key.toString());
        }
        return one;
    }
}
