package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.posix.Semaphores;
import org.shmimtcp.testing.Allocation;
import org.shmimtcp.testing.ShmDir;

/** Publishing and reading allocate nothing on the heap. */
class AllocationTest {
    private static final int ITERATIONS = 200_000;
    private static final int FEW = 2_000;

    private final ImageDirectory directory;

    AllocationTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noneInTheHotLoop(boolean circular) {
        ImageSpec spec =
                ImageSpec.of("x", DataType.FLOAT, Shape.of(11, 11, 4))
                        .withRing(2)
                        .withImageType(
                                circular ? ImageType.CIRCULAR_TEMPORAL : ImageType.MATH_DATA);
        try (Image image = Image.create(directory, spec);
                FrameReader reader = image.newReader()) {
            FrameWriter writer = image.newWriter();
            MemorySegment frame = reader.newBuffer();
            Allocation.awaitNone(() -> loop(writer, reader, frame));
        }
    }

    /** Waiting for an announced frame allocates nothing either. */
    @Test
    void noneWhilePostsComeBeforeTheirFrames() {
        try (Image image =
                        Image.create(
                                directory, ImageSpec.of("x", DataType.FLOAT, Shape.of(11, 11)));
                FrameReader reader = image.newReader()) {
            MemorySegment frame = reader.newBuffer();
            long semaphore = image.semaphore(reader.semaphore());
            Allocation.awaitNone(() -> {
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
            });
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
