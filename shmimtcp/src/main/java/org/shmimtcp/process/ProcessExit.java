package org.shmimtcp.process;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends a process that fails while a signal ends it. Otherwise the JVM would exit with the signal's
 * exit code once its shutdown hooks have run. The main thread might not have reported the failure
 * by then.
 */
public final class ProcessExit {
    private static final CountDownLatch DECIDED = new CountDownLatch(1);
    private static volatile int exitCode;

    private ProcessExit() {}

    /**
     * Ends the process with the exit code of its command. Call as the last statement of {@code
     * main}, after all output.
     */
    public static void with(int code) {
        exitCode = code;
        DECIDED.countDown();
        if (code != 0 || isAnyThreadLeft()) {
            System.exit(code);
        }
        // Else the JVM ends when main returns. System.exit looks for a logger first, for 20 ms or
        // more.
    }

    /** True if a thread other than this one would keep the JVM running. */
    private static boolean isAnyThreadLeft() {
        ThreadGroup all = Thread.currentThread().getThreadGroup();
        while (all.getParent() != null) {
            all = all.getParent();
        }
        Thread[] threads = new Thread[all.activeCount() + 10];
        int count = all.enumerate(threads);
        if (count == threads.length) {
            return true; // perhaps
        }
        for (int i = 0; i < count; i++) {
            if (threads[i] != Thread.currentThread() && !threads[i].isDaemon()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Waits until the main thread has reported the failure, then ends the process with its exit
     * code. Call at the end of a shutdown hook, if something failed.
     *
     * @param patience maximum wait, because the main thread may be busy
     */
    public static void awaitFailure(Duration patience) {
        try {
            if (DECIDED.await(patience.toNanos(), TimeUnit.NANOSECONDS) && exitCode != 0) {
                Runtime.getRuntime().halt(exitCode);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
