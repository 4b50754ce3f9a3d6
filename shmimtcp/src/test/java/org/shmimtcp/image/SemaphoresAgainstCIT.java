package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.Semaphores;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.ShmDir;

/** One semaphore, used by a Java process and by a C process with glibc's functions. */
@ExtendWith(ChildProcesses.class)
class SemaphoresAgainstCIT {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final Path path;
    private final ImageDirectory directory;

    SemaphoresAgainstCIT(@ShmDir Path path) {
        this.path = path;
        this.directory = new ImageDirectory(path);
    }

    private Image image() {
        return Image.create(directory, ImageSpec.of("x", DataType.FLOAT, Shape.of(8, 8)));
    }

    /** The upper half of the semaphore: the number of threads that sleep, or are about to. */
    private static int waiters(Image image, int semaphore) {
        return image.memory().get(JAVA_INT, image.semaphore(semaphore) + 4);
    }

    /** Waits until that many threads sleep and all earlier posts are taken. */
    static void awaitWaiters(Image image, int semaphore, int count) {
        Await.until(
                DEADLINE,
                count + " waiters on semaphore " + semaphore,
                () -> image.semaphoreValue(semaphore) == 0 && waiters(image, semaphore) == count);
    }

    /** Who counts itself as a waiter sleeps soon after, and is seen by the kernel only then. */
    private static void awaitSleep(ChildProcess process) {
        Path stat = Path.of("/proc/" + process.pid() + "/stat");
        Await.until(
                DEADLINE,
                "it to sleep: " + process,
                () -> {
                    try {
                        return Files.readString(stat).contains(") S ");
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    @Test
    void aPostFromCWakesUs() throws Exception {
        try (Image image = image()) {
            CompletableFuture<Boolean> woken =
                    CompletableFuture.supplyAsync(() ->
                            Semaphores.await(
                                    image.memory(),
                                    image.semaphore(3),
                                    Clock.monotonicNs() + DEADLINE.toNanos()));
            awaitWaiters(image, 3, 1);
            Peer.run(path, "write", "x", "1", "0");
            assertThat(woken.get(20, TimeUnit.SECONDS)).isTrue();
            assertThat(image.semaphoreValue(3)).isZero();
            assertThat(waiters(image, 3)).isZero();
        }
    }

    @Test
    void aPostFromUsWakesC() {
        try (Image image = image()) {
            ChildProcess reader = Peer.start(path, "read", "x", "1", "4", "20");
            awaitWaiters(image, 4, 1);
            MemorySegment frame = MemorySegment.ofArray(new long[32]);
            for (int i = 0; i < 32; i++) {
                frame.setAtIndex(JAVA_LONG, i, 1);
            }
            image.newWriter().publish(0, frame);
            assertThat(reader.awaitSuccess(DEADLINE)).startsWith("frames=1 lost=0 torn=0");
            assertThat(image.semaphoreValue(4)).isZero();
            assertThat(waiters(image, 4)).isZero();
        }
    }

    @Test
    void onePostWakesOneOfSeveralWhoWait() {
        try (Image image = image()) {
            ChildProcess c = Peer.start(path, "read", "x", "1", "4", "20");
            CompletableFuture<Boolean> java =
                    CompletableFuture.supplyAsync(() ->
                            Semaphores.await(
                                    image.memory(),
                                    image.semaphore(4),
                                    Clock.monotonicNs() + DEADLINE.toNanos()));
            awaitWaiters(image, 4, 2);
            image.pixels().fill((byte) 1);
            Semaphores.post(image.memory(), image.semaphore(4));
            awaitWaiters(image, 4, 1);
            Await.until(DEADLINE, "one of the two to go on", () -> !c.isAlive() ^ java.isDone());
            Semaphores.post(image.memory(), image.semaphore(4));
            awaitWaiters(image, 4, 0);
            assertThat(java.join()).isTrue();
            c.awaitSuccess(DEADLINE);
        }
    }

    @Test
    void whoGivesUpLeavesNoWaiterBehind() {
        try (Image image = image()) {
            assertThat(Peer.start(path, "read", "x", "1", "4", "0.05").awaitExit(DEADLINE))
                    .isEqualTo(1);
            assertThat(waiters(image, 4)).isZero();
            for (int i = 0; i < 5; i++) {
                long startNs = Clock.monotonicNs();
                assertThat(
                                Semaphores.await(
                                        image.memory(), image.semaphore(4), startNs + 20_000_000))
                        .isFalse();
                assertThat(Clock.monotonicNs() - startNs).isBetween(20_000_000L, 2_000_000_000L);
                assertThat(waiters(image, 4)).isZero();
            }
        }
    }

    /** One waiter too few, as left by earlier versions: a post then never woke anyone. */
    @Test
    void aDamagedSemaphoreIsRepairedWhenItIsClaimed() {
        try (Image image = image()) {
            ChildProcess unclaimed = Peer.start(path, "read", "x", "1", "1", "20");
            awaitWaiters(image, 1, 1);
            awaitSleep(unclaimed);
            image.memory().set(JAVA_INT, image.semaphore(1) + 4, -1);
            image.memory().set(JAVA_INT, image.semaphore(2) + 4, -1);
            try (FrameReader first = image.newReader();
                    FrameReader second = image.newReader()) {
                assertThat(first.semaphore()).isEqualTo(1);
                assertThat(waiters(image, 1)).as("the C process").isEqualTo(1);
                assertThat(waiters(image, 2)).isZero();
                Peer.run(path, "write", "x", "1", "0");
                unclaimed.awaitSuccess(DEADLINE);
                assertThat(second.awaitNext(DEADLINE.toNanos())).isTrue();
                assertThat(waiters(image, 1)).isZero();
                assertThat(waiters(image, 2)).isZero();
            }
        }
    }

    @Test
    void bothSeeTheSameValuesAndStopAtTen() {
        try (Image image = image()) {
            Peer.run(path, "write", "x", "4", "0");
            assertThat(image.semaphoreValue(2)).isEqualTo(4);
            assertThat(Semaphores.tryWait(image.memory(), image.semaphore(2))).isTrue();
            assertThat(Semaphores.drain(image.memory(), image.semaphore(5))).isEqualTo(4);
            assertThat(Semaphores.tryWait(image.memory(), image.semaphore(5))).isFalse();
            Semaphores.post(image.memory(), image.semaphore(7));
            assertThat(Peer.run(path, "info", "x"))
                    .contains("sem1 4 ", "sem2 3 ", "sem5 0 ", "sem7 5 ");

            FrameWriter writer = image.newWriter();
            MemorySegment frame = MemorySegment.ofArray(new float[64]);
            for (int i = 0; i < 8; i++) {
                writer.publish(0, frame);
            }
            Peer.run(path, "write", "x", "3", "0");
            assertThat(Peer.run(path, "info", "x"))
                    .contains("sem0 10 ", "sem1 10 ", "sem5 10 ", "sem9 10 ");
            assertThat(image.logSemaphoreValue()).isEqualTo(10);
        }
    }

    /** Thousands of sleeps and wake-ups between C and Java, of which none is lost. */
    @Test
    void aReaderHereFollowsAWriterInC() {
        int count = 4000;
        try (Image image = image();
                FrameReader reader = image.newReader()) {
            ChildProcess writer = Peer.start(path, "write", "x", "" + count, "2000");
            MemorySegment buffer = reader.newBuffer();
            while (reader.cnt0() < count) {
                assertThat(reader.awaitNext(DEADLINE.toNanos()))
                        .as("frame after %d", reader.cnt0())
                        .isTrue();
                reader.readNewest(buffer);
            }
            writer.awaitSuccess(DEADLINE);
            assertThat(waiters(image, reader.semaphore())).isZero();
            assertThat(reader.frames() + reader.skipped()).isEqualTo(count);
            assertThat(reader.frames()).isGreaterThan(count / 10);
        }
    }

    @Test
    void aReaderInCFollowsAWriterHere() {
        int count = 2000;
        try (Image image = image()) {
            ChildProcess peer = Peer.start(path, "read", "x", "" + count, "3", "20");
            awaitWaiters(image, 3, 1);
            FrameWriter writer = image.newWriter();
            MemorySegment frame = MemorySegment.ofArray(new long[32]);
            for (long n = 1; n <= count; n++) {
                for (int i = 0; i < 32; i++) {
                    frame.setAtIndex(JAVA_LONG, i, n);
                }
                writer.publish(0, frame);
                // The peer has read this frame, and sleeps again.
                awaitWaiters(image, 3, n == count ? 0 : 1);
            }
            Map<String, String> fields = Peer.fields(peer.awaitSuccess(DEADLINE));
            assertThat(fields)
                    .containsEntry("frames", "" + count)
                    .containsEntry("lost", "0")
                    .containsEntry("torn", "0")
                    .containsEntry("repeats", "0");
        }
    }
}
