package org.shmimtcp.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.shmimtcp.process.ProcessExit;
import org.shmimtcp.process.ShutdownHooks;
import org.slf4j.LoggerFactory;

/**
 * A request by a signal to end this process. While this object is open, SIGINT, SIGTERM and SIGHUP
 * set it and wait until it is closed, so that the command can finish in order. An interrupt of the
 * thread, which is Ctrl-C at the prompt, sets it, too.
 */
final class StopRequest implements BooleanSupplier, AutoCloseable {
    /**
     * Time for the main thread to report a failure at the end. At the prompt, it continues with
     * other work.
     */
    private static final Duration TIME_TO_REPORT = Duration.ofMillis(150);

    /** Time to finish in order, above all to restore the terminal, on a busy machine too. */
    private static final Duration TIME_TO_FINISH = Duration.ofSeconds(5);

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::request, "stop");
    private volatile boolean requested;

    private final Duration stopTime;
    private final String answer;

    StopRequest() {
        this(TIME_TO_FINISH);
    }

    /**
     * @param stopTime time that the command needs to finish in order
     */
    StopRequest(Duration stopTime) {
        this(stopTime, "");
    }

    /**
     * @param answer message to print on the signal, if finishing takes long; empty for none
     */
    StopRequest(Duration stopTime, String answer) {
        this.stopTime = stopTime;
        this.answer = answer;
        requested = !ShutdownHooks.add(hook);
    }

    private void request() {
        requested = true;
        if (!answer.isEmpty() && closed.getCount() > 0) {
            System.err.println(answer);
        }
        try {
            if (!closed.await(stopTime.toNanos(), TimeUnit.NANOSECONDS)) {
                LoggerFactory.getLogger(StopRequest.class)
                        .warn("did not end in time; something may be left behind");
            }
            ProcessExit.awaitFailure(TIME_TO_REPORT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean getAsBoolean() {
        return requested || Thread.currentThread().isInterrupted();
    }

    @Override
    public void close() {
        closed.countDown();
        if (!requested) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException ending) {
                // the signal arrived just now; the hook finds this closed
            }
        }
    }
}
