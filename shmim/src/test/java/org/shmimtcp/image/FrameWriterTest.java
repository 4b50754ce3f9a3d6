package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.testing.ShmDir;

/**
 * What publishing leaves in the image. {@link ImageCreationTest} compares it byte for byte with C.
 */
class FrameWriterTest {
    private static final ImageSpec PLAIN = ImageSpec.of("x", DataType.UINT8, Shape.of(8, 1));
    private static final ImageSpec CUBE = ImageSpec.of("x", DataType.UINT8, Shape.of(8, 1, 3));
    private static final MemorySegment FRAME = MemorySegment.ofArray(new byte[8]).fill((byte) 7);

    private final ImageDirectory directory;

    FrameWriterTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    @Test
    void semaphoresStayAtTenAndNameTheirPoster() {
        try (Image image = Image.create(directory, PLAIN)) {
            FrameWriter writer = image.newWriter();
            for (int i = 0; i < 25; i++) {
                writer.publish(0, FRAME);
            }
            for (int i = 0; i < 10; i++) {
                assertThat(image.semaphoreValue(i)).isEqualTo(10);
                assertThat(image.writerPid(i)).isEqualTo(Processes.ownPid());
            }
            assertThat(image.logSemaphoreValue()).isEqualTo(10);
            assertThat(image.cnt0()).isEqualTo(25);
        }
    }

    @Test
    void writeIsUpBetweenBeginAndCommitOnly() {
        try (Image image = Image.create(directory, PLAIN)) {
            FrameWriter writer = image.newWriter();
            assertThat(image.isWriting()).isFalse();
            writer.begin();
            assertThat(image.isWriting()).isTrue();
            assertThat(image.cnt0()).isZero();
            writer.commit(0);
            assertThat(image.isWriting()).isFalse();
            writer.begin();
            writer.abort();
            assertThat(image.isWriting()).isFalse();
            assertThat(image.cnt0()).isEqualTo(1);
        }
    }

    @Test
    void timesAreNow() {
        try (Image image = Image.create(directory, PLAIN)) {
            image.newWriter().publish(0, FRAME);
            // TAI is ahead of UTC by 37 s if the kernel has the TAI offset.
            for (Instant time :
                    new Instant[] {image.acquired(), image.written(), image.created()}) {
                assertThat(Duration.between(Instant.now(), time).toSeconds()).isBetween(-20L, 60L);
            }
        }
    }

    @Test
    void aSliceOfACircularImageHasItsTimesAndCounter() {
        ImageSpec circular = CUBE.withImageType(ImageType.CIRCULAR_TEMPORAL);
        try (Image image = Image.create(directory, circular)) {
            FrameWriter writer = image.newWriter();
            writer.begin();
            writer.commit(1, 1_700_000_000, 5);
            ImageTables.SliceStamp stamp = image.tables().slices().get(1);
            assertThat(stamp.acquired()).isEqualTo(Instant.ofEpochSecond(1_700_000_000, 5));
            assertThat(stamp.written()).isEqualTo(image.written());
            assertThat(stamp.counter()).isEqualTo(1);
            assertThat(image.cnt1()).isEqualTo(1);
        }
    }

    /** An image without a third axis, and so without arrays, may have this type too. */
    @Test
    void aCircularTypeWithoutSlicesIsHarmless() {
        for (int ring : new int[] {0, 2}) {
            ImageSpec odd = PLAIN.withImageType(ImageType.CIRCULAR_TEMPORAL).withRing(ring);
            try (Image image = Image.replace(directory, odd)) {
                image.newWriter().publish(0, FRAME);
                assertThat(image.cnt0()).isEqualTo(1);
                assertThat(image.pixels().mismatch(FRAME)).isEqualTo(-1);
                if (ring > 0) {
                    long ringStart = image.layout().processTraces() + 10 * 64;
                    assertThat(image.memory().get(JAVA_LONG, ringStart)).isZero();
                }
            }
        }
    }

    @Test
    void aSliceOrKeywordThatIsNotThereTouchesNothing() {
        try (Image image = Image.create(directory, CUBE.withKeywords(2))) {
            FrameWriter writer = image.newWriter();
            byte[] before = image.memory().toArray(JAVA_BYTE);
            MemorySegment keywords = MemorySegment.ofArray(new byte[3 * 128]).fill((byte) 1);
            for (int slice : new int[] {-1, 3}) {
                assertThatThrownBy(() -> writer.writeSlice(slice, FRAME, 0))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> writer.commit(slice))
                        .isInstanceOf(IndexOutOfBoundsException.class);
            }
            assertThatThrownBy(() -> writer.writeKeywords(3, keywords, 0))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(image.memory().toArray(JAVA_BYTE)).isEqualTo(before);
        }
    }

    @Test
    void aRingIndexBeyondTheRingWrapsInsteadOfLeavingIt() {
        for (int index : new int[] {2, -2, -1, Integer.MAX_VALUE}) {
            try (Image image = Image.replace(directory, PLAIN.withRing(2))) {
                image.memory().set(JAVA_INT, MetadataLayout.CBINDEX, index);
                image.newWriter().publish(0, FRAME);
                assertThat(MetadataLayout.cbIndex(image.head())).isZero();
                assertThat(MetadataLayout.cbCycle(image.head())).isEqualTo(1);
            }
        }
    }

    @Test
    void holdsTellsWhetherAFrameIsThereAlready() {
        try (Image image = Image.create(directory, PLAIN.withKeywords(1))) {
            FrameWriter writer = image.newWriter();
            MemorySegment keywords =
                    MemorySegment.ofArray(new long[16])
                            .copyFrom(image.memory().asSlice(image.layout().keywordsOffset(), 128));
            MemorySegment both = MemorySegment.ofArray(new long[17]);
            both.copyFrom(FRAME);
            both.asSlice(8).copyFrom(keywords);
            assertThat(writer.holds(0, both, 0, 1, 8)).isFalse();
            writer.publish(0, FRAME);
            assertThat(writer.holds(0, both, 0, 1, 8)).isTrue();
            image.keywords().put("A", 1L, "");
            assertThat(writer.holds(0, both, 0, 1, 8)).isFalse();
            assertThat(writer.holds(0, both, 0, 0, 8)).isTrue();
        }
    }
}
