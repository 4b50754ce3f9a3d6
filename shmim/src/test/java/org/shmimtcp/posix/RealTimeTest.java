package org.shmimtcp.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RealTimeTest {
    /** Runs the action in a new thread, so that its settings affect no other thread. */
    private static <T> T inNewThread(Supplier<T> action) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> result.completeAsync(action, Runnable::run));
        return result.join();
    }

    /** A field of the calling thread's /proc/.../status. */
    private static String status(String field) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/thread-self/status"))) {
            return lines.filter(line -> line.startsWith(field + ":"))
                    .map(line -> line.substring(field.length() + 1).strip())
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The policy (1: FIFO) and real-time priority: fields 41 and 40 of stat, see proc(5). */
    private static String scheduling() {
        try {
            String stat = Files.readString(Path.of("/proc/thread-self/stat"));
            String[] fromThird = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return fromThird[41 - 3] + " " + fromThird[40 - 3];
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void fifoIsForTheCallingThreadAloneOrRefused() {
        String before = scheduling();
        String after =
                inNewThread(() -> {
                    int errno = RealTime.setFifo(10);
                    String child = inNewThread(RealTimeTest::scheduling);
                    return errno + " / " + scheduling() + " / " + child;
                });
        assertThat(after)
                .isIn("0 / 1 10 / " + before, Errno.EPERM + " / " + before + " / " + before);
        assertThat(scheduling()).isEqualTo(before);
    }

    @Test
    void aPriorityOutOfRangeIsInvalid() {
        assertThat(inNewThread(() -> RealTime.setFifo(100))).isIn(Errno.EINVAL, Errno.EPERM);
    }

    @Test
    void affinityBindsTheCallingThread() {
        String allowed = status("Cpus_allowed_list");
        int cpu = Integer.parseInt(allowed.split("[-,]", -1)[0]);
        BitSet one = new BitSet();
        one.set(cpu);
        String after =
                inNewThread(() -> RealTime.setAffinity(one) + " " + status("Cpus_allowed_list"));
        assertThat(after).isEqualTo("0 " + cpu);
        assertThat(status("Cpus_allowed_list")).isEqualTo(allowed);
    }

    @Test
    void threadsStartedByABoundOneMayUseAllCpusOfTheProcess() {
        BitSet one = new BitSet();
        one.set(Integer.parseInt(status("Cpus_allowed_list").split("[-,]", -1)[0]));
        String after =
                inNewThread(() -> {
                    RealTime.setAffinity(one);
                    CompletableFuture<String> seen = new CompletableFuture<>();
                    HelperThread.start("helper", () -> seen.complete(status("Cpus_allowed_list")));
                    return seen.join();
                });
        assertThat(after).isEqualTo(status("Cpus_allowed_list"));
    }

    @Test
    void noCpuAtAllIsInvalid() {
        BitSet beyond = new BitSet();
        beyond.set(1023);
        assertThat(inNewThread(() -> RealTime.setAffinity(new BitSet()))).isEqualTo(Errno.EINVAL);
        assertThat(inNewThread(() -> RealTime.setAffinity(beyond))).isEqualTo(Errno.EINVAL);
    }

    @Test
    void errorsHaveWords() {
        assertThat(Errno.message(Errno.EPERM)).isEqualTo("operation not permitted");
        assertThat(Errno.message(12345)).isEqualTo("errno 12345");
    }

    @Test
    void wallClockIsWithinAMinuteOfUtc() {
        Clock.Wall wall = new Clock.Wall().read();
        Instant time = Instant.ofEpochSecond(wall.seconds(), wall.nanos());
        assertThat(Duration.between(Instant.now(), time).toSeconds()).isBetween(-20L, 60L);
        assertThat(wall.nanos()).isBetween(0L, 999_999_999L);
    }
}
