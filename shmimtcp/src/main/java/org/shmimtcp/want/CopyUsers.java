package org.shmimtcp.want;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HelperThread;
import org.shmimtcp.posix.IoReason;
import org.shmimtcp.posix.OpenWatch;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.receive.Demand;
import org.shmimtcp.status.ImageMappings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Observes whether copies of wanted streams are in use: whether a process other than their receiver
 * has them mapped, except to look at their state. One thread serves all copies of this process.
 * While a copy is not in use it costs nothing: the kernel reports when its file is opened.
 */
public final class CopyUsers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CopyUsers.class);

    /** A copy that nobody has mapped for so long is not in use. */
    static final long UNUSED_NS = 30_000_000_000L;

    /** Period at which a copy in use is checked. */
    private static final long CHECK_NS = 2_000_000_000L;

    /** Period at which a copy not in use is checked if the kernel does not report who opens it. */
    private static final long POLL_NS = 500_000_000L;

    /** When to look who has mapped a file, after it was opened: programs read its head first. */
    private static final long[] LOOKS_NS = {2_000_000, 40_000_000, 150_000_000, 600_000_000};

    private static final long LONGEST_WAIT_NS = 3_000_000_000L;
    private static final long NEVER = Long.MAX_VALUE;

    private final List<Copy> copies = new CopyOnWriteArrayList<>();
    private final long unusedNs;
    private final Supplier<ImageMappings> mappings;
    private boolean started;
    private volatile boolean closed;
    private boolean warned;

    public CopyUsers() {
        this(UNUSED_NS, ImageMappings::new);
    }

    /**
     * @param unusedNs a copy that nobody has mapped for so long is not in use
     * @param mappings returns who has which image mapped now
     */
    CopyUsers(long unusedNs, Supplier<ImageMappings> mappings) {
        this.unusedNs = unusedNs;
        this.mappings = mappings;
    }

    /** Observes a copy from now on. At first, it is in use. */
    public synchronized Demand observe(ImageDirectory directory, String name) {
        Copy copy = new Copy(directory.file(name), name);
        copies.add(copy);
        if (!started) {
            started = true;
            HelperThread.start("copy users", this::run);
        }
        return copy;
    }

    private final class Copy implements Demand {
        private final Path file;
        private final String name;
        private volatile boolean used = true;
        private volatile long usedNs = Clock.monotonicNs();
        private volatile boolean mapped;
        private boolean woken;

        // The rest belongs to the observing thread.

        private long checkNs = Clock.monotonicNs() + CHECK_NS;

        /** The number of its file's watch; -1 for none. */
        private int watch = -1;

        /** The file that is not in use. */
        private long idleInode;

        /** A process that had it mapped at the last check. */
        private int user;

        /** Looks taken since the file was opened; as many as there are if there is none to take. */
        private int looks = LOOKS_NS.length;

        private long openedNs;

        /** True if it was seen who opened the file. */
        private boolean explained;

        /** True once a process that hides its mappings has opened it. */
        private boolean usedInSecret;

        Copy(Path file, String name) {
            this.file = file;
            this.name = name;
        }

        @Override
        public boolean isThere() {
            return used;
        }

        @Override
        @SuppressWarnings("WaitNotInLoop") // the caller looks again, whatever woke it
        public synchronized void await(long ns) {
            if (!used && !woken) {
                try {
                    wait(Math.max(1, ns / 1_000_000));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            woken = false;
        }

        @Override
        public synchronized void wake() {
            woken = true;
            notifyAll();
        }

        @Override
        public synchronized void renew() {
            usedNs = Clock.monotonicNs();
            used = true;
            notifyAll();
        }

        @Override
        public void mapped(boolean byReceiver) {
            mapped = byReceiver;
        }

        @Override
        public void close() {
            copies.remove(this);
        }

        private void opened(long nowNs) {
            looks = 0;
            openedNs = nowNs;
            explained = false;
            checkNs = nowNs + LOOKS_NS[0];
        }

        private void check(Look look, @Nullable OpenWatch watches) {
            if (used) {
                checkUsed(look, watches);
            } else {
                checkUnused(look, watches);
            }
        }

        private void checkUsed(Look look, @Nullable OpenWatch watches) {
            checkNs = (look.nowNs / CHECK_NS + 1) * CHECK_NS; // for all copies at the same time
            long inode = inode();
            if (inode < 0 || usedInSecret || isUsed(look, inode)) {
                usedNs = look.nowNs;
                return;
            }
            if (look.nowNs - usedNs < unusedNs) {
                checkNs = Math.min(checkNs, usedNs + unusedNs);
                return;
            }
            watch = watch(watches);
            if (isUsed(new Look(), inode)) { // since it was watched
                usedNs = look.nowNs;
                return;
            }
            idleInode = inode;
            looks = LOOKS_NS.length;
            checkNs = watch < 0 ? look.nowNs + POLL_NS : NEVER;
            used = false;
        }

        private int watch(@Nullable OpenWatch watches) {
            if (watches == null) {
                return -1;
            }
            try {
                return watches.add(file);
            } catch (IOException e) {
                warn(IoReason.of(e));
                return -1;
            }
        }

        private void checkUnused(Look look, @Nullable OpenWatch watches) {
            long inode = inode();
            if (inode != idleInode || isUsed(look, inode)) {
                endWatch(watches);
                checkNs = look.nowNs + CHECK_NS;
                renew();
                return;
            }
            explained |= look.isSeen(inode);
            looks++;
            if (looks < LOOKS_NS.length) {
                checkNs = openedNs + LOOKS_NS[looks];
            } else if (looks == LOOKS_NS.length && !explained && look.someHide()) {
                LOG.warn(
                        "a process of another user may use the copy '{}', and hides from this user"
                                + " how long: its frames follow from now on without a pause",
                        name);
                usedInSecret = true;
                endWatch(watches);
                checkNs = look.nowNs + CHECK_NS;
                renew();
            } else {
                looks = LOOKS_NS.length;
                checkNs = watch < 0 ? look.nowNs + POLL_NS : NEVER;
            }
        }

        private void endWatch(@Nullable OpenWatch watches) {
            if (watches != null && watch >= 0) {
                watches.remove(watch);
                watch = -1;
            }
        }

        private boolean isUsed(Look look, long inode) {
            int here = look.now.uses(Processes.ownPid(), inode);
            if (here > (mapped ? 1 : 0)) { // for example, this process sends it on
                return true;
            }
            user = look.user(inode, user);
            return user > 0;
        }

        /** Returns the inode of its file; -1 if there is none. */
        private long inode() {
            try {
                return (Long) Files.getAttribute(file, "unix:ino");
            } catch (IOException gone) {
                return -1;
            }
        }
    }

    /** Who has which image mapped at one moment. */
    private final class Look {
        private final long nowNs = Clock.monotonicNs();
        private final ImageMappings now = mappings.get();
        private @Nullable List<Integer> running;

        private List<Integer> running() {
            List<Integer> all = running;
            if (all == null) {
                all =
                        ImageMappings.running().stream()
                                .filter(pid -> pid != Processes.ownPid())
                                .toList();
                running = all;
            }
            return all;
        }

        /**
         * Returns a process that uses the inode; 0 for none.
         *
         * @param last the one that did at the last look
         */
        int user(long inode, int last) {
            if (last > 0 && now.uses(last, inode) > 0) {
                return last;
            }
            return running().stream().filter(pid -> now.uses(pid, inode) > 0).findFirst().orElse(0);
        }

        boolean isSeen(long inode) {
            return now.has(Processes.ownPid(), inode)
                    || running().stream().anyMatch(pid -> now.has(pid, inode));
        }

        boolean someHide() {
            return running().stream().anyMatch(pid -> now.isHidden(pid) && Processes.isAlive(pid));
        }
    }

    private void run() {
        try (OpenWatch watches = openWatch()) {
            while (!closed) {
                long untilNs = step(watches);
                long waitNs = Math.clamp(untilNs - Clock.monotonicNs(), 0, LONGEST_WAIT_NS);
                if (watches == null) {
                    Backoff.sleep(waitNs, () -> closed);
                } else {
                    note(watches.await((int) ((waitNs + 999_999) / 1_000_000)));
                }
            }
        } catch (IOException | RuntimeException | OutOfMemoryError bug) {
            LOG.warn("who uses the copies is no longer observed: {}; all frames follow", bug, bug);
            closed = true;
            copies.forEach(Copy::renew);
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // the caller closes it
    private @Nullable OpenWatch openWatch() {
        try {
            return new OpenWatch();
        } catch (IOException e) {
            warn(IoReason.of(e));
            return null;
        }
    }

    private void warn(String reason) {
        if (!warned) {
            warned = true;
            LOG.warn("copies that are not in use are checked twice a second: {}", reason);
        }
    }

    /** Checks what is due; returns when the next check is. */
    private long step(@Nullable OpenWatch watches) {
        Look look = new Look();
        long nextNs = look.nowNs + LONGEST_WAIT_NS;
        for (Copy copy : copies) {
            if (copy.used && copy.checkNs == NEVER) { // it was renewed
                copy.endWatch(watches);
                copy.checkNs = look.nowNs + CHECK_NS;
            }
            if (copy.checkNs <= look.nowNs) {
                copy.check(look, watches);
            }
            nextNs = Math.min(nextNs, copy.checkNs);
        }
        return nextNs;
    }

    private void note(Set<Integer> opened) {
        if (opened.isEmpty()) {
            return;
        }
        long nowNs = Clock.monotonicNs();
        for (Copy copy : copies) {
            if (!copy.used && opened.contains(copy.watch)) {
                copy.opened(nowNs);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
