package org.shmimtcp.link;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * External commands to a link end: pass frames, hold them back, pass a single frame. Any thread may
 * give a command. The loop calls {@link #isFree} once for each frame, which is a single read, and
 * checks everything else only if that returns false.
 */
public final class Control {
    private static final int FREE = 0;
    private static final int HELD = 1;

    /** Released, but the loop has not noticed yet. */
    private static final int RELEASED = 2;

    private final AtomicInteger state = new AtomicInteger(FREE);
    private final AtomicBoolean step = new AtomicBoolean();
    private volatile long sinceMs;
    private volatile long threadId;

    /** Holds frames back. */
    public void hold() {
        if (state.getAndSet(HELD) != HELD) {
            sinceMs = System.currentTimeMillis();
        }
    }

    /** Holds frames back except for one: the newest, or the next if the newest was already sent. */
    public void step() {
        step.set(true);
        hold();
    }

    /** Lets frames pass again. */
    public void release() {
        step.set(false);
        state.compareAndSet(HELD, RELEASED);
    }

    /** True if frames pass and no command is pending. */
    public boolean isFree() {
        return state.getAcquire() == FREE;
    }

    /** True if frames are held back, except for a step. */
    public boolean isHeld() {
        return state.getAcquire() == HELD;
    }

    /** Returns the start of the hold, Unix time in ms. */
    public long heldSinceMs() {
        return sinceMs;
    }

    /** True if one frame may pass and has not passed yet. */
    public boolean hasStep() {
        return step.get();
    }

    /**
     * Consumes the permission for one frame. Returns false if there is none. Call in the loop, just
     * before passing the frame.
     */
    public boolean takeStep() {
        return step.compareAndSet(true, false);
    }

    /** Restores the permission, because the frame did not pass after all. */
    public void giveStepBack() {
        if (isHeld()) {
            step.set(true);
        }
    }

    /** Returns true once after each release. Call in the loop. */
    public boolean takeRelease() {
        return state.compareAndSet(RELEASED, FREE);
    }

    /** Records the thread that the loop runs on. */
    public void beginsOn(long kernelThreadId) {
        threadId = kernelThreadId;
    }

    /** Returns the kernel's id of the thread that the loop runs on; 0 before the start. */
    public long threadId() {
        return threadId;
    }
}
