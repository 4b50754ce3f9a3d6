package org.shmimtcp.image;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.Semaphores;

/**
 * Waits for a source's next frame, whether its writer counts or posts first.
 *
 * <p>ImageStreamIO counts a frame, then posts, so a reader that wakes finds the frame. Many other
 * writers post first. A reader that wakes on such a post is early, usually by microseconds: the
 * frame is about to be counted, and no further post announces it. So this class never sleeps on the
 * semaphore for long. It checks again after intervals that double. They start from {@link
 * #FIRST_STEP_NS} after a post without a frame or a frame that could not be read, otherwise from
 * {@link #CALM_STEP_NS}. A post ends each sleep early. Spinning instead would not do: a spinning
 * real-time thread would keep a writer on the same CPU from ever counting.
 *
 * <p>Of a writer that has counted and then posted each of the last {@link #RELIABLE_FRAMES} frames,
 * nothing is expected without a post: one sleep a frame, however slow the source.
 *
 * <p>If frames repeatedly come without posts, another reader takes the posts, or the writer does
 * not post. Then this class claims another semaphore; if none is free, it polls {@code cnt0}.
 *
 * <p>Allocates nothing, except when it changes the semaphore. Not thread-safe.
 */
final class FrameWaiter {
    /** The interval at which {@code cnt0} is polled if there is no semaphore to wait on. */
    private static final long POLL_NS = 20_000;

    /**
     * The first sleep after a post without a frame: enough for a writer on this CPU to reach its
     * next step.
     */
    private static final long FIRST_STEP_NS = 5_000;

    /** The first sleep while no frame is expected: an overlooked post costs at most this much. */
    private static final long CALM_STEP_NS = 1_000_000;

    private static final long MAX_STEP_NS = 100_000_000;

    /**
     * The time to spin before the first sleep: what a writer on another CPU needs to count its
     * frame.
     */
    private static final long LEAST_POLL_NS = 2_000;

    /**
     * The longest such spin, used if sleeps take long, as on a busy machine without real-time
     * priority.
     */
    private static final long MOST_POLL_NS = 50_000;

    /** A sleep that overruns by more than this costs more than spinning. */
    private static final long OVERSLEPT_NS = 200_000;

    /**
     * The time for which a caller that spins anyway continues after a post, instead of sleeping.
     */
    private static final long SPIN_NS = 20_000;

    /** The longest expected delay of a post after its frame, if the frame was counted first. */
    private static final long OWED_NS = 100_000;

    /** Once the steps are this long, a post without a frame no longer announces one. */
    private static final long ANNOUNCED_STEP_NS = 64_000;

    /**
     * The amount that a frame without a post adds to {@link #missed}; one with a post subtracts 1.
     */
    private static final int MISS = 2;

    /**
     * The value of {@link #missed} at which the semaphore is left: eight frames without a post in a
     * row, or 32 of which every other had none.
     */
    private static final int MOST_MISSED = 16;

    /** After so many frames in a row with a post, none of them early, posts are relied upon. */
    private static final int RELIABLE_FRAMES = 32;

    /** The number of semaphores tried in a row before {@code cnt0} is polled. */
    private static final int MOST_MOVES = 3;

    /** After this many frames on a semaphore, it counts as a good one. */
    private static final long SETTLED_FRAMES = 1_000;

    private final Image image;
    private final MemorySegment memory;
    private final BooleanSupplier news;
    private final @Nullable ReaderSlot slot;

    /** The length of the next sleep. */
    private long stepNs = FIRST_STEP_NS;

    private long pollNs = LEAST_POLL_NS;

    /** Posts taken that no frame has followed yet. */
    private long announced;

    /** The time after which the post of a frame found without one is no longer expected. */
    private long owedUntilNs;

    private boolean owed;

    /** True if a post came since the last frame was found. */
    private boolean posted;

    /** Frames in a row with a post, none of them early; at most {@link #RELIABLE_FRAMES}. */
    private int reliable;

    private int missed;
    private long foundCnt0;
    private long postedNs;
    private int moves;

    /** The number of frames found since the semaphore was claimed. */
    private long framesHere;

    /**
     * @param claim false to poll {@code cnt0} even if a semaphore is free
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

    /** The index of the semaphore that this waiter waits on; -1 if none was free and it polls. */
    int semaphore() {
        return slot == null ? ReaderSlot.NONE : slot.index();
    }

    /** Releases the semaphore for another reader. */
    void close() {
        if (slot != null) {
            slot.release();
        }
    }

    /** Tells this waiter that the frame it found could not be read: expect it at any moment. */
    void expectSoon() {
        stepNs = FIRST_STEP_NS;
    }

    /**
     * Waits for a frame.
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
     * Checks once for a frame; for callers that check again at once. Sleeps for some microseconds
     * only if a post has come and its frame is late, because its writer may be waiting for this
     * CPU.
     */
    boolean poll() {
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
            // Accumulated posts stand for frames that are gone; cnt0 tells which one is there.
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
        reliable = 0;
        announced += posts;
        postedNs = nowNs;
        stepNs = FIRST_STEP_NS;
    }

    private void spinBriefly() {
        long endNs = postedNs + pollNs;
        while (!news.getAsBoolean() && Clock.monotonicNs() - endNs < 0) {
            Thread.onSpinWait();
        }
    }

    /** Adapts the spin time to how late the last sleep ended. */
    private void judgeSleep(long lateNs) {
        pollNs =
                Math.clamp(
                        lateNs > OVERSLEPT_NS ? 2 * pollNs : pollNs - LEAST_POLL_NS,
                        LEAST_POLL_NS,
                        MOST_POLL_NS);
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

    /**
     * Takes the one post of a frame that was found before its post; returns false if the post is
     * not there.
     */
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
        reliable = posted && !isAhead ? Math.min(reliable + 1, RELIABLE_FRAMES) : 0;
        long calmNs = reliable == RELIABLE_FRAMES ? MAX_STEP_NS : CALM_STEP_NS;
        stepNs = isAhead ? FIRST_STEP_NS : calmNs;
        missed = Math.max(0, missed + (posted ? -1 : MISS));
        posted = false;
        framesHere++;
        if (missed >= MOST_MISSED) {
            move(
                    slot().isTaken()
                            ? "another process has claimed it"
                            : "frames arrive without posts on it (another reader takes the posts,"
                                    + " for example in another container, or the writer does not"
                                    + " post)");
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
        reliable = 0;
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
