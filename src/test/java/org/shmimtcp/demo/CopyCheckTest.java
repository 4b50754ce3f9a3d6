package org.shmimtcp.demo;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
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
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Keywords;
import org.shmimtcp.image.Shape;
import org.shmimtcp.synthetic.CounterSource;
import org.shmimtcp.synthetic.FrameLoop;
import org.shmimtcp.synthetic.FrameStamp;
import org.shmimtcp.testing.Await;

/** A writer that makes every mistake that a copy can have. */
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

    private CopyCheck.Report checkAfter(long... numbers) {
        for (long n : numbers) {
            write(n);
            assertThat(check.checkNext(DEADLINE.toNanos())).isTrue();
        }
        return check.report();
    }

    @Test
    void aGoodCopy() {
        CopyCheck.Report report = checkAfter(1, 2, 3, 4);
        assertThat(report.good()).isEqualTo(4);
        assertThat(report.lastFrame()).isEqualTo(4);
        assertThat(report.lost() + report.unseen() + report.refused()).isZero();
        assertThat(report.isFaultless()).isTrue();
        assertThat(report.ageNs().getTotalCount()).isEqualTo(4);
        assertThat(report.ageNs().getMaxValue()).isBetween(1L, DEADLINE.toNanos());
    }

    @Test
    void nothingIsNotFaultless() {
        assertThat(check.checkNext(0)).isFalse();
        assertThat(check.report().isFaultless()).isFalse();
    }

    @Test
    void whatCameBeforeTheFirstFrameIsNotLost() {
        assertThat(checkAfter(1000, 1001).lost()).isZero();
    }

    @Test
    void aGap() {
        CopyCheck.Report report = checkAfter(1, 2, 6, 7);
        assertThat(report.lost()).isEqualTo(3);
        assertThat(report.good()).isEqualTo(4);
        assertThat(report.isFaultless()).as("a gap is counted, and no fault").isTrue();
    }

    @Test
    void aTornFrame() {
        checkAfter(1);
        frame.fill((byte) 0x55);
        write(2);
        image.pixels().set(JAVA_BYTE, 300, (byte) 1); // one byte of another frame
        check.checkNext(0);
        CopyCheck.Report report = checkAfter(3);
        assertThat(report.torn()).isEqualTo(1);
        assertThat(report.lost()).as("its number is missing").isEqualTo(1);
        assertThat(report.good()).isEqualTo(2);
        assertThat(report.isFaultless()).isFalse();
    }

    @Test
    void aWrongChecksum() {
        write(1, 1, 0);
        check.checkNext(0);
        assertThat(check.report().torn()).isEqualTo(1);
        assertThat(check.report().good()).isZero();
    }

    @Test
    void aRepeat() {
        CopyCheck.Report report = checkAfter(1, 2, 2, 3);
        assertThat(report.repeated()).isEqualTo(1);
        assertThat(report.good()).isEqualTo(3);
        assertThat(report.ageNs().getTotalCount()).as("not aged twice").isEqualTo(3);
        assertThat(report.isFaultless()).isFalse();
    }

    @Test
    void aJumpBack() {
        CopyCheck.Report report = checkAfter(1, 2, 3, 1, 2);
        assertThat(report.reordered()).isEqualTo(1);
        assertThat(report.lost()).isZero();
        assertThat(report.isFaultless()).isFalse();
    }

    @Test
    void framesThatThisCheckWasTooSlowFor() {
        checkAfter(1);
        write(2);
        write(3);
        CopyCheck.Report report = checkAfter(4);
        assertThat(report.lost()).isEqualTo(2);
        assertThat(report.unseen()).isEqualTo(2);
        assertThat(report.isFaultless()).isTrue();
    }

    @Test
    void noStamp() {
        try (Image plain =
                Image.create(
                        directory,
                        ImageSpec.of("plain", DataType.UINT8, Shape.of(4, 4)).withKeywords(2))) {
            CopyCheck unstamped = new CopyCheck(plain);
            plain.newWriter().publish(0, frame.asSlice(0, 16));
            assertThat(unstamped.checkNext(0)).isTrue();
            assertThat(unstamped.report().unstamped()).isEqualTo(1);
            assertThat(unstamped.report().isFaultless()).isFalse();
        }
    }

    @Test
    void aFrameThatIsNeverWhole() {
        checkAfter(1);
        writer.begin();
        writer.commit(0);
        writer.begin();
        assertThat(check.checkNext(1_000_000)).isFalse();
        assertThat(check.report().refused()).isEqualTo(1);
        writer.abort();
    }

    /** Age counts from when the frame was due. */
    @Test
    void ages() {
        write(1, 0, 5_000_000_000L);
        check.checkNext(0);
        assertThat(check.report().ageNs().getMaxValue()).isGreaterThan(4_990_000_000L);
        write(2, 0, -5_000_000_000L);
        check.checkNext(0);
        assertThat(check.report().ageNs().getMinNonZeroValue())
                .as("a time to come is no negative age")
                .isGreaterThan(4_990_000_000L);
        assertThat(check.report().ageNs().getTotalCount()).isEqualTo(2);
        assertThat(check.traffic().rest()).contains("torn=0 ", "p99.9_us=50", "max_us=50");
    }

    @Test
    void followsAStampedSource() throws InterruptedException {
        FrameLoop source =
                new FrameLoop(
                        image,
                        new CounterSource(),
                        new FrameLoop.Limits(2000, 3000, Long.MAX_VALUE),
                        new FrameStamp(image.keywords()));
        Thread checking = Thread.ofPlatform().name("check").start(check);
        Thread writing = Thread.ofPlatform().name("write").start(source);
        assertThat(writing.join(DEADLINE)).isTrue();
        Await.until(DEADLINE, "the last frame", () -> check.report().lastFrame() == 3000);
        check.stop();
        assertThat(checking.join(DEADLINE)).isTrue();

        CopyCheck.Report report = check.report();
        assertThat(report.isFaultless()).as("%s", report).isTrue();
        assertThat(report.good() + report.lost()).isLessThanOrEqualTo(3000);
        assertThat(report.lost()).as("no frame is lost on no way").isEqualTo(report.unseen());
    }

    @Test
    void allocatesNothing() {
        write(1);
        Keywords keywords = image.keywords();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long n = 1;
        long least = Long.MAX_VALUE;
        // The first rounds allocate while the compilers are at work.
        for (int round = 0; round < 20 && least > 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 20_000; i++) {
                writer.begin();
                keywords.setLong(frameSlot, ++n); // the same pixels, so the same checksum
                writer.commit(0);
                check.checkNext(0);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes in a round").isZero();
        assertThat(check.report().good()).isEqualTo(n - 1);
    }

    @Test
    void saysThatTheCopyWasReplaced() {
        directory.remove("x");
        assertThatThrownBy(check::run)
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("stream 'x' was replaced or removed");
    }

    @Test
    void givesItsSemaphoreBack() {
        int semaphore = 1;
        assertThat(image.readerPid(semaphore)).isEqualTo((int) ProcessHandle.current().pid());
        check.stop();
        check.run();
        assertThat(image.readerPid(semaphore)).isLessThanOrEqualTo(0);
    }
}
