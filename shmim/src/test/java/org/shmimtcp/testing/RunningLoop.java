package org.shmimtcp.testing;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.Loop;

/** Runs a loop on a thread of its own in the test's JVM. */
public final class RunningLoop implements AutoCloseable {
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(20);

    private final Loop loop;
    private final Thread thread;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private RunningLoop(Loop loop) {
        this.loop = loop;
        this.thread = Thread.ofPlatform().daemon().name("loop under test").unstarted(loop);
        thread.setUncaughtExceptionHandler((t, e) -> failure.set(e));
    }

    public static RunningLoop start(Loop loop) {
        RunningLoop running = new RunningLoop(loop);
        running.thread.start();
        return running;
    }

    public Loop.Traffic traffic() {
        return loop.traffic();
    }

    public long threadId() {
        return thread.threadId();
    }

    public boolean isAlive() {
        return thread.isAlive();
    }

    /** Returns a count from {@link Loop.Traffic#rest}. */
    public long count(String name) {
        return Long.parseLong(Peer.fields(traffic().rest()).getOrDefault(name, "-1"));
    }

    /** Waits until {@code frames} frames went in, and each came out or was skipped. */
    public void awaitIn(long frames) {
        Await.until(
                STOP_DEADLINE,
                frames + " frames in = out + skipped, at " + traffic(),
                () -> {
                    Loop.Traffic now = traffic();
                    return now.in() == frames && now.out() + now.skipped() == frames;
                });
    }

    /**
     * Stops the loop and waits for its end.
     *
     * @throws AssertionError if it ended with an exception, or does not end
     */
    @Override
    public void close() {
        loop.stop();
        try {
            if (!thread.join(STOP_DEADLINE)) {
                throw new AssertionError("the loop does not stop");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw new AssertionError("the loop ended with an exception", thrown);
        }
    }
}
