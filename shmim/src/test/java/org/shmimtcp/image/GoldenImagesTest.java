package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmimtcp.posix.Semaphores;
import org.shmimtcp.testing.ShmDir;

/** Every image that the C library wrote is read correctly. */
class GoldenImagesTest {
    private final ImageDirectory directory;

    GoldenImagesTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    static List<GoldenImage> images() {
        return GoldenImage.all().toList();
    }

    private Image open(GoldenImage golden) {
        return Image.open(directory, golden.copyTo(directory.path()).name());
    }

    @ParameterizedTest
    @MethodSource("images")
    void hasAllThatItsMakerNoted(GoldenImage golden) {
        try (Image image = open(golden)) {
            Map<String, String> read = new LinkedHashMap<>();
            read.put("file", image.file().getFileName().toString());
            putHead(read, image.head());
            putOffsets(read, image);
            putTimes(read, image);
            read.put("creatorPID", text(MetadataLayout.creatorPid(image.head())));
            read.put("sem0_value", text(image.semaphoreValue(0)));
            long logSemaphore = image.layout().logSemaphore();
            read.put("semlog_value", text(Semaphores.value(image.memory(), logSemaphore)));
            read.put("inode", text(MetadataLayout.inode(image.head())));
            read.put("location", text(MetadataLayout.location(image.head())));
            read.put("pattern", golden.text("pattern")); // checked in the next test
            assertThat(read).containsExactlyInAnyOrderEntriesOf(golden.columns());
        }
    }

    private static void putHead(Map<String, String> read, MemorySegment head) {
        read.put("version", MetadataLayout.version(head));
        read.put("datatype", text(MetadataLayout.datatype(head)));
        read.put("naxis", text(MetadataLayout.naxis(head)));
        for (int axis = 0; axis < 3; axis++) {
            read.put("size" + axis, text(MetadataLayout.size(head, axis)));
        }
        read.put("imagetype", "0x" + Long.toHexString(MetadataLayout.imagetype(head)));
        read.put("NBkw", text(MetadataLayout.nbKw(head)));
        read.put("CBsize", text(MetadataLayout.cbSize(head)));
        read.put("sem", text(MetadataLayout.sem(head)));
        read.put("NBproctrace", text(MetadataLayout.nbProcTrace(head)));
        read.put("shared", text(MetadataLayout.shared(head)));
        read.put("cnt0", text(MetadataLayout.cnt0Acquire(head)));
        read.put("cnt1", text(MetadataLayout.cnt1Acquire(head)));
        read.put("write", MetadataLayout.isWritingAcquire(head) ? "1" : "0");
        read.put("nelement", text(MetadataLayout.nelement(head)));
        read.put("imdatamemsize", text(MetadataLayout.imdatamemsize(head)));
        read.put("CBindex", text(MetadataLayout.cbIndex(head)));
        read.put("CBcycle", text(MetadataLayout.cbCycle(head)));
    }

    private static void putOffsets(Map<String, String> read, Image image) {
        ImageLayout layout = image.layout();
        ImageSpec spec = image.spec();
        long countBytes = (4L * spec.semaphores() + 7) & -8;
        boolean arrays = ImageType.hasSliceArrays(spec.imageType());
        read.put("memsize", text(layout.fileBytes()));
        read.put("off_array", text(layout.pixels()));
        read.put("off_kw", text(layout.keywordsOffset()));
        read.put("off_semfile", text(layout.semaphores()));
        read.put("off_semlog", text(layout.logSemaphore()));
        read.put("off_semReadPID", text(layout.readerPids()));
        read.put("off_semWritePID", text(layout.writerPids()));
        read.put("off_semctrl", text(layout.writerPids() + countBytes));
        read.put("off_semstatus", text(layout.writerPids() + 2 * countBytes));
        read.put("off_streamproctrace", text(layout.processTraces()));
        read.put("off_atimearray", text(arrays ? layout.acquisitionTimes() : -1));
        read.put("off_writetimearray", text(arrays ? layout.writeTimes() : -1));
        read.put("off_cntarray", text(arrays ? layout.counters() : -1));
        long ringMetadataBytes = (long) ImageLayout.RING_METADATA_BYTES * spec.ringSize();
        read.put("off_CircBuff_md", text(layout.ringFrames() - ringMetadataBytes));
        read.put("off_CBimdata", text(spec.ringSize() > 0 ? layout.ringFrames() : -1));
    }

    private static void putTimes(Map<String, String> read, Image image) {
        read.put("creationtime", text(image.created()));
        read.put("atime", text(image.acquired()));
        read.put("writetime", text(image.written()));
    }

    private static String text(long number) {
        return Long.toString(number);
    }

    private static String text(Instant time) {
        return "%d.%09d".formatted(time.getEpochSecond(), time.getNano());
    }

    @ParameterizedTest
    @MethodSource("images")
    void hasThePixelsOfTheFormula(GoldenImage golden) {
        try (Image image = open(golden)) {
            assertThat(image.pixels().toArray(JAVA_BYTE))
                    .isEqualTo(golden.expectedPixels().toArray(JAVA_BYTE));
        }
    }

    @ParameterizedTest
    @MethodSource("images")
    void hasItsSemaphores(GoldenImage golden) {
        int value = (int) Math.min(10, golden.number("cnt0"));
        int writer = value == 0 ? -1 : (int) golden.number("creatorPID");
        try (Image image = open(golden)) {
            IntStream.range(0, (int) golden.number("sem"))
                    .forEach(i -> {
                        assertThat(image.semaphoreValue(i)).as("value %d", i).isEqualTo(value);
                        assertThat(image.readerPid(i)).as("reader %d", i).isEqualTo(-1);
                        assertThat(image.writerPid(i)).as("writer %d", i).isEqualTo(writer);
                    });
        }
    }

    @Test
    void keywordsOfAllTypesAndFullFields() {
        try (Image image = open(GoldenImage.named("g_kw5"))) {
            assertThat(image.keywords().slots()).isEqualTo(5);
            assertThat(image.keywords().get(4)).isEmpty();
            assertThat(image.keywords().all())
                    .containsExactly(
                            new Keyword("LONGKW", -1234567890123L, 3, "a long keyword"),
                            new Keyword("DBLKW", 3.14159265358979, 0, "a double keyword"),
                            new Keyword("STRKW", "hello", 0, "a string keyword"),
                            new Keyword("SIXTEENCHARNAME!", "0123456789abcdef", 0, "c".repeat(80)));
        }
    }

    @Test
    void slicesOfACircularImageHaveTimesAndCounters() {
        try (Image image = open(GoldenImage.named("g_circ"))) {
            int[] updateOfSlice = {3, 1, 2};
            for (int slice = 0; slice < 3; slice++) {
                int f = updateOfSlice[slice];
                MemorySegment memory = image.memory();
                ImageLayout at = image.layout();
                assertThat(memory.get(JAVA_LONG, at.counters() + 8L * slice)).isEqualTo(f + 1);
                assertThat(memory.get(JAVA_LONG, at.acquisitionTimes() + 16L * slice))
                        .isEqualTo(1700000000L + f);
                assertThat(memory.get(JAVA_LONG, at.acquisitionTimes() + 16L * slice + 8))
                        .isEqualTo(f);
                assertThat(memory.get(JAVA_LONG, at.writeTimes() + 16L * slice))
                        .isEqualTo(1700000100L + f);
                assertThat(memory.get(JAVA_LONG, at.writeTimes() + 16L * slice + 8))
                        .isEqualTo(f + 7);
            }
        }
    }

    @Test
    void timesOfASliceCountForItsFrameAlone() {
        try (Image image = open(GoldenImage.named("g_circ"))) {
            FrameTimes times = new FrameTimes(image);
            times.read(4, 0, false); // frame 4 is in slice 0
            assertThat(times.acquiredSeconds()).isEqualTo(1700000003L);
            assertThat(times.acquiredNanos()).isEqualTo(3);
            assertThat(times.acquiredNs()).isEqualTo(1700000003_000000003L);
            assertThat(times.writtenNs()).isEqualTo(1700000103_000000010L);
            times.read(1, 0, false); // it was there before
            assertThat(times.acquiredSeconds()).isZero();
            assertThat(times.writtenNs()).isZero();
        }
        try (Image image = open(GoldenImage.named("g_cb4"))) {
            FrameTimes times = new FrameTimes(image);
            times.read(image.cnt0() - 1, 0, false); // no times for past frames of a ring
            assertThat(times.acquiredNs()).isZero();
            times.read(image.cnt0(), 0, true);
            assertThat(times.writtenNs())
                    .isEqualTo(ChronoUnit.NANOS.between(Instant.EPOCH, image.written()));
        }
    }

    @Test
    void ringHoldsTheNewestFrames() {
        GoldenImage golden = GoldenImage.named("g_cb4");
        try (Image image = open(golden)) {
            int[] updateInPlace = {3, 4, 5, 2};
            for (int place = 0; place < 4; place++) {
                MemorySegment expected = MemorySegment.ofArray(new byte[140]);
                for (int i = 0; i < 35; i++) {
                    golden.putPixel(expected, 4L * i, i, updateInPlace[place]);
                }
                MemorySegment frame =
                        image.memory().asSlice(image.layout().ringFrames() + 140L * place, 140);
                assertThat(frame.mismatch(expected)).as("place %d", place).isEqualTo(-1);
            }
        }
    }

    @Test
    void processTracesAreUnused() {
        try (Image image = open(GoldenImage.named("dm01disp03"))) {
            for (int i = 0; i < 10; i++) {
                long trace = image.layout().processTraces() + 64L * i;
                assertThat(image.memory().get(JAVA_INT, trace + ProcessTraceLayout.SEMAPHORE))
                        .isEqualTo(-1);
            }
        }
    }
}
