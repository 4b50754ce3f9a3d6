package org.shmimtcp.loop;

import java.util.concurrent.atomic.AtomicLong;

/** A count that one thread makes and any thread reads: no lock, no fence in the loop. */
public final class Counter {
    private final AtomicLong value = new AtomicLong();

    /** For the one thread that counts. */
    public void add(long n) {
        value.setRelease(value.getPlain() + n);
    }

    public void increment() {
        add(1);
    }

    /** For the one thread that counts, where somebody else keeps the sum. */
    public void set(long n) {
        value.setRelease(n);
    }

    public long get() {
        return value.getAcquire();
    }
}
