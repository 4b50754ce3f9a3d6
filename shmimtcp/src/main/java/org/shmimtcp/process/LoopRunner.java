package org.shmimtcp.process;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.Loop;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.posix.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Runs one loop on a thread of its own until it ends, or until SIGINT or SIGTERM stops it in order.
 * Prints the rates line every ten seconds and on SIGUSR1, and totals at the end.
 */
public final class LoopRunner {
    private static final Logger LOG = LoggerFactory.getLogger(LoopRunner.class);
    private static final Duration TICK = Duration.ofMillis(50);
    private static final long REFRESH_PERIOD_NS = 1_000_000_000L;
    private static final int REFRESHES_PER_REPORT = 10;

    /** Time for the main thread to report a failure after the loop has ended. */
    private static final Duration TIME_TO_REPORT = Duration.ofSeconds(2);

    private final Loop loop;
    private final Observer observer;
    private final Thread thread;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final long startNs = Clock.monotonicNs();
    private final MemoryTrimmer trimmer = new MemoryTrimmer(startNs);
    private Loop.Traffic last;
    private long lastNs = startNs;
    private boolean finished;

    private LoopRunner(Loop loop, String threadName, RealTimeSettings settings, Observer observer) {
        this.loop = loop;
        this.observer = observer;
        this.last = loop.traffic();
        this.thread =
                Thread.ofPlatform()
                        .name(threadName)
                        .unstarted(() -> {
                            settings.applyToThisThread();
                            loop.run();
                        });
        thread.setUncaughtExceptionHandler((t, e) -> failure.set(e));
    }

    /**
     * Runs the loop to its end.
     *
     * @throws RuntimeException the exception with which the loop ended, if any
     */
    public static void run(Loop loop, String threadName, RealTimeSettings settings) {
        run(loop, threadName, settings, Observer.NONE);
    }

    /** Runs the loop to its end, with an observer. */
    public static void run(
            Loop loop, String threadName, RealTimeSettings settings, Observer observer) {
        new LoopRunner(loop, threadName, settings, observer).run();
    }

    private void run() {
        Thread hook = new Thread(this::stopInOrder, "stop");
        if (!ShutdownHooks.add(hook)) {
            return; // a signal arrived before the start
        }
        Signals.onUser1(this::report);
        thread.start();
        try {
            watch();
        } catch (InterruptedException e) {
            stopAndJoin();
        }
        finish();
        forget(hook);
        switch (failure.get()) {
            case null -> {}
            case Error error -> throw error;
            case RuntimeException exception -> throw exception;
            case Throwable other -> throw new IllegalStateException(other);
        }
    }

    private void watch() throws InterruptedException {
        long nextRefreshNs = startNs + REFRESH_PERIOD_NS;
        int refreshes = 0;
        while (!thread.join(TICK)) {
            observer.tick();
            long nowNs = Clock.monotonicNs();
            if (nowNs - nextRefreshNs < 0) {
                continue;
            }
            nextRefreshNs = nowNs + REFRESH_PERIOD_NS;
            observer.refresh();
            trimmer.trimIfDue(nowNs);
            if (++refreshes % REFRESHES_PER_REPORT == 0) {
                report();
            }
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            // a signal arrived: the hook finds the loop ended
        }
    }

    /** The shutdown hook. A failure caused by the signal is reported, too. */
    private void stopInOrder() {
        stopAndJoin();
        finish();
        if (failure.get() != null) {
            ProcessExit.awaitFailure(TIME_TO_REPORT);
        }
    }

    private void stopAndJoin() {
        loop.stop();
        try {
            thread.join(loop.stopTime());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void report() {
        Loop.Traffic now = loop.traffic();
        long nowNs = Clock.monotonicNs();
        double seconds = (nowNs - lastNs) / 1e9;
        counts(now, last, seconds).log(line(now, last, seconds));
        last = now;
        lastNs = nowNs;
    }

    /** Prints the totals once, whichever thread calls first. */
    private synchronized void finish() {
        if (!finished) {
            finished = true;
            observer.close();
            Loop.Traffic total = loop.traffic();
            Loop.Traffic zero = new Loop.Traffic(total.what(), "", 0, 0, 0, 0, "");
            double seconds = (Clock.monotonicNs() - startNs) / 1e9;
            counts(total, zero, seconds).log("end: {}", line(total, zero, seconds));
        }
    }

    /** Returns the same counts as key-value pairs, for programs. */
    private static LoggingEventBuilder counts(
            Loop.Traffic now, Loop.Traffic before, double seconds) {
        return LOG.atInfo()
                .addKeyValue("stream", now.what())
                .addKeyValue("state", now.state())
                .addKeyValue("in_per_s", (now.in() - before.in()) / seconds)
                .addKeyValue("out_per_s", (now.out() - before.out()) / seconds)
                .addKeyValue("bytes_per_s", (now.bytes() - before.bytes()) / seconds)
                .addKeyValue("frames", now.out())
                .addKeyValue("skipped", now.skipped());
    }

    /**
     * Returns {@code dm01disp03 connected in=2000.0/s out=2000.0/s MB/s=20.1 frames=20000 skipped=0
     * ...}.
     */
    static String line(Loop.Traffic now, Loop.Traffic before, double seconds) {
        return String.format(
                Locale.ROOT,
                "%s %s in=%.1f/s out=%.1f/s MB/s=%.1f frames=%d skipped=%d%s",
                now.what(),
                now.state(),
                (now.in() - before.in()) / seconds,
                (now.out() - before.out()) / seconds,
                (now.bytes() - before.bytes()) / seconds / 1e6,
                now.out(),
                now.skipped(),
                now.rest().isEmpty() ? "" : " " + now.rest());
    }
}
