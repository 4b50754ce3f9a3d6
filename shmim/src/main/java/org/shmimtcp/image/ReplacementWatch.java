package org.shmimtcp.image;

import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.shmimtcp.posix.HelperThread;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks five times a second whether each open image is still the one that its name leads to, so
 * that the loops need not.
 */
final class ReplacementWatch {
    private static final long PERIOD_MS = 200;
    private static final Logger LOG = LoggerFactory.getLogger(ReplacementWatch.class);
    private static final Set<Image> IMAGES = ConcurrentHashMap.newKeySet();

    /** Warnings from the loops, which must not wait for a reader of the log. */
    private static final Queue<String> WARNINGS = new ConcurrentLinkedQueue<>();

    private static boolean told;

    static {
        HelperThread.start("replacement-watch", ReplacementWatch::run);
    }

    private ReplacementWatch() {}

    static void add(Image image) {
        IMAGES.add(image);
    }

    static void remove(Image image) {
        IMAGES.remove(image);
    }

    /** Queues a warning to be logged by this thread, because a loop must not log. */
    static void say(String warning) {
        WARNINGS.add(warning);
    }

    /** Never ends: without this thread no loop would notice that its stream was re-created. */
    private static void run() {
        while (true) {
            try {
                IMAGES.forEach(ReplacementWatch::check);
                for (String next = WARNINGS.poll(); next != null; next = WARNINGS.poll()) {
                    LOG.warn(next);
                }
                Thread.sleep(PERIOD_MS);
            } catch (InterruptedException e) {
                LOG.debug("interrupted: checking now", e);
            } catch (RuntimeException | Error e) { // an InternalError may come late, see LostMemory
                tell(e);
            }
        }
    }

    /** Checks one image; a failure must not keep the others from being checked. */
    private static void check(Image image) {
        try {
            image.checkReplaced();
        } catch (RuntimeException | Error e) {
            tell(e);
        }
    }

    private static void tell(Throwable e) {
        if (!told) {
            told = true;
            LOG.warn(
                    "error while checking for replaced streams (the check continues): {}",
                    e.toString());
        }
    }
}
