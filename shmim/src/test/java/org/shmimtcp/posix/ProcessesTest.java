package org.shmimtcp.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;

@ExtendWith(ChildProcesses.class)
class ProcessesTest {
    @Test
    void livingAndDeadAreToldApart() {
        ChildProcess child = ChildProcess.start(Map.of(), List.of("sleep", "60"));
        int pid = (int) child.pid();
        assertThat(Processes.isAlive(pid)).isTrue();
        child.kill9();
        assertThat(Processes.isAlive(pid)).isFalse();
        assertThat(Processes.name(pid)).isEmpty();
    }

    @Test
    void namesAreThoseOfPs() {
        ChildProcess child = ChildProcess.start(Map.of(), List.of("sleep", "60"));
        Await.until(
                Duration.ofSeconds(10),
                "the child to become sleep",
                () -> Processes.name((int) child.pid()).equals("sleep"));
    }

    /** The kernel keeps only 15 bytes of a name. */
    @Test
    void longNamesAreWhole(@TempDir Path dir) throws IOException {
        Path program = dir.resolve("sleeps-for-a-long-time");
        Files.copy(Path.of("/bin/sleep"), program, StandardCopyOption.COPY_ATTRIBUTES);
        ChildProcess child = ChildProcess.start(Map.of(), List.of(program.toString(), "60"));
        Await.until(
                Duration.ofSeconds(10),
                "the child's name",
                () -> Processes.name((int) child.pid()).equals("sleeps-for-a-long-time"));
    }

    /** The JVM finds the same time by its own means. */
    @Test
    void cpuTimeOfAThreadIsThatOfTheJvm() throws InterruptedException {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long id = Processes.ownThreadId();
        long before = threads.getCurrentThreadCpuTime();
        long ns = Processes.threadCpuNs(id);
        assertThat(ns).isBetween(before, threads.getCurrentThreadCpuTime());
        AtomicLong ended = new AtomicLong();
        AtomicLong seen = new AtomicLong();
        Thread other =
                Thread.ofPlatform()
                        .start(() -> {
                            ended.set(Processes.ownThreadId());
                            seen.set(Processes.threadCpuNs(id));
                        });
        other.join();
        assertThat(seen.get()).as("seen by another thread").isGreaterThanOrEqualTo(ns);
        Await.until(
                Duration.ofSeconds(10),
                "the kernel to forget the thread",
                () -> Processes.threadCpuNs(ended.get()) == -1);
        assertThat(Processes.threadCpuNs(0)).as("a loop that has not started").isEqualTo(-1);
    }

    @Test
    void oneselfAndInitAreAliveWhoeverOwnsThem() {
        assertThat(Processes.isAlive(Processes.ownPid())).isTrue();
        assertThat(Processes.isAlive(1)).isTrue();
    }

    /** 0 and negative numbers denote process groups in kill(2). */
    @Test
    void numbersThatAreNoProcessAreDead() {
        for (int pid : new int[] {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertThat(Processes.isAlive(pid)).as("%d", pid).isFalse();
        }
    }
}
