package org.shmimtcp.status;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.link.ClockOffset;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.link.Protocol;
import org.shmimtcp.link.StatusSource;
import org.shmimtcp.loop.Loop;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.DirectoryFd;
import org.shmimtcp.posix.FileFd;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.posix.IoReason;
import org.shmimtcp.posix.Processes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.jr.ob.JSON;

/**
 * Writes the state of one link end or publisher to a file, once a second, while it runs. Readers
 * see a complete file or none. A file beside it requests that the end reconnect: {@link
 * RestartRequest}.
 */
public final class StatusFile implements Observer {
    private static final Logger LOG = LoggerFactory.getLogger(StatusFile.class);
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    /** As for /tmp: everybody may publish, nobody may remove another user's files. */
    private static final int STICKY_FOR_ALL = 01777;

    private static final int READ_BY_ALL = 0644;

    /**
     * Period at which the state of an unused copy is written while it stays the same, well within
     * the time after which a process counts as silent: there may be a hundred of them.
     */
    private static final long UNUSED_PERIOD_NS = 3_500_000_000L;

    /** When a directory was last rid of what killed processes left: one end does it for all. */
    private static final Map<Path, Long> CLEARED = new ConcurrentHashMap<>();

    private static final long CLEARED_FOR_NS = 10_000_000_000L;

    private final ImageDirectory directory;
    private final StatusSource end;
    private final String kind;
    private final String file;
    private final String unfinished;
    private final RestartRequest restart;
    private final long processStart = Processes.startTicks(Processes.ownPid());
    private Loop.Traffic last;
    private long lastNs = Clock.monotonicNs();
    private boolean unused;
    private boolean warned;
    private boolean cleared;
    private boolean closed;

    /** Creates the publisher of an end that runs or is about to. */
    public StatusFile(ImageDirectory directory, StatusSource end) {
        this.directory = directory;
        this.end = end;
        LinkEnd.Link link = end.link();
        this.last = link.traffic();
        this.kind = LinkStatus.kind(link.role());
        String name = kind + "-" + Processes.ownPid() + "-" + NUMBERS.incrementAndGet();
        this.file = name + LinkStatuses.SUFFIX;
        this.unfinished = name + ".new";
        this.restart = new RestartRequest(directory, file);
    }

    @Override
    public synchronized void refresh() {
        if (closed) {
            return;
        }
        boolean asked;
        try (DirectoryFd place = place()) {
            if (isDue()) {
                write(place, JSON.std.asBytes(take()));
            }
            asked = restart.take(place);
            if (!cleared) { // a killed process leaves its status file behind
                cleared = true;
                removeDead(place);
            }
        } catch (IOException e) {
            if (!warned) {
                warned = true;
                LOG.warn(
                        "shmim status will not show this link: {}/{}: {}",
                        directory.path(),
                        LinkStatuses.DIRECTORY,
                        IoReason.of(e));
            }
            return;
        }
        if (asked) {
            end.restart();
        }
    }

    private void removeDead(DirectoryFd place) {
        long nowNs = Clock.monotonicNs();
        Long before = CLEARED.get(directory.path());
        if (before == null || nowNs - before > CLEARED_FOR_NS) {
            CLEARED.put(directory.path(), nowNs);
            LinkStatuses.removeDead(place);
        }
    }

    private boolean isDue() {
        boolean wasUnused = unused;
        unused = end.glance().now().state() == LinkState.State.UNUSED;
        return !unused || !wasUnused || Clock.monotonicNs() - lastNs >= UNUSED_PERIOD_NS;
    }

    private DirectoryFd place() throws IOException {
        try {
            return LinkStatuses.open(directory);
        } catch (NoSuchFileException none) {
            try (DirectoryFd streams = DirectoryFd.open(directory.path())) {
                return streams.makeDirectory(LinkStatuses.DIRECTORY, STICKY_FOR_ALL);
            }
        }
    }

    private LinkStatus take() {
        LinkEnd.Link link = end.link();
        Loop.Traffic traffic = link.traffic();
        LinkState.Now now = link.now();
        Protocol protocol = now.protocol();
        LinkEnd.@Nullable Ages ages = link.ages();
        ClockOffset clock = link.clock();
        boolean clockKnown = clock.isKnown();
        LinkEnd.@Nullable Viewers viewers = link.viewers();
        long nowNs = Clock.monotonicNs();
        double seconds = Math.max(1e-3, (nowNs - lastNs) / 1e9);
        var status =
                new LinkStatus(
                        kind,
                        traffic.what(),
                        now.peer(),
                        link.port(),
                        protocol == null ? null : protocol.text(),
                        link.tls(),
                        now.state().text(),
                        now.sinceMs(),
                        traffic.in(),
                        traffic.out(),
                        rounded((traffic.in() - last.in()) / seconds),
                        rounded((traffic.out() - last.out()) / seconds),
                        rounded((traffic.bytes() - last.bytes()) / seconds / 1e6),
                        traffic.skipped(),
                        link.repeated(),
                        link.damaged(),
                        link.refused(),
                        Math.max(0, link.connections() - 1),
                        ages == null ? null : rounded(ages.p50Ns() / 1e3),
                        ages == null ? null : rounded(ages.p99Ns() / 1e3),
                        link.ageCounts(),
                        clockKnown ? rounded(clock.offsetNs() / 1e3) : null,
                        clockKnown ? rounded(clock.uncertaintyNs() / 1e3) : null,
                        clockKnown ? rounded(clock.roundTripNs() / 1e3) : null,
                        viewers == null ? null : viewers.count(),
                        viewers == null ? null : viewers.views(),
                        link.origins(),
                        now.error(),
                        now.errorMs(),
                        Processes.ownPid(),
                        processStart,
                        HostName.get(),
                        version(),
                        System.currentTimeMillis());
        last = traffic;
        lastNs = nowNs;
        return status;
    }

    /** Rounds to three decimals; further digits would be noise. */
    private static double rounded(double value) {
        return Math.round(value * 1e3) / 1e3;
    }

    private static String version() {
        String version = StatusFile.class.getPackage().getImplementationVersion();
        return version == null ? "not packaged" : version;
    }

    /**
     * Writes the file. If the last other link has just removed the directory, the next call creates
     * it.
     */
    private void write(DirectoryFd place, byte[] json) throws IOException {
        try (FileFd made = create(place)) {
            made.write(json);
        }
        place.rename(unfinished, file);
    }

    private FileFd create(DirectoryFd place) throws IOException {
        try {
            return place.create(unfinished, READ_BY_ALL);
        } catch (FileAlreadyExistsException left) { // by a write that failed
            place.delete(unfinished);
            return place.create(unfinished, READ_BY_ALL);
        }
    }

    /** Removes the file, and the directory if no other link has a file there. */
    @Override
    public synchronized void close() {
        closed = true;
        try (DirectoryFd streams = DirectoryFd.open(directory.path())) {
            try (DirectoryFd place = streams.directory(LinkStatuses.DIRECTORY)) {
                place.delete(unfinished);
                place.delete(file);
                restart.remove(place);
            }
            streams.deleteDirectory(LinkStatuses.DIRECTORY);
        } catch (DirectoryNotEmptyException others) {
            // other links still use the directory
        } catch (IOException e) {
            LOG.debug("{}: {}", file, e.toString());
        }
    }
}
