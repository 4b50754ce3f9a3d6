package org.shmimtcp.demo;

import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Image;

/** A thread that runs a {@link CopyCheck} on its stream. */
final class CheckThread {
    private static final long POLL_NS = 100_000_000L;

    private final CopyCheck check;
    private final Thread thread;
    private volatile boolean ended;
    private volatile @Nullable RuntimeException failure;

    CheckThread(Image image) {
        this.check = new CopyCheck(image);
        this.thread = Thread.ofPlatform().daemon().name("check").start(this::run);
    }

    private void run() {
        try {
            while (!ended) {
                check.checkNext(POLL_NS);
            }
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    CopyCheck check() {
        return check;
    }

    /**
     * Ends the thread.
     *
     * @throws RuntimeException the exception that ended the check earlier, if one did
     */
    void end() {
        ended = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        check.close();
        RuntimeException thrown = failure;
        if (thrown != null) {
            throw thrown;
        }
    }
}
