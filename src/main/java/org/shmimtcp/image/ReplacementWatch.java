package org.shmimtcp.image;

import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.shmimtcp.posix.HelperThread;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks five times a second whether the open images are still what their names lead to, so that
 * their loops need not.
 */
final class ReplacementWatch {
    private static final long PERIOD_MS = 200;
    private static final Logger LOG = LoggerFactory.getLogger(ReplacementWatch.class);
    private static final Set<Image> IMAGES = ConcurrentHashMap.newKeySet();

    /** What loops have to say, which must not wait for whoever reads the log. */
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

    /** Has a warning logged by this watch's thread, as a loop must not. */
    static void say(String warning) {
        WARNINGS.add(warning);
    }

    /** Never ends: without it no loop would notice that its stream was made anew. */
    private static void run() {
        while (true) {
            try {
                IMAGES.forEach(ReplacementWatch::look);
                for (String next = WARNINGS.poll(); next != null; next = WARNINGS.poll()) {
                    LOG.warn(next);
                }
                Thread.sleep(PERIOD_MS);
            } catch (InterruptedException e) {
                LOG.debug("interrupted: looking at once", e);
            } catch (RuntimeException | Error e) { // an InternalError may come late: LostMemory
                tell(e);
            }
        }
    }

    /** No image keeps the watch from those behind it. */
    private static void look(Image image) {
        try {
            image.checkReplaced();
        } catch (RuntimeException | Error e) {
            tell(e);
        }
    }

    private static void tell(Throwable e) {
        if (!told) {
            told = true;
            LOG.warn("while looking for replaced streams, which goes on: {}", e.toString());
        }
    }
}
