package org.shmimtcp.loop;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What somebody outside told a link end: let frames through, hold them, let one through. Any thread
 * tells; the loop looks at {@link #isFree} once for each frame, which is one read, and takes notice
 * of all else only where that says no.
 */
public final class Control {
    private static final int FREE = 0;
    private static final int HELD = 1;

    /** No longer held, and the loop has not taken notice yet. */
    private static final int RELEASED = 2;

    private final AtomicInteger state = new AtomicInteger(FREE);
    private final AtomicBoolean step = new AtomicBoolean();
    private volatile long sinceMs;
    private volatile long threadId;

    /** Holds frames back from now on. */
    public void hold() {
        if (state.getAndSet(HELD) != HELD) {
            sinceMs = System.currentTimeMillis();
        }
    }

    /** Holds frames back, but for one: the newest, or the next if that went through already. */
    public void step() {
        step.set(true);
        hold();
    }

    /** Lets frames through again. */
    public void release() {
        step.set(false);
        state.compareAndSet(HELD, RELEASED);
    }

    /** True if frames go through and nothing is to be noticed. */
    public boolean isFree() {
        return state.getAcquire() == FREE;
    }

    /** True if frames are held back, but for a step. */
    public boolean isHeld() {
        return state.getAcquire() == HELD;
    }

    /** When that began, Unix time in ms. */
    public long heldSinceMs() {
        return sinceMs;
    }

    /** True if one frame may go through, and has not yet. */
    public boolean hasStep() {
        return step.get();
    }

    /** Lets one frame through, if that was asked for: for the loop, just before it goes. */
    public boolean takeStep() {
        return step.compareAndSet(true, false);
    }

    /** The frame that was let through did not go. */
    public void giveStepBack() {
        if (isHeld()) {
            step.set(true);
        }
    }

    /** For the loop: true once after each release. */
    public boolean takeRelease() {
        return state.compareAndSet(RELEASED, FREE);
    }

    /** The loop begins on this thread. */
    public void beginsOn(long kernelThreadId) {
        threadId = kernelThreadId;
    }

    /** The kernel's number of the thread that the loop runs on; 0 before it began. */
    public long threadId() {
        return threadId;
    }
}
