package org.shmimtcp.process;

import org.shmimtcp.posix.ResidentMemory;

/**
 * Returns memory to the kernel 3 s after the start, then 6, 12, 24 ... s after it. Most of the
 * memory that is no longer needed was used for starting and for compiling the code that runs all
 * the time.
 */
public final class MemoryTrimmer {
    private static final long FIRST_PAUSE_NS = 3_000_000_000L;

    private long pauseNs = FIRST_PAUSE_NS;
    private long nextNs;

    /**
     * @param nowNs the start, on the monotonic clock
     */
    public MemoryTrimmer(long nowNs) {
        this.nextNs = nowNs + pauseNs;
    }

    /**
     * Returns memory if it is time. Call about once a second, not on a loop's thread, because it
     * takes milliseconds.
     */
    public void trimIfDue(long nowNs) {
        if (nowNs - nextNs >= 0) {
            ResidentMemory.giveBack();
            nextNs = nowNs + pauseNs; // 3, 6, 12, 24, ... s after the start
            pauseNs *= 2;
        }
    }
}
