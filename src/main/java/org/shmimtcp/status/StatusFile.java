package org.shmimtcp.status;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.loop.ClockOffset;
import org.shmimtcp.loop.LinkEnd;
import org.shmimtcp.loop.LinkState;
import org.shmimtcp.loop.Loop;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.posix.IoReason;
import org.shmimtcp.posix.Processes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.jr.ob.JSON;

/**
 * Keeps the state of one link end in a file, anew each second, for as long as it runs. Readers see
 * a whole one or none. Beside it others may ask that the end begin anew: {@link RestartRequest}.
 */
public final class StatusFile implements Observer {
    private static final Logger LOG = LoggerFactory.getLogger(StatusFile.class);
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    /** As /tmp has it: everybody may publish, nobody may remove what is another's. */
    private static final int STICKY_FOR_ALL = 01777;

    private static final int TRIES = 3;

    private final ImageDirectory directory;
    private final LinkEnd end;
    private final String kind;
    private final Path file;
    private final Path unfinished;
    private final RestartRequest restart;
    private final long processStart = Processes.startTicks(Processes.ownPid());
    private Loop.Traffic last;
    private long lastNs = Clock.monotonicNs();
    private boolean warned;
    private boolean closed;

    /** For an end that runs, or soon will. */
    public StatusFile(ImageDirectory directory, LinkEnd end) {
        this.directory = directory;
        this.end = end;
        LinkEnd.Link link = end.link();
        this.last = link.traffic();
        boolean sends = link.role() == LinkEnd.Role.TRANSMITTER;
        this.kind = sends ? LinkStatus.TRANSMITTER : LinkStatus.RECEIVER;
        String name = kind + "-" + Processes.ownPid() + "-" + NUMBERS.incrementAndGet();
        Path place = LinkStatuses.path(directory);
        this.file = place.resolve(name + LinkStatuses.SUFFIX);
        this.unfinished = place.resolve(name + ".new");
        this.restart = new RestartRequest(file);
    }

    @Override
    public synchronized void look() {
        if (closed) {
            return;
        }
        byte[] json = JSON.std.asBytes(take());
        try {
            write(json);
            if (restart.take()) {
                end.restart();
            }
        } catch (IOException | UnsupportedOperationException e) {
            if (!warned) {
                warned = true;
                LOG.warn("shmim status will not show this link: {}: {}", file, IoReason.of(e));
            }
        }
    }

    private LinkStatus take() {
        LinkEnd.Link link = end.link();
        Loop.Traffic traffic = link.traffic();
        LinkState.Now now = link.now();
        LinkEnd.@Nullable Ages ages = link.ages();
        ClockOffset clock = link.clock();
        boolean clockKnown = clock.isKnown();
        long nowNs = Clock.monotonicNs();
        double seconds = Math.max(1e-3, (nowNs - lastNs) / 1e9);
        var status =
                new LinkStatus(
                        kind,
                        traffic.what(),
                        now.peer(),
                        link.port(),
                        now.wire(),
                        link.tls(),
                        now.what(),
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

    /** Further digits would be noise. */
    private static double rounded(double value) {
        return Math.round(value * 1e3) / 1e3;
    }

    private static String version() {
        String version = StatusFile.class.getPackage().getImplementationVersion();
        return version == null ? "not packaged" : version;
    }

    private void write(byte[] json) throws IOException {
        for (int i = 1; ; i++) {
            try {
                // CREATE_NEW follows no link that somebody may have put there.
                Files.deleteIfExists(unfinished);
                Files.write(
                        unfinished, json, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
                return;
            } catch (NoSuchFileException noDirectory) {
                if (i == TRIES) {
                    throw noDirectory;
                }
                makeDirectory();
            }
        }
    }

    private void makeDirectory() throws IOException {
        Path place = LinkStatuses.path(directory);
        try {
            Files.createDirectory(place);
            Files.setAttribute(place, "unix:mode", STICKY_FOR_ALL);
        } catch (FileAlreadyExistsException another) {
            if (!Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
                throw another;
            }
        }
        LinkStatuses.removeDead(directory);
    }

    /** Removes the file; the directory too if no other link has one there. */
    @Override
    public synchronized void close() {
        closed = true;
        try {
            Files.deleteIfExists(unfinished);
            Files.deleteIfExists(file);
            restart.remove();
            Files.deleteIfExists(LinkStatuses.path(directory));
        } catch (DirectoryNotEmptyException others) {
            // they use it still
        } catch (IOException e) {
            LOG.debug("{}: {}", file, e.toString());
        }
    }
}
