package org.shmimtcp.demo;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Keywords;
import org.shmimtcp.image.Shape;
import org.shmimtcp.synthetic.CounterSource;
import org.shmimtcp.synthetic.FrameLoop;
import org.shmimtcp.synthetic.FrameStamp;
import org.shmimtcp.testing.Allocation;

/** A writer that makes every error that a copy can have. */
class CopyCheckTest {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final ImageDirectory directory;
    private final Image image;
    private final FrameWriter writer;
    private final MemorySegment frame;
    private int frameSlot;
    private int timeSlot;
    private int crcSlot;
    private final CopyCheck check;

    CopyCheckTest(@TempDir Path path) {
        directory = new ImageDirectory(path);
        image = Image.create(directory, ImageSpec.of("x", DataType.UINT16, Shape.of(16, 16)));
        writer = image.newWriter();
        frame = Arena.ofAuto().allocate(image.spec().sliceBytes(), 64);
        check = new CopyCheck(image);
    }

    @BeforeEach
    void stamp() {
        Keywords keywords = image.keywords();
        keywords.put("GAIN", 0.5, "in the way");
        crcSlot = keywords.put(FrameStamp.CRC32C, 0L, "");
        frameSlot = keywords.put(FrameStamp.FRAME, 0L, "");
        timeSlot = keywords.put(FrameStamp.TIME_NS, 0L, "");
    }

    @AfterEach
    void close() {
        image.close();
    }

    private void write(long n) {
        write(n, 0, 0);
    }

    private void write(long n, long crcError, long ageNs) {
        frame.fill((byte) n);
        frame.set(JAVA_LONG, 0, n);
        CRC32C crc = new CRC32C();
        crc.update(frame.toArray(JAVA_BYTE));
        writer.begin();
        writer.writeSlice(0, frame, 0);
        image.keywords().setLong(frameSlot, n);
        image.keywords().setLong(timeSlot, System.nanoTime() - ageNs);
        image.keywords().setLong(crcSlot, crc.getValue() + crcError);
        writer.commit(0);
    }

    /** Writes and checks frames; returns the counts. */
    private String countsAfter(long... numbers) {
        for (long n : numbers) {
            write(n);
            assertThat(check.checkNext(DEADLINE.toNanos())).isTrue();
        }
        return check.counts();
    }

    @Test
    void aGoodCopy() {
        assertThat(countsAfter(1, 2, 3, 4))
                .isEqualTo("checked 4  lost 0  torn 0  reordered 0  repeated 0");
        assertThat(check.seen()).isEqualTo(4);
        assertThat(check.faults() + check.missed()).isZero();
    }

    @Test
    void nothingToCheck() {
        assertThat(check.checkNext(0)).isFalse();
        assertThat(check.seen()).isZero();
    }

    @Test
    void aGap() {
        assertThat(countsAfter(3, 4, 6)).contains("checked 3  lost 3 ");
        assertThat(check.faults()).as("a gap is counted, and no fault").isZero();
        assertThat(check.missed()).as("the copy never had them").isZero();
    }

    @Test
    void aTornFrame() {
        countsAfter(1);
        write(2);
        image.pixels().set(JAVA_BYTE, 300, (byte) 1); // one byte of another frame
        assertThat(check.checkNext(0)).isTrue();
        assertThat(countsAfter(3)).as("its number is missing").contains(" lost 1  torn 1 ");
        assertThat(check.faults()).isEqualTo(1);
    }

    @Test
    void aWrongChecksum() {
        write(1, 1, 0);
        check.checkNext(0);
        assertThat(check.counts()).contains(" torn 1 ");
    }

    @Test
    void aRepeat() {
        assertThat(countsAfter(1, 2, 2, 3)).contains(" lost 0 ", " repeated 1");
        assertThat(check.faults()).isEqualTo(1);
    }

    @Test
    void aJumpBack() {
        assertThat(countsAfter(1, 2, 3, 2, 4)).contains(" lost 0 ", " reordered 1 ");
        assertThat(check.faults()).isEqualTo(1);
    }

    @Test
    void framesThatThisCheckWasTooSlowFor() {
        countsAfter(1);
        write(2);
        write(3);
        assertThat(countsAfter(4)).contains(" lost 2 ");
        assertThat(check.missed()).isEqualTo(2);
        assertThat(check.faults()).isZero();
    }

    @Test
    void aFrameThatIsNeverWholeIsNoFrame() {
        countsAfter(1);
        writer.begin();
        writer.commit(0);
        writer.begin();
        assertThat(check.checkNext(1_000_000)).isFalse();
        writer.abort();
        assertThat(check.seen()).isEqualTo(1);
    }

    @Test
    void saysThatThereIsNoStamp() {
        try (Image plain =
                        Image.create(
                                directory,
                                ImageSpec.of("plain", DataType.UINT8, Shape.of(4, 4))
                                        .withKeywords(2));
                CopyCheck unstamped = new CopyCheck(plain)) {
            plain.newWriter().publish(0, frame.asSlice(0, 16));
            assertThatThrownBy(() -> unstamped.checkNext(0))
                    .hasMessageContaining("no keyword FRAME");
        }
    }

    /** The age counts from the time when the frame was due; a frame due in the future has age 0. */
    @Test
    void ages() {
        write(1, 0, 5_000_000_000L);
        check.checkNext(0);
        assertThat(check.ages()).startsWith("age p50 500").contains("  max 500");
        for (long n = 2; n < 10; n++) {
            write(n, 0, -5_000_000_000L);
            check.checkNext(0);
        }
        assertThat(check.ages()).startsWith("age p50 0 us").contains("  max 500");
    }

    @Test
    void followsAStampedSource() throws InterruptedException {
        FrameLoop source =
                new FrameLoop(
                        image,
                        new CounterSource(),
                        new FrameLoop.Limits(2000, 1000, Long.MAX_VALUE),
                        new FrameStamp(image.keywords()));
        Thread writing = Thread.ofPlatform().name("write").start(source);
        boolean more;
        do {
            boolean writes =
                    writing.isAlive(); // before checkNext(), which may be at the last frame
            more = check.checkNext(50_000_000) || writes;
        } while (more);
        assertThat(writing.join(DEADLINE)).isTrue();
        assertThat(check.faults()).as(check.counts()).isZero();
        assertThat(check.seen() + check.missed()).isLessThanOrEqualTo(1000);
        assertThat(check.counts())
                .as("no frame is lost on no way")
                .contains(" lost " + (1000 - check.seen()) + " ");
    }

    @Test
    void allocatesNothing() {
        write(1);
        Keywords keywords = image.keywords();
        long first = image.cnt0();
        Allocation.awaitNone(() -> {
            for (int i = 0; i < 20_000; i++) {
                writer.begin();
                // The pixels stay, and so does their checksum.
                keywords.setLong(frameSlot, image.cnt0() + 1);
                writer.commit(0);
                check.checkNext(0);
            }
        });
        assertThat(check.seen()).isEqualTo(image.cnt0() - first);
    }

    @Test
    void givesItsSemaphoreBack() {
        assertThat(image.readerPid(1)).isEqualTo((int) ProcessHandle.current().pid());
        check.close();
        assertThat(image.readerPid(1)).isLessThanOrEqualTo(0);
    }
}
