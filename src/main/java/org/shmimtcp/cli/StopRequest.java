package org.shmimtcp.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.shmimtcp.loop.Loop;
import org.shmimtcp.loop.ProcessExit;
import org.shmimtcp.loop.ShutdownHooks;

/**
 * A signal's wish that this process end. While this is open, SIGINT, SIGTERM and SIGHUP make it
 * true and wait until it is closed, so that what runs can put things in order. An interrupt of the
 * thread does so too: that is Ctrl-C at the prompt.
 */
final class StopRequest implements BooleanSupplier, AutoCloseable {
    /**
     * For the main thread to say what failed in the end; at the prompt it has other things to do.
     */
    private static final Duration TIME_TO_REPORT = Duration.ofMillis(150);

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::request, "stop");
    private volatile boolean requested;

    private final Duration stopTime;
    private final String answer;

    StopRequest() {
        this(Loop.STOP_TIME);
    }

    /**
     * @param stopTime what it takes to put things in order
     */
    StopRequest(Duration stopTime) {
        this(stopTime, "");
    }

    /**
     * @param answer what to say to the signal, where that takes long; empty for nothing
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
                System.err.println("not ended in time; something may be left behind");
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
                // the signal came in this moment; the hook finds this closed
            }
        }
    }
}
