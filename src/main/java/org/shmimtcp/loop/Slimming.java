package org.shmimtcp.loop;

import org.shmimtcp.posix.ResidentMemory;

/**
 * When a program gives memory back: 3 s after the start, then after 6, 12, 24 ... s. Most of what
 * it doesn't need was needed to start, and to compile what it does all the time.
 */
public final class Slimming {
    private static final long FIRST_PAUSE_NS = 3_000_000_000L;

    private long pauseNs = FIRST_PAUSE_NS;
    private long nextNs;

    /** Begins to count, on the monotonic clock. */
    public Slimming(long nowNs) {
        this.nextNs = nowNs + pauseNs;
    }

    /** To be called about once a second. Not by a loop: it takes milliseconds. */
    public void look(long nowNs) {
        if (nowNs - nextNs >= 0) {
            ResidentMemory.giveBack();
            nextNs = nowNs + pauseNs; // 3, 6, 12, 24 ... s after the start
            pauseNs *= 2;
        }
    }
}
