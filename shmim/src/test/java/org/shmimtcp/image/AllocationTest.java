package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.posix.Semaphores;
import org.shmimtcp.testing.ShmDir;

/** Publishing and reading allocate nothing on the heap. */
class AllocationTest {
    private static final int ITERATIONS = 200_000;
    private static final int FEW = 2_000;

    /** Until then, rounds are repeated: on a busy machine the JIT compilers take their time. */
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final ImageDirectory directory;

    AllocationTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noneInTheHotLoop(boolean circular) {
        assumeTrue(ManagementFactory.getThreadMXBean() instanceof ThreadMXBean, "not HotSpot");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        ImageSpec spec =
                ImageSpec.of("x", DataType.FLOAT, Shape.of(11, 11, 4))
                        .withRing(2)
                        .withImageType(
                                circular ? ImageType.CIRCULAR_TEMPORAL : ImageType.MATH_DATA);
        try (Image image = Image.create(directory, spec);
                FrameReader reader = image.newReader()) {
            FrameWriter writer = image.newWriter();
            MemorySegment frame = reader.newBuffer();
            long least = Long.MAX_VALUE;
            // The first rounds allocate while the JIT compilers work.
            long endNs = System.nanoTime() + DEADLINE.toNanos();
            while (least > 0 && System.nanoTime() - endNs < 0) {
                long before = threads.getCurrentThreadAllocatedBytes();
                loop(writer, reader, frame);
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(least).as("bytes in %d iterations", ITERATIONS).isZero();
        }
    }

    /** Waiting for an announced frame allocates nothing either. */
    @Test
    void noneWhilePostsComeBeforeTheirFrames() {
        assumeTrue(ManagementFactory.getThreadMXBean() instanceof ThreadMXBean, "not HotSpot");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Image image =
                        Image.create(
                                directory, ImageSpec.of("x", DataType.FLOAT, Shape.of(11, 11)));
                FrameReader reader = image.newReader()) {
            MemorySegment frame = reader.newBuffer();
            long semaphore = image.semaphore(reader.semaphore());
            long least = Long.MAX_VALUE;
            long endNs = System.nanoTime() + DEADLINE.toNanos();
            while (least > 0 && System.nanoTime() - endNs < 0) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < FEW; i++) {
                    Semaphores.post(image.memory(), semaphore);
                    if (reader.awaitNext(10_000)) {
                        throw new AssertionError("a frame that nobody counted");
                    }
                    image.memory().set(JAVA_LONG, MetadataLayout.CNT0, image.cnt0() + 1);
                    if (!reader.pollNext() || !reader.readNewest(frame)) {
                        throw new AssertionError("no frame at " + i);
                    }
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(least).as("bytes in %d iterations", FEW).isZero();
        }
    }

    private static void loop(FrameWriter writer, FrameReader reader, MemorySegment frame) {
        for (int i = 0; i < ITERATIONS; i++) {
            writer.publish(i & 3, frame);
            if (!reader.awaitNext(1_000) || !reader.readNewest(frame)) {
                throw new AssertionError("no frame at " + i);
            }
            writer.publish((i + 1) & 3, frame);
            if (!reader.readNext(frame, 0, null, 0)) {
                throw new AssertionError("no next frame at " + i);
            }
        }
    }
}
