package org.shmimtcp.subscribe;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.loop.Loop;

/** Runs several subscriptions, each on its own thread, until they are stopped. */
public final class Subscriber implements Loop {
    private static final long JOIN_MS = 700;

    private final List<Subscription> all;
    private final CountDownLatch stopped = new CountDownLatch(1);

    public Subscriber(List<Subscription> all) {
        this.all = List.copyOf(all);
    }

    @Override
    public void stop() {
        all.forEach(Subscription::stop);
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
        for (Subscription one : all) {
            Traffic traffic = one.traffic();
            in += traffic.in();
            out += traffic.out();
            bytes += traffic.bytes();
            skipped += traffic.skipped();
            up += traffic.state().equals(LinkState.State.WAITING.text()) ? 0 : 1;
        }
        String state = up + " of " + all.size() + " connected";
        return new Traffic(all.size() + " streams", state, in, out, bytes, skipped, "");
    }

    @Override
    public void run() {
        List<Thread> threads = new ArrayList<>();
        for (Subscription one : all) {
            threads.add(
                    Thread.ofPlatform()
                            .daemon()
                            .name("subscribe-" + one.traffic().what())
                            .start(one));
        }
        try {
            stopped.await();
            for (Thread thread : threads) {
                thread.join(JOIN_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            all.forEach(Subscription::stop);
        }
    }
}
