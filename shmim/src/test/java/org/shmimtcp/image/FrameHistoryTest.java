package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.ShmDir;

/** Reads past frames from a ring and from the slices of a circular image, and the newest slice. */
@ExtendWith(ChildProcesses.class)
class FrameHistoryTest {
    private static final long SOON_NS = 1_000_000;
    private static final ImageSpec PLAIN = ImageSpec.of("x", DataType.INT64, Shape.of(4, 2));
    private static final ImageSpec RING = PLAIN.withRing(5);
    private static final ImageSpec CIRCULAR =
            ImageSpec.of("x", DataType.INT64, Shape.of(4, 2, 6))
                    .withImageType(ImageType.CIRCULAR_TEMPORAL);

    private final Path path;
    private final ImageDirectory directory;

    FrameHistoryTest(@ShmDir Path path) {
        this.path = path;
        this.directory = new ImageDirectory(path);
    }

    /** Records the number that a frame carries in all its words. */
    private static final class Notes implements FrameReader.Copier {
        private final Image image;
        final FrameReader reader;
        final List<Long> numbers = new ArrayList<>();
        final List<Integer> slices = new ArrayList<>();
        final List<Boolean> newest = new ArrayList<>();
        private final MemorySegment frame;
        private boolean lastNewest;
        private int lastSlice;

        Notes(Image image) {
            this.image = image;
            this.reader = image.newPollingReader();
            this.frame = reader.newBuffer();
        }

        @Override
        public void copy(long cnt0, int slice, long offset, boolean isNewest) {
            MemorySegment.copy(image.memory(), offset, frame, 0, frame.byteSize());
            lastNewest = isNewest;
            lastSlice = slice;
        }

        private void note(boolean whole) {
            if (whole) {
                long number = frame.get(JAVA_LONG, 0);
                for (long at = 16; at < frame.byteSize(); at += 8) {
                    assertThat(frame.get(JAVA_LONG, at)).isEqualTo(number);
                }
                assertThat(reader.cnt0()).isEqualTo(number);
                numbers.add(number);
                slices.add(lastSlice);
                newest.add(lastNewest);
            }
        }

        Notes readAll() {
            while (reader.awaitNext(SOON_NS)) {
                note(reader.readNext(this));
            }
            return this;
        }

        Notes readNewestSlice() {
            note(reader.readNewestSlice(this));
            return this;
        }
    }

    private static void publish(Image image, int from, int to) {
        FrameWriter writer = image.newWriter();
        int slices = image.spec().shape().slices();
        long[] words = new long[8];
        for (int n = from; n <= to; n++) {
            java.util.Arrays.fill(words, n);
            writer.publish((n - 1) % slices, MemorySegment.ofArray(words));
        }
    }

    private static List<Long> numbers(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    @Test
    void aRingIsCaughtUpInOrder() {
        try (Image image = Image.create(directory, RING)) {
            Notes notes = new Notes(image);
            publish(image, 1, 3);
            assertThat(notes.readAll().numbers).isEqualTo(numbers(1, 3));
            publish(image, 4, 7);
            assertThat(notes.readAll().numbers).isEqualTo(numbers(1, 7));
            assertThat(notes.reader.skipped()).isZero();
            assertThat(notes.newest).endsWith(false, false, false, true);
        }
    }

    /** Frames that arrive while the newest is copied cause no frame to be left out. */
    @Test
    void aRingIsReadInOrderWhileItGrows() {
        try (Image image = Image.create(directory, RING);
                FrameReader reader = image.newPollingReader()) {
            publish(image, 1, 1);
            List<Long> read = new ArrayList<>();
            while (reader.awaitNext(SOON_NS)) {
                if (reader.readNext(
                        (cnt0, slice, offset, isNewest) -> {
                            if (image.cnt0() == 1) {
                                publish(image, 2, 3);
                            }
                        })) {
                    read.add(reader.cnt0());
                }
            }
            assertThat(read).isEqualTo(numbers(1, 3));
        }
    }

    /** A writer may already be writing one of the five places. */
    @ParameterizedTest
    @ValueSource(ints = {5, 6, 9, 10, 11, 23, 100})
    void whatARingNoLongerHasIsCounted(int published) {
        try (Image image = Image.create(directory, RING)) {
            Notes notes = new Notes(image);
            publish(image, 1, published);
            assertThat(notes.readAll().numbers).isEqualTo(numbers(published - 3, published));
            assertThat(notes.reader.skipped()).isEqualTo(published - 4);
            assertThat(notes.reader.frames() + notes.reader.skipped()).isEqualTo(published);
        }
    }

    @Test
    void aRingOfOneOrNoneGivesTheNewest() {
        for (int ring : new int[] {0, 1}) {
            try (Image image = Image.replace(directory, PLAIN.withRing(ring))) {
                Notes notes = new Notes(image);
                publish(image, 1, 4);
                assertThat(notes.readAll().numbers).containsExactly(4L);
                assertThat(notes.reader.skipped()).isEqualTo(3);
            }
        }
    }

    @Test
    void aBrokenRingIndexIsNotFollowed() {
        try (Image image = Image.create(directory, RING)) {
            Notes notes = new Notes(image);
            publish(image, 1, 4);
            MetadataLayout.ring(image.memory(), 1_000_000, 1);
            assertThat(notes.readAll().numbers).containsExactly(4L);
            MetadataLayout.ring(image.memory(), -1, 1);
            publish(image, 5, 5);
            MetadataLayout.ring(image.memory(), -1, 1);
            assertThat(notes.readAll().numbers).containsExactly(4L, 5L);
        }
    }

    @Test
    void aRingBeingWrittenIsWaitedForAndRefused() {
        try (Image image = Image.create(directory, RING)) {
            Notes notes = new Notes(image);
            publish(image, 1, 3);
            image.newWriter().begin();
            assertThat(notes.reader.readNext(notes)).isFalse();
            assertThat(notes.reader.awaitNext(SOON_NS)).isFalse();
            image.newWriter().abort();
            assertThat(notes.readAll().numbers).isEqualTo(numbers(1, 3));
        }
    }

    /** A ring written by the C library: 6 frames, a ring of 4, frame 6 at place 2. */
    @Test
    void theRingOfTheCLibraryIsReadInOrder() {
        GoldenImage golden = GoldenImage.named("g_cb4").copyTo(path);
        try (Image image = Image.open(directory, golden.name())) {
            FrameReader reader = image.newPollingReader();
            MetadataLayout.cnt0Release(image.memory(), 0);
            reader.resync();
            MetadataLayout.cnt0Release(image.memory(), 6);
            MemorySegment frame = MemorySegment.ofArray(new byte[140]);
            FrameReader.Copier copier =
                    (cnt0, slice, offset, isNewest) ->
                            MemorySegment.copy(image.memory(), offset, frame, 0, 140);
            MemorySegment expected = MemorySegment.ofArray(new byte[140]);
            for (int update = 3; update < 6; update++) {
                assertThat(reader.awaitNext(SOON_NS)).isTrue();
                assertThat(reader.readNext(copier)).isTrue();
                assertThat(reader.cnt0()).isEqualTo(update + 1L);
                for (int i = 0; i < 35; i++) {
                    golden.putPixel(expected, 4L * i, i, update);
                }
                assertThat(frame.mismatch(expected)).as("update %d", update).isEqualTo(-1);
            }
            assertThat(reader.skipped()).isEqualTo(3);
            assertThat(reader.awaitNext(SOON_NS)).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 64})
    void theRingOfACWriterIsCaughtUp(int ring) {
        Peer.run(path, "create", "x", "8", "4", "2", "cb=" + ring);
        try (Image image = Image.open(directory, "x")) {
            Notes notes = new Notes(image);
            Peer.run(path, "write", "x", "50", "0");
            notes.readAll();
            int there = Math.min(50, Math.max(1, ring - 1));
            assertThat(notes.numbers).isEqualTo(numbers(51 - there, 50));
            assertThat(notes.reader.skipped()).isEqualTo(50 - there);
        }
    }

    /** The reader is slower than the writer, which wraps around repeatedly. */
    @Test
    void aRunningCWriterIsFollowedWholeAndInOrder() {
        Peer.run(path, "create", "x", "8", "64", "64", "cb=16");
        try (Image image = Image.open(directory, "x")) {
            Notes notes = new Notes(image);
            ChildProcess writer = Peer.start(path, "write", "x", "30000", "0");
            while (writer.isAlive() || image.cnt0() != notes.reader.cnt0()) {
                notes.readAll();
            }
            writer.awaitSuccess(Duration.ofSeconds(30));
            assertThat(notes.numbers).isSorted().doesNotHaveDuplicates().endsWith(30000L);
            assertThat(notes.reader.frames() + notes.reader.skipped()).isEqualTo(30000);
            assertThat(notes.newest).as("some came from the ring").contains(false);
        }
    }

    @Test
    void aCircularImageIsCaughtUpSliceBySlice() {
        try (Image image = Image.create(directory, CIRCULAR)) {
            Notes notes = new Notes(image);
            publish(image, 1, 4);
            assertThat(notes.readAll().numbers).isEqualTo(numbers(1, 4));
            publish(image, 5, 20);
            assertThat(notes.readAll().numbers).endsWith(16L, 17L, 18L, 19L, 20L).hasSize(9);
            assertThat(notes.reader.skipped()).isEqualTo(11);
            for (int i = 0; i < notes.numbers.size(); i++) {
                assertThat(notes.slices.get(i)).isEqualTo((int) ((notes.numbers.get(i) - 1) % 6));
            }
        }
    }

    @Test
    void theNewestSliceAloneCountsWhatItLeavesOut() {
        try (Image image = Image.create(directory, CIRCULAR)) {
            Notes notes = new Notes(image);
            publish(image, 1, 4);
            notes.readNewestSlice();
            publish(image, 5, 20);
            notes.readNewestSlice();
            assertThat(notes.numbers).containsExactly(4L, 20L);
            assertThat(notes.slices).containsExactly(3, 1);
            assertThat(notes.newest).containsOnly(true);
            assertThat(notes.reader.skipped()).isEqualTo(18);
        }
    }

    /** While the next slice is being written, the newest finished one is still whole. */
    @Test
    void theNewestSliceIsReadWhileTheNextIsWritten() {
        try (Image image = Image.create(directory, CIRCULAR)) {
            Notes notes = new Notes(image);
            publish(image, 1, 2);
            notes.readNewestSlice();
            publish(image, 3, 3);
            image.newWriter().begin();
            notes.readNewestSlice();
            assertThat(notes.numbers).containsExactly(2L, 3L);
        }
    }

    @Test
    void ofAnImageWithoutSlicesTheNewestSliceIsTheNewestFrame() {
        try (Image image = Image.create(directory, PLAIN)) {
            Notes notes = new Notes(image);
            publish(image, 1, 9);
            assertThat(notes.readNewestSlice().numbers).containsExactly(9L);
            assertThat(IntStream.of(notes.slices.getFirst()).sum()).isZero();
        }
    }
}
