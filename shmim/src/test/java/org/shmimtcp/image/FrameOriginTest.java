package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.testing.ShmDir;

/** A frame published with the metadata of its source. */
class FrameOriginTest {
    private static final ImageSpec PLAIN = ImageSpec.of("x", DataType.UINT8, Shape.of(8));
    private static final ImageSpec CUBE = ImageSpec.of("x", DataType.UINT8, Shape.of(2, 2, 4));
    private final ImageDirectory directory;

    FrameOriginTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    private static FrameWriter.Origin origin() {
        var origin = new FrameWriter.Origin();
        origin.cnt0 = 1000;
        origin.cnt1 = 3;
        origin.cnt2 = 17;
        origin.acquiredSeconds = 1_700_000_000;
        origin.acquiredNanos = 123_456_789;
        origin.inode = 4711;
        origin.startSeconds = 1_700_000_001;
        origin.startNanos = 5;
        return origin;
    }

    @Test
    void ownCounterGoesUpByOneAndTheTimesAreTheSources() {
        try (Image image = Image.create(directory, PLAIN)) {
            FrameWriter writer = image.newWriter();
            writer.publish(0, MemorySegment.ofArray(new byte[8]));
            writer.begin();
            writer.commit(0, origin(), false);
            assertThat(image.cnt0()).isEqualTo(2);
            assertThat(image.cnt1()).isEqualTo(3);
            assertThat(image.cnt2()).isEqualTo(17);
            assertThat(image.isWriting()).isFalse();
            assertThat(image.acquired())
                    .isEqualTo(Instant.ofEpochSecond(1_700_000_000, 123_456_789));
            assertThat(image.written()).isAfter(Instant.ofEpochSecond(1_750_000_000));
            assertThat(image.semaphoreValue(0)).isEqualTo(2);
        }
    }

    @Test
    void theSourcesCounterIfWanted() {
        try (Image image = Image.create(directory, PLAIN)) {
            FrameWriter writer = image.newWriter();
            writer.begin();
            writer.commit(0, origin(), true);
            assertThat(image.cnt0()).isEqualTo(1000);
        }
    }

    @Test
    void theFirstProcessTraceTellsTheTrigger() {
        try (Image image = Image.create(directory, PLAIN)) {
            FrameWriter writer = image.newWriter();
            writer.begin();
            writer.commit(0, origin(), false);
            long trace = image.layout().processTraces();
            MemorySegment m = image.memory();
            assertThat(m.get(JAVA_INT, trace + 4)).isEqualTo(Processes.ownPid());
            assertThat(m.get(JAVA_LONG, trace + 8)).isEqualTo(4711);
            assertThat(m.get(JAVA_LONG, trace + 16)).isEqualTo(1_700_000_001);
            assertThat(m.get(JAVA_LONG, trace + 24)).isEqualTo(5);
            assertThat(m.get(JAVA_LONG, trace + 32)).isGreaterThan(1_750_000_000);
            assertThat(m.get(JAVA_INT, trace + 48)).as("semaphore: none").isEqualTo(-1);
            assertThat(m.get(JAVA_LONG, trace + 56)).isEqualTo(1000);
            assertThat(m.get(JAVA_INT, trace + 64 + 4)).as("PID in the next").isZero();
        }
    }

    @Test
    void anImageWithoutTracesHasNoneWritten() {
        ImageSpec none =
                new ImageSpec("x", DataType.UINT8, Shape.of(8), ImageType.MATH_DATA, 0, 0, 10, 0);
        try (Image image = Image.create(directory, none)) {
            FrameWriter writer = image.newWriter();
            writer.begin();
            writer.commit(0, origin(), false);
            assertThat(image.cnt0()).isEqualTo(1);
            assertThat(image.layout().fileBytes()).isEqualTo(image.layout().processTraces());
        }
    }

    @ParameterizedTest
    @CsvSource({"-1,3,3", "-1,4,0", "-1,-1,0", "-1,9223372036854775807,0", "2,0,2", "0,3,0"})
    void cnt1OfACubeIsAlwaysASlice(int slice, long ofSource, long expected) {
        try (Image image = Image.create(directory, CUBE)) {
            FrameWriter.Origin origin = origin();
            origin.cnt1 = ofSource;
            FrameWriter writer = image.newWriter();
            writer.begin();
            writer.commit(slice, origin, false);
            assertThat(image.cnt1()).isEqualTo(expected);
        }
    }

    @Test
    void aSliceIsStampedWithTheSourcesTime() {
        try (Image image =
                Image.create(directory, CUBE.withImageType(ImageType.CIRCULAR_TEMPORAL))) {
            FrameWriter writer = image.newWriter();
            writer.begin();
            writer.commit(2, origin(), true);
            ImageTables.SliceStamp stamp = image.tables().slices().get(2);
            assertThat(stamp.acquired())
                    .isEqualTo(Instant.ofEpochSecond(1_700_000_000, 123_456_789));
            assertThat(stamp.counter()).isEqualTo(1000);
            assertThat(image.tables().slices().get(1).counter()).isZero();
        }
    }
}
