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
     * Ends the process with the exit code of its command. Call on the main thread, after all
     * output.
     */
    public static void with(int code) {
        exitCode = code;
        DECIDED.countDown();
        System.exit(code);
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
