package org.shmimtcp.image;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.Semaphores;

/**
 * Waits for a source's next frame, whatever the order in which its writer posts and counts.
 *
 * <p>ImageStreamIO counts a frame, then posts: whoever wakes finds it. Many other writers post
 * first. Whoever wakes then is early, usually by microseconds: the frame comes at any moment now,
 * and no further post tells of it. So this class never sleeps on the semaphore for long at a time.
 * It looks again after intervals that double: from {@link #FIRST_STEP_NS} on after a post without a
 * frame, or after a frame that could not be read; from {@link #CALM_STEP_NS} on otherwise. A post
 * ends each of these sleeps. They are sleeps because a spinning real-time thread would keep a
 * writer on the same CPU from ever counting.
 *
 * <p>Frames that come without posts, again and again, mean that another reader takes the posts, or
 * that the writer does not post. Then another semaphore is claimed; without one, {@code cnt0} is
 * polled.
 *
 * <p>Nothing here allocates, but for the change of a semaphore. One thread at a time.
 */
final class FrameWaiter {
    /** How often {@code cnt0} is looked at where there is no semaphore to wait on. */
    private static final long POLL_NS = 20_000;

    /** After a post without a frame: enough for a writer on this CPU to come to its next step. */
    private static final long FIRST_STEP_NS = 5_000;

    /** While nothing is expected: a post that was overlooked costs no more than that. */
    private static final long CALM_STEP_NS = 1_000_000;

    private static final long MAX_STEP_NS = 100_000_000;

    /** For how long to look before the first sleep: as a writer on another CPU takes. */
    private static final long LEAST_LOOK_NS = 2_000;

    /** The same where sleeps take long, as on a busy machine without a real-time priority. */
    private static final long MOST_LOOK_NS = 50_000;

    /** A sleep that takes so much longer than asked for costs more than looking. */
    private static final long OVERSLEPT_NS = 200_000;

    /** For how long whoever spins anyway goes on, instead of sleeping, after a post. */
    private static final long SPIN_NS = 20_000;

    /** How long after its frame a post may come, if it was counted first. */
    private static final long OWED_NS = 100_000;

    /** Once the steps are as long, a post that no frame followed does not announce one any more. */
    private static final long ANNOUNCED_STEP_NS = 64_000;

    /** What a frame without a post adds to {@link #missed}; one with a post takes off 1. */
    private static final int MISS = 2;

    /** Reached by eight frames without a post, or by 32 of which every other had none. */
    private static final int MOST_MISSED = 16;

    /** Semaphores tried in a row, before {@code cnt0} is polled. */
    private static final int MOST_MOVES = 3;

    /** Whoever has seen so many frames on a semaphore has found a good one. */
    private static final long SETTLED_FRAMES = 1_000;

    private final Image image;
    private final MemorySegment memory;
    private final BooleanSupplier news;
    private final @Nullable ReaderSlot slot;

    /** The length of the next sleep. */
    private long stepNs = FIRST_STEP_NS;

    private long lookNs = LEAST_LOOK_NS;

    /** Posts taken that no frame has followed yet. */
    private long announced;

    /** When the post of a frame that was found without one is no longer expected. */
    private long owedUntilNs;

    private boolean owed;

    /** True if a post came since the frame found last. */
    private boolean posted;

    private int missed;
    private long foundCnt0;
    private long postedNs;
    private int moves;

    /** Frames found since the semaphore was claimed. */
    private long framesHere;

    /**
     * @param claim false to poll {@code cnt0} even where a semaphore is free
     * @param news whether there is a frame to read
     */
    FrameWaiter(Image image, boolean claim, BooleanSupplier news) {
        this.image = image;
        this.memory = image.memory();
        this.news = news;
        this.slot = claim && image.isWritable() ? new ReaderSlot(image) : null;
        drain();
        this.foundCnt0 = image.cnt0();
    }

    /** The index of the semaphore it waits on; -1 if none was free, and it polls. */
    int semaphore() {
        return slot == null ? ReaderSlot.NONE : slot.index();
    }

    /** Gives the semaphore free for another reader. */
    void close() {
        if (slot != null) {
            slot.release();
        }
    }

    /** Says that the frame found could not be read: it is expected at any moment. */
    void expectSoon() {
        stepNs = FIRST_STEP_NS;
    }

    /**
     * Waits for news.
     *
     * @param deadlineNs on {@link Clock#monotonicNs}
     * @return false after the deadline
     */
    boolean await(long deadlineNs) {
        if (isFound()) {
            return true;
        }
        takeOwed();
        while (true) {
            long nowNs = Clock.monotonicNs();
            if (nowNs - deadlineNs >= 0) {
                return false;
            }
            if (semaphore() == ReaderSlot.NONE) {
                LockSupport.parkNanos(POLL_NS);
            } else {
                sleep(nowNs, deadlineNs);
            }
            if (isFound()) {
                return true;
            }
        }
    }

    /**
     * Looks for news once, for who looks again at once. Sleeps for some microseconds only while a
     * post has come and its frame is late: its writer may be waiting for this CPU.
     */
    boolean look() {
        if (isFound()) {
            return true;
        }
        if (semaphore() == ReaderSlot.NONE) {
            return false;
        }
        if (Semaphores.value(memory, slot().offset()) > 0) {
            long nowNs = Clock.monotonicNs();
            if (nowNs - owedUntilNs >= 0 || !takeOwed()) {
                announce(drain(), nowNs);
            }
        } else if (stepNs < CALM_STEP_NS) {
            long nowNs = Clock.monotonicNs();
            if (nowNs - postedNs > SPIN_NS) {
                sleep(nowNs, nowNs + stepNs);
            }
        }
        return isFound();
    }

    private ReaderSlot slot() {
        if (slot == null) {
            throw new IllegalStateException("no semaphore");
        }
        return slot;
    }

    private int drain() {
        return semaphore() == ReaderSlot.NONE ? 0 : Semaphores.drain(memory, slot().offset());
    }

    /** Sleeps until a post, the end of the step, or the deadline. */
    private void sleep(long nowNs, long deadlineNs) {
        long endNs = nowNs + stepNs;
        boolean whole = endNs - deadlineNs <= 0;
        long offset = slot().offset();
        if (Semaphores.await(memory, offset, whole ? endNs : deadlineNs)) {
            // Piled-up posts stand for frames that are gone; cnt0 tells which one is there.
            int posts = 1 + Semaphores.drain(memory, offset);
            posted = true;
            if (news.getAsBoolean()) {
                announced += posts;
            } else if (owed && posts == 1 && Clock.monotonicNs() - owedUntilNs < 0) {
                owed = false;
            } else {
                announce(posts, Clock.monotonicNs());
                spinBriefly();
            }
        } else if (whole) {
            judgeSleep(Clock.monotonicNs() - endNs);
            lengthen();
        }
    }

    private void announce(int posts, long nowNs) {
        posted = true;
        owed = false;
        announced += posts;
        postedNs = nowNs;
        stepNs = FIRST_STEP_NS;
    }

    private void spinBriefly() {
        long endNs = postedNs + lookNs;
        while (!news.getAsBoolean() && Clock.monotonicNs() - endNs < 0) {
            Thread.onSpinWait();
        }
    }

    /** Learns from a sleep whether the next one is better put off. */
    private void judgeSleep(long lateNs) {
        lookNs =
                Math.clamp(
                        lateNs > OVERSLEPT_NS ? 2 * lookNs : lookNs - LEAST_LOOK_NS,
                        LEAST_LOOK_NS,
                        MOST_LOOK_NS);
    }

    private void lengthen() {
        if (stepNs >= ANNOUNCED_STEP_NS) {
            announced = 0;
        }
        if (stepNs >= CALM_STEP_NS && slot().isTaken()) {
            move("another process has claimed it");
        }
        stepNs = Math.min(2 * stepNs, MAX_STEP_NS);
    }

    /** Takes the one post of a frame that was found before it came; false if it is not there. */
    private boolean takeOwed() {
        boolean mine =
                owed
                        && semaphore() != ReaderSlot.NONE
                        && Semaphores.tryWait(memory, slot().offset());
        if (mine) {
            owed = false;
            posted = true;
        }
        return mine;
    }

    private boolean isFound() {
        if (!news.getAsBoolean()) {
            return false;
        }
        long cnt0 = image.cnt0();
        long frames = cnt0 - foundCnt0;
        foundCnt0 = cnt0;
        if (semaphore() == ReaderSlot.NONE || frames == 0) {
            return true;
        }
        int posts = drain();
        posted |= posts > 0;
        announced += posts;
        boolean isAhead = announced > Math.max(1, frames);
        owed = announced == 0;
        if (owed) {
            owedUntilNs = Clock.monotonicNs() + OWED_NS;
        }
        announced = isAhead ? 1 : 0;
        stepNs = isAhead ? FIRST_STEP_NS : CALM_STEP_NS;
        missed = Math.max(0, missed + (posted ? -1 : MISS));
        posted = false;
        framesHere++;
        if (missed >= MOST_MISSED) {
            move(
                    slot().isTaken()
                            ? "another process has claimed it"
                            : "frames come without posts on it (another reader takes them, as in"
                                    + " another container, or the writer does not post)");
        }
        return true;
    }

    private void move(String why) {
        int before = semaphore();
        moves = framesHere < SETTLED_FRAMES ? moves + 1 : 1;
        if (moves <= MOST_MOVES) {
            slot().move();
        } else {
            slot().release();
        }
        drain();
        missed = 0;
        framesHere = 0;
        int now = semaphore();
        if (moves == 1 || now == ReaderSlot.NONE) {
            ReplacementWatch.say(
                    "stream '%s': leaving semaphore %d: %s; %s"
                            .formatted(
                                    image.name(),
                                    before,
                                    why,
                                    now == ReaderSlot.NONE
                                            ? "polling its counter"
                                            : "waiting on semaphore " + now));
        }
    }
}
