package org.shmimtcp.bridge;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.LockFile;
import org.shmimtcp.site.Link;
import org.shmimtcp.tmux.SessionName;

/**
 * Locks on the links that a run on this machine sets up or takes down. A second run for the same
 * link waits; otherwise each run would mistake the other's work for a failure and undo it.
 */
final class LinkLocks implements AutoCloseable {
    private static final long POLL_NS = 50_000_000L;

    private final List<LockFile> held = new ArrayList<>();

    private LinkLocks() {}

    /**
     * Waits for all locks, always in the same order, so two runs never deadlock.
     *
     * @throws BridgeException if stopped, or after the deadline
     */
    static LinkLocks take(
            ImageDirectory directory,
            Plan plan,
            long deadlineNs,
            BooleanSupplier stopped,
            Consumer<String> say) {
        LinkLocks locks = new LinkLocks();
        try {
            for (Link link :
                    plan.links().stream().sorted(Comparator.comparing(plan::lockName)).toList()) {
                Path file = file(directory, plan.lockName(link));
                locks.take(file, link, deadlineNs, stopped, say);
            }
            return locks;
        } catch (IOException | RuntimeException e) {
            locks.close();
            throw e instanceof RuntimeException known
                    ? known
                    : new BridgeException(String.valueOf(e.getMessage()), e);
        }
    }

    private void take(
            Path file, Link link, long deadlineNs, BooleanSupplier stopped, Consumer<String> say)
            throws IOException {
        Optional<LockFile> lock = LockFile.tryLock(file);
        if (lock.isEmpty()) {
            say.accept(link.name() + ": another run is working on it: waiting until it ends");
        }
        while (lock.isEmpty()) {
            if (stopped.getAsBoolean()) {
                throw new BridgeException("interrupted");
            }
            if (Clock.monotonicNs() - deadlineNs > 0) {
                throw new BridgeException(
                        link.name()
                                + ": another run is still working on it: try again later ('fuser "
                                + file
                                + "' names its process)");
            }
            LockSupport.parkNanos(POLL_NS);
            lock = LockFile.tryLock(file);
        }
        held.add(lock.get());
    }

    /** Returns the lock file, a hidden file beside the streams. */
    static Path file(ImageDirectory directory, String name) {
        return directory.path().resolve("." + SessionName.distinct(name) + ".lock");
    }

    @Override
    public void close() {
        held.forEach(LockFile::remove);
        held.clear();
    }
}
