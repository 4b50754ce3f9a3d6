package org.shmimtcp.loop;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The end of a process that fails while a signal ends it. The JVM would end with the signal's exit
 * code as soon as its shutdown hooks have run, whether the main thread has said what failed or not.
 */
public final class ProcessExit {
    private static final CountDownLatch DECIDED = new CountDownLatch(1);
    private static volatile int exitCode;

    private ProcessExit() {}

    /** Ends the process with the code of its command. For the main thread, when all is said. */
    public static void with(int code) {
        exitCode = code;
        DECIDED.countDown();
        System.exit(code);
    }

    /**
     * Waits until the main thread has said what failed, then ends the process with its exit code.
     * For the last line of a shutdown hook, in a process where something failed.
     *
     * @param patience for a main thread that has other things to do
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
