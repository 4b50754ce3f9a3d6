package org.shmimtcp.subscribe;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.loop.Loop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs several subscriptions, each on its own thread, until all are stopped. If one fails, all end,
 * so that the process ends with an error and can be started again.
 */
public final class Subscriber implements Loop {
    private static final Logger LOG = LoggerFactory.getLogger(Subscriber.class);
    private static final long JOIN_MS = 700;

    private static final Set<String> IDLE =
            Set.of(LinkState.State.WAITING.text(), LinkState.State.STOPPED.text());

    private final List<LinkEnd> all;
    private final AtomicInteger running = new AtomicInteger();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    public Subscriber(List<? extends LinkEnd> all) {
        this.all = List.copyOf(all);
    }

    @Override
    public void stop() {
        all.forEach(Loop::stop);
        stopped.countDown();
    }

    @Override
    public Traffic traffic() {
        if (all.size() == 1) {
            return all.getFirst().traffic();
        }
        long in = 0;
        long out = 0;
        long bytes = 0;
        long skipped = 0;
        int up = 0;
        for (LinkEnd one : all) {
            Traffic traffic = one.traffic();
            in += traffic.in();
            out += traffic.out();
            bytes += traffic.bytes();
            skipped += traffic.skipped();
            up += IDLE.contains(traffic.state()) ? 0 : 1;
        }
        String state = up + " of " + all.size() + " connected";
        return new Traffic(all.size() + " streams", state, in, out, bytes, skipped, "");
    }

    /**
     * Runs until stopped.
     *
     * @throws RuntimeException if a subscription failed
     */
    @Override
    public void run() {
        List<Thread> threads = new ArrayList<>();
        running.set(all.size());
        for (LinkEnd one : all) {
            String stream = one.traffic().what();
            threads.add(
                    Thread.ofPlatform()
                            .daemon()
                            .name("subscribe-" + stream)
                            .uncaughtExceptionHandler((thread, e) -> failed(stream, e))
                            .start(() -> run(one)));
        }
        try {
            stopped.await();
            for (Thread thread : threads) {
                thread.join(JOIN_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            all.forEach(Loop::stop);
        }
        switch (failure.get()) {
            case null -> {}
            case Error error -> throw error;
            case RuntimeException exception -> throw exception;
            case Throwable other -> throw new IllegalStateException(other);
        }
    }

    private void run(LinkEnd one) {
        one.run();
        if (running.decrementAndGet() == 0) { // milk-procCTRL has ended each
            stopped.countDown();
        }
    }

    private void failed(String stream, Throwable e) {
        LOG.error("the subscription of '{}' failed: {}; ending all", stream, e.toString());
        failure.compareAndSet(null, e);
        stop();
    }
}
