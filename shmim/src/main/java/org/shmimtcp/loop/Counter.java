package org.shmimtcp.loop;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A counter that one thread increments and any thread reads, without a lock or a full fence in the
 * loop.
 */
public final class Counter {
    private final AtomicLong value = new AtomicLong();

    /** Adds to the count. Call only on the counting thread. */
    public void add(long n) {
        value.setRelease(value.getPlain() + n);
    }

    public void increment() {
        add(1);
    }

    /** Sets the count, for a sum that is kept elsewhere. Call only on the counting thread. */
    public void set(long n) {
        value.setRelease(n);
    }

    public long get() {
        return value.getAcquire();
    }
}
