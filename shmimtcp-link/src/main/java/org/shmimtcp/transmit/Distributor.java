package org.shmimtcp.transmit;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.loop.Waiting;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reader that several connections of a stream share, with its thread. Connections come and go
 * while it runs; {@link Distribution} does the work.
 */
final class Distributor {
    private static final Logger LOG = LoggerFactory.getLogger(Distributor.class);
    private static final int LINES_AT_ONCE = 3;
    private static final LimitedLog LINES = new LimitedLog(LOG::warn, LINES_AT_ONCE);

    private static final Branch[] NONE = {};

    private final Image image;
    private final Supplier<Waiting> waiting;
    private final RealTimeSettings realTime;
    private volatile Branch[] branches = NONE;

    /** Set when its thread ends; no connection is added afterwards. */
    private boolean over;

    /**
     * @param image closed at the end
     */
    Distributor(Image image, Supplier<Waiting> waiting, RealTimeSettings realTime) {
        this.image = image;
        this.waiting = waiting;
        this.realTime = realTime;
    }

    /** Adds a connection. Returns false if the thread has ended. Any thread may call this. */
    synchronized boolean add(Branch branch) {
        if (over) {
            return false;
        }
        Branch[] now = branches;
        Branch[] more = Arrays.copyOf(now, now.length + 1);
        more[now.length] = branch;
        branches = more;
        return true;
    }

    /** Lets go of a connection that has ended or was asked to leave. */
    private synchronized void remove(Branch branch) {
        List<Branch> others = new ArrayList<>(Arrays.asList(branches));
        others.remove(branch);
        branches = others.toArray(NONE);
    }

    /** Ends it if it has no connection any more. */
    private synchronized boolean endIfUnused() {
        over = branches.length == 0;
        return over;
    }

    private synchronized void endAll(@Nullable Throwable reason) {
        over = true;
        for (Branch branch : branches) {
            branch.end(reason);
        }
        branches = NONE;
    }

    /** Ends it without ever having run. */
    void close() {
        image.close();
    }

    boolean reads(Image other) {
        return image.isSameAs(other);
    }

    boolean hasSettings(RealTimeSettings wanted) {
        return realTime.equals(wanted);
    }

    /**
     * Runs until the last connection has left, or an error occurs, which each connection gets.
     *
     * @param ended called when no connection can be added any more
     */
    void run(Runnable ended) {
        Throwable failure = null;
        try (image) {
            realTime.applyToThisThread();
            distribute();
        } catch (RuntimeException | Error e) {
            failure = e;
        } finally {
            endAll(failure);
            ended.run();
        }
    }

    private void distribute() {
        try (FrameReader reader = image.newReader();
                Arena arena = Arena.ofConfined()) {
            if (reader.semaphore() < 0) {
                LINES.add(
                        "stream '" + image.name() + "' has no free semaphore: polling its counter");
            }
            var writer = new WriterWatch(image, this::states, LINES);
            var wait = new FrameWait(reader, waiting, writer);
            var distribution = new Distribution(image, reader, wait, arena);
            Consumer<Branch> leave = this::remove;
            while (branches.length > 0 || !endIfUnused()) {
                distribution.pass(branches, leave);
            }
        }
    }

    private List<LinkState> states() {
        return Arrays.stream(branches).map(Branch::state).toList();
    }
}
