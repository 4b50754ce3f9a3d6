package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.testing.ShmDir;

class KeywordTrackerTest {
    private static final int BYTES = KeywordLayout.BYTES;
    private static final int STRIDE = BYTES + 8;

    private final ImageDirectory directory;

    KeywordTrackerTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    /** A tracker, and the copy that a receiver makes from its changes. */
    private static final class Follower {
        final MemorySegment table;
        final KeywordTracker tracker;
        final MemorySegment message;
        final MemorySegment copy;

        Follower(Image image, Arena arena) {
            int slots = image.spec().keywordSlots();
            table = image.memory().asSlice(image.layout().keywordsOffset(), (long) slots * BYTES);
            tracker = new KeywordTracker(image, arena);
            message = MemorySegment.ofArray(new byte[KeywordTracker.SLOTS_A_SCAN * STRIDE]);
            copy = MemorySegment.ofArray(new byte[slots * BYTES]).fill((byte) 0x7e);
        }

        /** Scans once, as for a frame; returns the number of changes. */
        int frame() {
            int changes = tracker.scan();
            for (int i = 0; i < changes; i++) {
                tracker.copy(i, message, (long) i * STRIDE + 8);
            }
            return accept(changes);
        }

        int accept(int changes) {
            for (int i = 0; i < changes; i++) {
                long to = (long) tracker.slot(i) * BYTES;
                MemorySegment.copy(message, (long) i * STRIDE + 8, copy, to, BYTES);
            }
            tracker.accept(message, 8, STRIDE);
            return changes;
        }

        void all() {
            do {
                frame();
            } while (!tracker.isAtStart());
        }

        void assertSame() {
            assertThat(copy.mismatch(table)).as("first byte that differs").isEqualTo(-1);
        }
    }

    private Image image(int slots) {
        return Image.create(
                directory, ImageSpec.of("x", DataType.UINT8, Shape.of(1)).withKeywords(slots));
    }

    private static void change(Follower f, int slot, int value) {
        f.table.set(JAVA_BYTE, (long) slot * BYTES + KeywordLayout.TYPE, (byte) 'L');
        f.table.set(JAVA_INT_UNALIGNED, (long) slot * BYTES + KeywordLayout.VALUE, value);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 10, 100, 256, 257, 1000, 6000, 65535})
    void firstEverySlotIsAChangeThenNone(int slots) {
        try (Image image = image(slots);
                Arena arena = Arena.ofConfined()) {
            Follower f = new Follower(image, arena);
            int scans = 0;
            int changes = 0;
            do {
                changes += f.frame();
                scans++;
            } while (!f.tracker.isAtStart());
            assertThat(changes).isEqualTo(slots);
            assertThat(scans)
                    .as("each scan is bounded")
                    .isEqualTo(Math.max(1, Math.ceilDiv(slots, KeywordTracker.SLOTS_A_SCAN)));
            f.assertSame();
            for (int i = 0; i < 2 * scans; i++) {
                assertThat(f.frame()).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 100, 256})
    void aTableThatIsNotLongerThanAScanIsSeenWholeEachTime(int slots) {
        try (Image image = image(slots);
                Arena arena = Arena.ofConfined()) {
            Follower f = new Follower(image, arena);
            f.all();
            for (int n = 1; n < 3 * slots; n++) {
                change(f, n % slots, n);
                change(f, 7 * n % slots, n);
                assertThat(f.frame()).isEqualTo(n % slots == 7 * n % slots ? 1 : 2);
                f.assertSame();
            }
            for (int slot = 0; slot < slots; slot++) {
                change(f, slot, -1);
            }
            assertThat(f.frame()).isEqualTo(slots);
            f.assertSame();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 100, 1000, 6000})
    void nothingIsLost(int slots) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (Image image = image(slots);
                Arena arena = Arena.ofConfined()) {
            Follower f = new Follower(image, arena);
            for (int n = 1; n < 2000; n++) {
                for (int i = random.nextInt(5); i > 0; i--) {
                    change(f, random.nextInt(slots), n);
                }
                assertThat(f.frame()).isLessThanOrEqualTo(KeywordTracker.SLOTS_A_SCAN);
            }
            f.all();
            f.all(); // the first pass may have started in the middle
            assertThat(f.copy.mismatch(f.table)).as("seed %d", seed).isEqualTo(-1);
        }
    }

    @Test
    void everyByteOfASlotCounts() {
        try (Image image = image(3);
                Arena arena = Arena.ofConfined()) {
            Follower f = new Follower(image, arena);
            f.all();
            for (int at = 0; at < 3 * BYTES; at++) {
                f.table.set(JAVA_BYTE, at, (byte) 0x5a);
                assertThat(f.frame()).as("byte %d", at).isEqualTo(1);
                assertThat(f.copy.get(JAVA_BYTE, at)).isEqualTo((byte) 0x5a);
            }
        }
    }

    /** A frame that a writer disturbed is copied again; its changes are those of the last copy. */
    @Test
    void aCopyThatIsRepeatedLooksAtTheSameSlots() {
        try (Image image = image(1000);
                Arena arena = Arena.ofConfined()) {
            Follower f = new Follower(image, arena);
            f.all();
            change(f, 3, 1);
            assertThat(f.tracker.scan()).isEqualTo(1);
            change(f, 4, 1);
            assertThat(f.tracker.scan()).isEqualTo(2);
            assertThat(f.tracker.slot(0)).isEqualTo(3);
            assertThat(f.tracker.slot(1)).isEqualTo(4);
            assertThat(f.frame()).isEqualTo(2);
            f.all();
            f.assertSame();
        }
    }

    /** The content that was sent becomes the known content, not a later one. */
    @Test
    void aChangeBetweenCopyAndAcceptIsFoundNextTime() {
        try (Image image = image(10);
                Arena arena = Arena.ofConfined()) {
            Follower f = new Follower(image, arena);
            f.all();
            change(f, 5, 1);
            assertThat(f.tracker.scan()).isEqualTo(1);
            f.tracker.copy(0, f.message, 8);
            change(f, 5, 2);
            f.accept(1);
            assertThat(f.frame()).isEqualTo(1);
            f.assertSame();
        }
    }

    @Test
    void forgetsAll() {
        try (Image image = image(300);
                Arena arena = Arena.ofConfined()) {
            Follower f = new Follower(image, arena);
            f.frame();
            f.tracker.forget();
            assertThat(f.tracker.isAtStart()).isTrue();
            assertThat(f.frame() + f.frame()).isEqualTo(300);
        }
    }
}
