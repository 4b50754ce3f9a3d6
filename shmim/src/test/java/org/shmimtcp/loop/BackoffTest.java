package org.shmimtcp.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private final Backoff backoff = new Backoff();

    @Test
    void growsFromAQuarterOfASecondToTwo() {
        for (long ms : new long[] {250, 375, 562, 843, 1265, 1898, 2000, 2000}) {
            assertThat(nextMs()).isEqualTo(ms);
        }
    }

    @Test
    void startsAgainAfterASuccess() {
        nextMs();
        nextMs();
        backoff.reset();
        assertThat(nextMs()).isEqualTo(250);
    }

    /** Returns the length of the next pause without sleeping. */
    private long nextMs() {
        long ms = Duration.ofNanos(backoff.nextNs()).toMillis();
        backoff.pause(() -> true);
        return ms;
    }

    @Test
    void sleepsItsTime() {
        long startNs = System.nanoTime();
        Backoff.sleep(30_000_000, () -> false);
        assertThat(System.nanoTime() - startNs).isGreaterThanOrEqualTo(30_000_000);
    }

    @Test
    void wakesSoonAfterBeingStopped() {
        long startNs = System.nanoTime();
        Backoff.sleep(60_000_000_000L, () -> System.nanoTime() - startNs > 100_000_000);
        assertThat(System.nanoTime() - startNs).isLessThan(10_000_000_000L);
    }
}
