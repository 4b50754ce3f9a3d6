package org.shmimtcp.image;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Looks five times a second whether the open images are still what their names lead to, so that
 * their loops need not.
 */
final class ReplacementWatch {
    private static final long PERIOD_MS = 200;
    private static final Set<Image> IMAGES = ConcurrentHashMap.newKeySet();

    static {
        Thread.ofPlatform().daemon().name("replacement-watch").start(ReplacementWatch::run);
    }

    private ReplacementWatch() {}

    static void add(Image image) {
        IMAGES.add(image);
    }

    static void remove(Image image) {
        IMAGES.remove(image);
    }

    private static void run() {
        while (true) {
            IMAGES.forEach(Image::checkReplaced);
            try {
                Thread.sleep(PERIOD_MS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }
}
