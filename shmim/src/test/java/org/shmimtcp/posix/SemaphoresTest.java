package org.shmimtcp.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.testing.Await;

/** Semaphores between threads. A system test in the image package covers C processes. */
class SemaphoresTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final long AT = 32;

    private final MemorySegment memory = Arena.ofAuto().allocate(96, 8);

    @BeforeEach
    void init() {
        memory.fill((byte) 0x55);
        Semaphores.init(memory, AT);
    }

    private int waiters() {
        return memory.get(JAVA_INT, AT + 4);
    }

    private static long in(Duration time) {
        return Clock.monotonicNs() + time.toNanos();
    }

    @Test
    void initTouchesItsOwn32BytesOnly() {
        assertThat(Semaphores.value(memory, AT)).isZero();
        assertThat(waiters()).isZero();
        assertThat(memory.get(JAVA_INT, AT + 8)).isEqualTo(128);
        assertThat(memory.get(JAVA_INT, AT - 4)).isEqualTo(0x55555555);
        assertThat(memory.get(JAVA_INT, AT + 32)).isEqualTo(0x55555555);
    }

    @Test
    void postsAreCountedAndTaken() {
        assertThat(Semaphores.tryWait(memory, AT)).isFalse();
        for (int i = 0; i < 3; i++) {
            Semaphores.post(memory, AT);
        }
        assertThat(Semaphores.value(memory, AT)).isEqualTo(3);
        assertThat(Semaphores.tryWait(memory, AT)).isTrue();
        assertThat(Semaphores.await(memory, AT, Clock.monotonicNs() - 1))
                .as("no need to wait")
                .isTrue();
        assertThat(Semaphores.drain(memory, AT)).isEqualTo(1);
        assertThat(Semaphores.drain(memory, AT)).isZero();
        assertThat(waiters()).isZero();
    }

    @Test
    void aWaitEndsAtItsDeadline() {
        long startNs = Clock.monotonicNs();
        assertThat(Semaphores.await(memory, AT, startNs + 30_000_000)).isFalse();
        assertThat(Clock.monotonicNs() - startNs).isGreaterThanOrEqualTo(30_000_000);
        assertThat(Semaphores.await(memory, AT, startNs)).as("a deadline gone by").isFalse();
        assertThat(waiters()).isZero();
        assertThat(Semaphores.value(memory, AT)).isZero();
    }

    @Test
    void eachPostWakesOne() throws InterruptedException {
        AtomicInteger woken = new AtomicInteger();
        Runnable waiter =
                () -> {
                    if (Semaphores.await(memory, AT, in(DEADLINE))) {
                        woken.incrementAndGet();
                    }
                };
        Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = Thread.ofPlatform().start(waiter);
        }
        Await.until(DEADLINE, "four waiters", () -> waiters() == 4);
        for (int i = 1; i <= 4; i++) {
            int expected = i;
            Semaphores.post(memory, AT);
            Await.until(DEADLINE, i + " woken", () -> woken.get() == expected);
            assertThat(waiters()).isEqualTo(4 - i);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(Semaphores.value(memory, AT)).isZero();
    }

    /** Imitates an older ImageStreamIO that re-created an image in its file. */
    @Test
    void aSemaphoreMadeAnewDuringAWaitHasNoWaiterTooFew() throws InterruptedException {
        for (boolean posted : new boolean[] {false, true}) {
            init();
            long endNs = Clock.monotonicNs() + 50_000_000;
            Thread waiter = Thread.ofPlatform().start(() -> Semaphores.await(memory, AT, endNs));
            Await.until(DEADLINE, "a waiter", () -> waiters() == 1 || !waiter.isAlive());
            memory.set(JAVA_LONG, AT, posted ? 1 : 0);
            waiter.join();
            // The value is not checked: on a busy machine the wait may end before the post.
            assertThat(waiters()).isZero();
        }
    }

    @Test
    void fewerThanNoWaitersAreCorrected() {
        for (int wrong : new int[] {-1, -3, Integer.MIN_VALUE}) {
            memory.set(JAVA_INT, AT, 2);
            memory.set(JAVA_INT, AT + 4, wrong);
            Semaphores.repairWaiters(memory, AT);
            assertThat(waiters()).as("instead of %d", wrong).isZero();
            assertThat(Semaphores.value(memory, AT)).isEqualTo(2);
        }
    }

    /** One may be about to sleep: uncounted, it would never be woken. */
    @Test
    void waitersThatDoNotSleepYetStayCounted() {
        memory.set(JAVA_INT, AT + 4, 1);
        Semaphores.repairWaiters(memory, AT);
        assertThat(waiters()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0})
    void waitersThatSleepAreCountedAndStillWoken(int wrong) throws InterruptedException {
        AtomicInteger woken = new AtomicInteger();
        Thread waiter =
                Thread.ofPlatform()
                        .start(() -> {
                            if (Semaphores.await(memory, AT, in(DEADLINE))) {
                                woken.incrementAndGet();
                            }
                        });
        Await.until(DEADLINE, "a waiter", () -> waiters() == 1);
        Await.until(
                DEADLINE,
                "the repair, once the waiter sleeps",
                () -> {
                    memory.set(JAVA_INT, AT + 4, wrong);
                    Semaphores.repairWaiters(memory, AT);
                    return waiters() == 1;
                });
        Semaphores.post(memory, AT);
        waiter.join();
        assertThat(woken).hasValue(1);
        assertThat(waiters()).isZero();
    }

    /**
     * Concurrent posts, successful waits and waits that time out: no post is lost or taken twice.
     */
    @Test
    void noPostIsLostOrTakenTwice() throws InterruptedException {
        int posts = 20_000;
        AtomicInteger taken = new AtomicInteger();
        Runnable taker =
                () -> {
                    long endNs = in(DEADLINE);
                    while (taken.get() < posts && Clock.monotonicNs() < endNs) {
                        if (Semaphores.await(memory, AT, Clock.monotonicNs() + 20_000)) {
                            taken.incrementAndGet();
                        }
                    }
                };
        Thread[] takers = new Thread[3];
        for (int i = 0; i < takers.length; i++) {
            takers[i] = Thread.ofPlatform().start(taker);
        }
        for (int i = 0; i < posts; i++) {
            Semaphores.post(memory, AT);
        }
        for (Thread thread : takers) {
            thread.join();
        }
        assertThat(taken).hasValue(posts);
        assertThat(Semaphores.value(memory, AT)).isZero();
        assertThat(waiters()).isZero();
    }

    /**
     * Draining post by post took half a minute, during which a reader that opened such a file hung.
     */
    @Test
    @Timeout(5)
    void drainsTwoBillionAtOnceAndLeavesWaiters() {
        memory.set(JAVA_LONG, AT, (3L << 32) + Integer.MAX_VALUE);
        assertThat(Semaphores.drain(memory, AT)).isEqualTo(Integer.MAX_VALUE);
        assertThat(memory.get(JAVA_LONG, AT)).isEqualTo(3L << 32);
    }
}
