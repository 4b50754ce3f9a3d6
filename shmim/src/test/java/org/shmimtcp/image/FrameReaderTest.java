package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ShmDir;

/** Which reader owns which semaphore, which frame is read next, and what is counted. */
@ExtendWith(ChildProcesses.class)
class FrameReaderTest {
    private static final long SOON_NS = 1_000_000;
    private static final ImageSpec PLAIN = ImageSpec.of("x", DataType.UINT8, Shape.of(8, 1));
    private static final ImageSpec CUBE = ImageSpec.of("x", DataType.UINT8, Shape.of(8, 1, 4));
    private static final ImageSpec CIRCULAR = CUBE.withImageType(ImageType.CIRCULAR_TEMPORAL);

    private final ImageDirectory directory;

    FrameReaderTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    /** A frame in which every pixel is the given number. */
    private static MemorySegment frame(int number) {
        return MemorySegment.ofArray(new byte[8]).fill((byte) number);
    }

    private static int first(MemorySegment frame) {
        return frame.get(JAVA_BYTE, 0);
    }

    private static void publish(FrameWriter writer, int from, int to, int slices) {
        for (int n = from; n <= to; n++) {
            writer.publish((n - 1) % slices, frame(n));
        }
    }

    @Test
    void semaphoresAreClaimedFrom1AndSixOnlyAsTheLast() {
        try (Image image = Image.create(directory, PLAIN)) {
            List<FrameReader> readers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                readers.add(image.newReader());
            }
            assertThat(readers)
                    .extracting(FrameReader::semaphore)
                    .containsExactly(1, 2, 3, 4, 5, 7, 8, 9, 6, -1);
            assertThat(image.readerPid(0)).isEqualTo(-1);
            for (int i = 1; i < 10; i++) {
                assertThat(image.readerPid(i)).isEqualTo(Processes.ownPid());
            }
            readers.forEach(FrameReader::close);
            for (int i = 0; i < 10; i++) {
                assertThat(image.readerPid(i)).isEqualTo(-1);
            }
        }
    }

    @Test
    void closingTwiceDoesNotFreeAnothersSemaphore() {
        try (Image image = Image.create(directory, PLAIN)) {
            FrameReader first = image.newReader();
            first.close();
            try (FrameReader second = image.newReader()) {
                assertThat(second.semaphore()).isEqualTo(1);
                first.close();
                assertThat(image.readerPid(1)).isEqualTo(Processes.ownPid());
            }
        }
    }

    @Test
    void slotsMarkedFreeAreTakenBeforeThoseOfDeadProcessesAndThoseOfLivingOnesAreNot() {
        ChildProcess dead = ChildProcess.start(Map.of(), List.of("true"));
        dead.awaitSuccess(Duration.ofSeconds(10));
        ChildProcess alive = ChildProcess.start(Map.of(), List.of("sleep", "60"));
        try (Image image = Image.create(directory, PLAIN.withSemaphores(4))) {
            long slots = image.layout().readerPids();
            image.memory().set(JAVA_INT, slots + 4, (int) alive.pid());
            image.memory().set(JAVA_INT, slots + 8, (int) dead.pid());
            image.memory().set(JAVA_INT, slots + 12, 0);
            try (FrameReader first = image.newReader();
                    FrameReader second = image.newReader();
                    FrameReader third = image.newReader()) {
                assertThat(first.semaphore()).isEqualTo(3);
                assertThat(second.semaphore()).isEqualTo(2);
                assertThat(third.semaphore()).isEqualTo(-1);
                assertThat(image.readerPid(2)).isEqualTo(Processes.ownPid());
                assertThat(image.readerPid(1)).isEqualTo((int) alive.pid());
            }
        }
    }

    /** In a container every process may have the same PID as the one that was killed before. */
    @Test
    void aSlotOfAFormerProcessOfThisNumberIsTakenOver() {
        try (Image image = Image.create(directory, PLAIN.withSemaphores(3))) {
            for (int i = 1; i < 3; i++) {
                int slot = (int) image.layout().readerPids() + 4 * i;
                image.memory().set(JAVA_INT, slot, Processes.ownPid());
            }
            try (FrameReader first = image.newReader();
                    FrameReader second = image.newReader();
                    FrameReader third = image.newReader()) {
                assertThat(first.semaphore()).isEqualTo(1);
                assertThat(second.semaphore()).isEqualTo(2);
                assertThat(third.semaphore()).isEqualTo(-1);
            }
        }
    }

    @Test
    void withoutAFreeSemaphoreItPolls() {
        for (int semaphores : new int[] {0, 1}) {
            try (Image image = Image.replace(directory, PLAIN.withSemaphores(semaphores));
                    FrameReader reader = image.newReader()) {
                MemorySegment buffer = reader.newBuffer();
                assertThat(reader.semaphore()).isEqualTo(-1);
                assertThat(reader.awaitNext(SOON_NS)).isFalse();
                image.newWriter().publish(0, frame(1));
                assertThat(reader.awaitNext(SOON_NS)).isTrue();
                assertThat(reader.readNewest(buffer)).isTrue();
                assertThat(buffer.mismatch(frame(1))).isEqualTo(-1);
                assertThat(reader.awaitNext(SOON_NS)).isFalse();
            }
        }
    }

    @Test
    void aPollingReaderClaimsNothing() {
        try (Image image = Image.create(directory, PLAIN);
                FrameReader reader = image.newPollingReader()) {
            assertThat(reader.semaphore()).isEqualTo(-1);
            assertThat(image.readerPid(1)).isEqualTo(-1);
        }
    }

    @Test
    void whatIsThereAtTheStartIsOneNewFrame() {
        try (Image image = Image.create(directory, PLAIN)) {
            publish(image.newWriter(), 1, 5, 1);
            try (FrameReader reader = image.newReader()) {
                MemorySegment buffer = reader.newBuffer();
                assertThat(image.semaphoreValue(reader.semaphore())).as("drained").isZero();
                assertThat(reader.awaitNext(0)).isTrue();
                assertThat(reader.readNewest(buffer)).isTrue();
                assertThat(first(buffer)).isEqualTo(5);
                assertThat(reader.cnt0()).isEqualTo(5);
                assertThat(reader.skipped()).isZero();
                assertThat(reader.awaitNext(SOON_NS)).isFalse();
            }
        }
    }

    @Test
    void onlyTheNewestOfABurstIsReadOnceAndTheOthersAreCounted() {
        try (Image image = Image.create(directory, PLAIN);
                FrameReader reader = image.newReader()) {
            FrameWriter writer = image.newWriter();
            MemorySegment buffer = reader.newBuffer();
            publish(writer, 1, 1, 1);
            assertThat(reader.awaitNext(SOON_NS) && reader.readNewest(buffer)).isTrue();
            publish(writer, 2, 20, 1);
            assertThat(reader.awaitNext(SOON_NS) && reader.readNewest(buffer)).isTrue();
            assertThat(first(buffer)).isEqualTo(20);
            assertThat(reader.frames()).isEqualTo(2);
            assertThat(reader.skipped()).isEqualTo(18);
            assertThat(reader.awaitNext(SOON_NS)).as("posts left over").isFalse();
        }
    }

    @Test
    void aFrameThatIsBeingWrittenIsRefusedAndComesWhenItIsDone() {
        try (Image image = Image.create(directory, PLAIN);
                FrameReader reader = image.newReader()) {
            FrameWriter writer = image.newWriter();
            MemorySegment buffer = reader.newBuffer();
            publish(writer, 1, 1, 1);
            writer.begin();
            writer.writeSlice(0, frame(2), 0);
            assertThat(reader.readNewest(buffer)).isFalse();
            assertThat(reader.frames()).isZero();
            assertThat(reader.awaitNext(SOON_NS)).as("news of the refused frame").isFalse();
            writer.commit(0);
            assertThat(reader.awaitNext(SOON_NS) && reader.readNewest(buffer)).isTrue();
            assertThat(first(buffer)).isEqualTo(2);
        }
    }

    @Test
    void anAbortedFrameIsThePreviousOne() {
        try (Image image = Image.create(directory, PLAIN);
                FrameReader reader = image.newReader()) {
            FrameWriter writer = image.newWriter();
            MemorySegment buffer = reader.newBuffer();
            publish(writer, 1, 1, 1);
            writer.begin();
            assertThat(reader.readNewest(buffer)).isFalse();
            writer.abort();
            assertThat(reader.awaitNext(SOON_NS) && reader.readNewest(buffer)).isTrue();
            assertThat(reader.cnt0()).isEqualTo(1);
        }
    }

    @Test
    void aPlainCubeYieldsTheSliceThatCnt1Names() {
        try (Image image = Image.create(directory, CUBE);
                FrameReader reader = image.newReader()) {
            FrameWriter writer = image.newWriter();
            MemorySegment buffer = reader.newBuffer();
            writer.publish(2, frame(7));
            assertThat(reader.readNext(buffer, 0, null, 0)).isTrue();
            assertThat(first(buffer)).isEqualTo(7);
            assertThat(reader.slice()).isEqualTo(2);
        }
    }

    @Test
    void aCnt1BeyondTheCubeIsSlice0() {
        for (long cnt1 : new long[] {4, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
            try (Image image = Image.replace(directory, CUBE);
                    FrameReader reader = image.newReader()) {
                image.newWriter().publish(0, frame(7));
                image.memory().set(JAVA_LONG, MetadataLayout.CNT1, cnt1);
                MemorySegment buffer = reader.newBuffer();
                assertThat(reader.readNewest(buffer)).isTrue();
                assertThat(first(buffer)).isEqualTo(7);
            }
        }
    }

    @Test
    void aCircularImageIsCaughtUpSliceBySlice() {
        try (Image image = Image.create(directory, CIRCULAR);
                FrameReader reader = image.newReader()) {
            FrameWriter writer = image.newWriter();
            publish(writer, 1, 1, 4);
            assertThat(readAll(reader)).containsExactly(1);
            publish(writer, 2, 4, 4); // the number of frames that are certainly kept
            assertThat(readAll(reader)).containsExactly(2, 3, 4);
            assertThat(reader.skipped()).isZero();
            publish(writer, 5, 11, 4); // the writer may already be writing over frame 8
            assertThat(readAll(reader)).containsExactly(9, 10, 11);
            assertThat(reader.skipped()).isEqualTo(4);
            publish(writer, 12, 112, 4);
            assertThat(readAll(reader)).containsExactly(110, 111, 112);
            assertThat(reader.skipped()).isEqualTo(4 + 98);
            assertThat(reader.frames()).isEqualTo(1 + 3 + 3 + 3);
        }
    }

    @Test
    void aSliceIsReadWhileTheNextOneIsWritten() {
        try (Image image = Image.create(directory, CIRCULAR);
                FrameReader reader = image.newReader()) {
            FrameWriter writer = image.newWriter();
            publish(writer, 1, 1, 4);
            assertThat(readAll(reader)).containsExactly(1);
            publish(writer, 2, 3, 4);
            writer.begin();
            writer.writeSlice(3, frame(4), 0);
            assertThat(readAll(reader)).containsExactly(2, 3);
            writer.commit(3);
            assertThat(readAll(reader)).containsExactly(4);
        }
    }

    @Test
    void aCircularSourceThatJumpsIsFollowed() {
        try (Image image = Image.create(directory, CIRCULAR);
                FrameReader reader = image.newReader()) {
            FrameWriter writer = image.newWriter();
            publish(writer, 1, 2, 4);
            readAll(reader);
            writer.publish(0, frame(50)); // not the slice that was expected
            assertThat(readAll(reader)).containsExactly(50);
        }
    }

    @Test
    void aCounterThatIsSetBackIsFollowed() {
        for (ImageSpec spec : List.of(PLAIN, CIRCULAR)) {
            try (Image image = Image.replace(directory, spec);
                    FrameReader reader = image.newReader()) {
                FrameWriter writer = image.newWriter();
                publish(writer, 1, 100, spec.shape().slices());
                readAll(reader);
                image.memory().set(JAVA_LONG, MetadataLayout.CNT0, 0);
                writer.publish(0, frame(33));
                assertThat(readAll(reader)).containsExactly(33);
                assertThat(reader.cnt0()).isEqualTo(1);
                assertThat(reader.awaitNext(SOON_NS)).isFalse();
            }
        }
    }

    @Test
    void anImageThatNobodyWroteHasNoFrame() {
        for (ImageSpec spec : List.of(PLAIN, CIRCULAR, PLAIN.withRing(4))) {
            try (Image image = Image.replace(directory, spec);
                    FrameReader reader = image.newReader()) {
                MemorySegment buffer = reader.newBuffer();
                reader.resync();
                assertThat(reader.awaitNext(0)).isFalse();
                assertThat(reader.readNewest(buffer)).isFalse();
                assertThat(reader.readNext(buffer, 0, null, 0)).isFalse();
                assertThat(reader.readSlice(0, buffer)).isFalse();
                assertThat(reader.frames()).isZero();
            }
        }
    }

    /**
     * Imitates an older C program that re-creates the image: all zeros, then a head, then cnt0 from
     * 1.
     */
    @Test
    void anotherImageInTheSameFileIsNeverRead() {
        for (ImageSpec spec : List.of(PLAIN, CIRCULAR, PLAIN.withRing(4))) {
            try (Image image = Image.replace(directory, spec);
                    FrameReader reader = image.newReader()) {
                MemorySegment buffer = reader.newBuffer();
                publish(image.newWriter(), 1, 7, spec.shape().slices());
                readAll(reader);
                MemorySegment before = image.head();
                image.memory().fill((byte) 0);
                assertThat(reader.awaitNext(0)).as("news of zeros").isFalse();
                assertThat(reader.readNewest(buffer)).isFalse();
                MemorySegment.copy(before, 0, image.memory(), 0, MetadataLayout.BYTES);
                long created = image.memory().get(JAVA_LONG, MetadataLayout.CREATIONTIME + 8);
                image.memory().set(JAVA_LONG, MetadataLayout.CREATIONTIME + 8, created + 1);
                for (long cnt0 = 1; cnt0 < 9; cnt0++) {
                    image.memory().set(JAVA_LONG, MetadataLayout.CNT0, cnt0);
                    assertThat(reader.readNewest(buffer)).as("cnt0 %d", cnt0).isFalse();
                    assertThat(reader.readNext(buffer, 0, null, 0)).isFalse();
                }
                assertThat(image.isReplaced()).as("at once").isTrue();
                assertThatThrownBy(image.newWriter()::begin)
                        .isInstanceOf(ImageException.Truncated.class)
                        .hasMessageContaining("re-created");
                assertThat(image.memory().get(JAVA_BYTE, MetadataLayout.WRITE)).isZero();
                assertThatThrownBy(image::head).isInstanceOf(ImageException.Truncated.class);
            }
        }
    }

    @Test
    void resyncMakesTheNewestFrameNewAgain() {
        try (Image image = Image.create(directory, PLAIN);
                FrameReader reader = image.newReader()) {
            publish(image.newWriter(), 1, 3, 1);
            assertThat(readAll(reader)).containsExactly(3);
            reader.resync();
            assertThat(readAll(reader)).containsExactly(3);
            assertThat(reader.skipped()).as("frames 1 and 2").isEqualTo(2);
        }
    }

    @Test
    void keywordsComeWithTheirFrame() {
        try (Image image = Image.create(directory, PLAIN.withKeywords(2));
                FrameReader reader = image.newReader()) {
            FrameWriter writer = image.newWriter();
            writer.begin();
            image.keywords().put("A", 42L, "");
            writer.writeSlice(0, frame(1), 0);
            writer.commit(0);
            MemorySegment both = MemorySegment.ofArray(new long[1 + 2 * 16]);
            assertThat(reader.readNext(both, 0, both, 8)).isTrue();
            assertThat(first(both)).isEqualTo(1);
            assertThat(new Keywords(both.asSlice(8)).all())
                    .containsExactly(new Keyword("A", 42L, 1, ""));
        }
    }

    /** The first pixel of each frame that can be read now. */
    private static List<Integer> readAll(FrameReader reader) {
        MemorySegment buffer = reader.newBuffer();
        List<Integer> frames = new ArrayList<>();
        while (reader.awaitNext(0) && frames.size() < 1000) {
            if (reader.readNext(buffer, 0, null, 0)) {
                frames.add(first(buffer));
            }
        }
        return frames;
    }
}
