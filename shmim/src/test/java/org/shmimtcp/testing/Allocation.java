package org.shmimtcp.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Measures what code allocates on the heap once it is compiled. Until then, code allocates what the
 * compiled code does not, and how long that takes depends on what else the machine does. So a test
 * never measures after a fixed number of calls: it repeats its round.
 */
public final class Allocation {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private static final int SHOWN = 10;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocation() {}

    /**
     * Repeats a round until it allocates nothing.
     *
     * @param round allocates in the calling thread
     * @throws AssertionError if each round of a minute allocated
     */
    public static void awaitNone(Runnable round) {
        awaitAtMost(0, () -> inThisThread(round));
    }

    /**
     * Repeats a round until it allocates no more than a limit.
     *
     * @param round runs once, and returns the bytes that it allocated
     * @throws AssertionError if each round of a minute allocated more
     */
    public static void awaitAtMost(long limit, LongSupplier round) {
        List<Long> bytes = new ArrayList<>();
        long endNs = System.nanoTime() + DEADLINE.toNanos();
        do {
            bytes.add(round.getAsLong());
        } while (bytes.getLast() > limit && System.nanoTime() - endNs < 0);
        List<Long> last = bytes.subList(Math.max(0, bytes.size() - SHOWN), bytes.size());
        assertThat(bytes.getLast())
                .as("bytes in the last of %d rounds: %s", bytes.size(), last)
                .isLessThanOrEqualTo(limit);
    }

    /** Runs it once, and returns the bytes that it allocated in the calling thread. */
    public static long inThisThread(Runnable round) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        round.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    /** The bytes that a thread, given by its number, has allocated since its start. */
    public static long ofThread(long id) {
        return THREADS.getThreadAllocatedBytes(id);
    }
}
