package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.Semaphores;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ShmDir;

/** Readers of sources whose writers do not follow ImageStreamIO's order, or do not post. */
@ExtendWith(ChildProcesses.class)
class FrameWaiterTest {
    /**
     * Much longer than a reader may overlook a frame on any machine; it would wait for all of it.
     */
    private static final Duration LONG = Duration.ofSeconds(20);

    private static final Duration SOON = Duration.ofSeconds(5);
    private static final long MOMENT_NS = 3_000_000;

    private final Image image;

    FrameWaiterTest(@ShmDir Path path) {
        this.image =
                Image.create(
                        new ImageDirectory(path), ImageSpec.of("x", DataType.UINT8, Shape.of(8)));
    }

    @AfterEach
    void close() {
        image.close();
    }

    private void count() {
        image.memory().set(JAVA_LONG, MetadataLayout.CNT0, image.cnt0() + 1);
    }

    private void write(boolean up) {
        image.memory().set(JAVA_BYTE, MetadataLayout.WRITE, (byte) (up ? 1 : 0));
    }

    private void post(FrameReader reader) {
        Semaphores.post(image.memory(), image.semaphore(reader.semaphore()));
    }

    private boolean isDrained(FrameReader reader) {
        return image.semaphoreValue(reader.semaphore()) == 0;
    }

    private static boolean read(FrameReader reader) {
        return reader.readNewest(MemorySegment.ofArray(new byte[8]));
    }

    /** A reader that has read the frame that exists now. */
    private FrameReader reader() {
        FrameReader reader = image.newReader();
        read(reader);
        return reader;
    }

    @Test
    void aFrameThatIsCountedAfterItsPostIsFound() throws Exception {
        try (FrameReader reader = reader()) {
            for (int i = 0; i < 20; i++) {
                CompletableFuture<Boolean> found =
                        CompletableFuture.supplyAsync(() -> reader.awaitNext(LONG.toNanos()));
                post(reader);
                Await.until(LONG, "the post to be taken", () -> isDrained(reader));
                count();
                assertThat(found.get(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
                assertThat(read(reader)).isTrue();
            }
        }
    }

    @Test
    void aFrameWhosePostWasTakenWithTheOneBeforeIsFound() throws Exception {
        try (FrameReader reader = reader()) {
            count();
            post(reader);
            post(reader); // for the next frame
            assertThat(reader.awaitNext(0) && read(reader)).isTrue();
            CompletableFuture<Boolean> found =
                    CompletableFuture.supplyAsync(() -> reader.awaitNext(LONG.toNanos()));
            count();
            assertThat(found.get(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aFrameThatWasRefusedIsFoundWithoutAnotherPost() throws Exception {
        try (FrameReader reader = reader()) {
            count();
            post(reader);
            write(true);
            assertThat(reader.awaitNext(0)).isTrue();
            assertThat(read(reader)).isFalse();
            CompletableFuture<Boolean> found =
                    CompletableFuture.supplyAsync(() -> reader.awaitNext(LONG.toNanos()));
            write(false);
            assertThat(found.get(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(read(reader)).isTrue();
        }
    }

    @Test
    void whoSpinsFindsItToo() {
        try (FrameReader reader = reader()) {
            for (int i = 0; i < 20; i++) {
                post(reader);
                for (int look = 0; look < 100; look++) {
                    assertThat(reader.pollNext()).isFalse();
                }
                count();
                assertThat(reader.pollNext()).isTrue();
                assertThat(read(reader)).isTrue();
            }
        }
    }

    /** At 20 frames a second, sleeps of 1, 2, 4 ms and so on would be six for each frame. */
    @Test
    void aWriterThatPostsEachFrameIsNotLookedAtBetweenThem() {
        AtomicInteger looks = new AtomicInteger();
        AtomicLong seen = new AtomicLong(image.cnt0());
        var waiter =
                new FrameWaiter(
                        image,
                        true,
                        () -> {
                            looks.incrementAndGet();
                            return image.cnt0() > seen.get();
                        });
        try {
            assertThat(looksWhileNothingComes(waiter, looks)).isGreaterThan(6);
            for (int i = 0; i < 100; i++) {
                count();
                Semaphores.post(image.memory(), image.semaphore(waiter.semaphore()));
                assertThat(waiter.await(in(LONG))).isTrue();
                seen.set(image.cnt0());
            }
            assertThat(looksWhileNothingComes(waiter, looks)).isLessThan(4);
            count(); // without a post: from now on, any frame may come without one
            assertThat(waiter.await(in(LONG))).isTrue();
            seen.set(image.cnt0());
            assertThat(looksWhileNothingComes(waiter, looks)).isGreaterThan(6);
        } finally {
            waiter.close();
        }
    }

    private static int looksWhileNothingComes(FrameWaiter waiter, AtomicInteger looks) {
        int before = looks.get();
        assertThat(waiter.await(in(Duration.ofMillis(90)))).isFalse();
        return looks.get() - before;
    }

    private static long in(Duration time) {
        return Clock.monotonicNs() + time.toNanos();
    }

    /** Imitates two containers, each of which takes the other's reader for dead. */
    @Test
    void aReaderWhosePostsAnotherTakesWaitsOnAnotherSemaphore() {
        try (FrameReader reader = reader()) {
            int first = reader.semaphore();
            for (int i = 0; i < 200 && reader.semaphore() == first; i++) {
                count();
                if (i % 2 == 0) {
                    post(reader);
                }
                assertThat(reader.awaitNext(LONG.toNanos()) && read(reader)).isTrue();
            }
            assertThat(reader.semaphore()).isNotIn(first, -1);
            assertThat(image.readerPid(first)).isEqualTo(-1);
            int second = reader.semaphore();
            for (int i = 0; i < 200; i++) {
                count();
                post(reader);
                assertThat(reader.awaitNext(LONG.toNanos()) && read(reader)).isTrue();
            }
            assertThat(reader.semaphore()).isEqualTo(second);
        }
    }

    @Test
    void aReaderWhoseSlotWasTakenWaitsOnAnotherSemaphore() {
        ChildProcess other = ChildProcess.start(Map.of(), List.of("sleep", "60"));
        try (FrameReader reader = reader()) {
            int first = reader.semaphore();
            long slot = image.layout().readerPids() + 4L * first;
            image.memory().set(JAVA_INT, slot, (int) other.pid());
            Await.until(
                    LONG,
                    "another semaphore",
                    () -> !reader.awaitNext(MOMENT_NS) && reader.semaphore() != first);
            assertThat(image.readerPid(first)).as("the other's").isEqualTo((int) other.pid());
            assertThat(reader.semaphore()).isPositive();
        }
    }

    @Test
    void aWriterThatNeverPostsIsPolled() {
        try (FrameReader reader = reader()) {
            for (int i = 0; i < 200; i++) {
                count();
                assertThat(reader.awaitNext(LONG.toNanos()) && read(reader)).isTrue();
            }
            assertThat(reader.semaphore()).isEqualTo(-1);
            for (int i = 0; i < 10; i++) {
                assertThat(image.readerPid(i)).isEqualTo(-1);
            }
        }
    }

    /** In ImageStreamIO's order, whether the reader sees the frame before its post or after it. */
    @Test
    void aSemaphoreWhosePostsComeIsKept() {
        try (FrameReader reader = reader()) {
            int first = reader.semaphore();
            for (int i = 0; i < 300; i++) {
                count();
                if (i % 3 != 0) {
                    post(reader);
                }
                assertThat(reader.pollNext() && read(reader)).isTrue();
                if (i % 3 == 0) {
                    post(reader);
                }
                if (i % 2 == 0) {
                    assertThat(reader.pollNext()).isFalse();
                }
            }
            assertThat(reader.semaphore()).isEqualTo(first);
        }
    }
}
