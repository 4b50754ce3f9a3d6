package org.shmimtcp.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.Sink;
import org.shmimtcp.wire.MilkVariant;

/** Frames for receivers of 2026. Offsets and numbers are those of docs/protocol.md. */
class Milk3TransmissionTest {
    private static final int PREFIX = 416;
    private static final int PIXELS = 7 * 5 * 2;
    private static final int KEYWORDS = 3;
    private static final int KEYWORD_BYTES = 128;
    private static final int KEYWORD_VALUE = 24;
    private static final long MAGIC = 0x12341234FFL;

    private final ImageDirectory directory;

    Milk3TransmissionTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    private static ByteBuffer read(Sink sink, int bytes) {
        return ByteBuffer.wrap(sink.read(bytes)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static MemorySegment frame(int value) {
        byte[] pixels = new byte[PIXELS];
        Arrays.fill(pixels, (byte) value);
        return MemorySegment.ofArray(pixels);
    }

    @Test
    void eachFrameBringsItsMetadataPixelsAndKeywords() {
        ImageSpec spec =
                ImageSpec.of("cam", DataType.UINT16, Shape.of(7, 5)).withKeywords(KEYWORDS);
        try (Image source = Image.create(directory, spec);
                Sink sink = new Sink()) {
            FrameWriter writer = source.newWriter();
            writer.publish(0, frame(1)); // published before the start, so sent first
            var transmitter =
                    TransmitterHarness.of(directory, "cam", sink.port(), MilkVariant.MILK3);
            try (RunningLoop loop = RunningLoop.start(transmitter)) {
                sink.accept();
                for (int i = 1; i <= 5; i++) {
                    ByteBuffer got = read(sink, PREFIX + PIXELS + KEYWORDS * KEYWORD_BYTES);
                    assertThat(got.getLong(0)).as("magic").isEqualTo(MAGIC);
                    assertThat(got.getLong(8)).as("cnt0").isEqualTo(i);
                    assertThat(got.getLong(16)).as("slice").isZero();
                    assertThat(got.getLong(24)).as("slots").isEqualTo(KEYWORDS);
                    assertMetadata(got, i, source);
                    byte[] pixels = bytes(got, PREFIX, PIXELS);
                    assertThat(pixels).containsOnly(i);
                    int second = PREFIX + PIXELS + KEYWORD_BYTES;
                    assertThat(got.getLong(second + KEYWORD_VALUE)).isEqualTo(i == 1 ? 0 : i);
                    source.keywords().setLong(1, i + 1L);
                    writer.publish(0, frame(i + 1));
                }
                assertThat(loop.count("connections")).isEqualTo(1);
            }
        }
    }

    private static byte[] bytes(ByteBuffer from, int offset, int count) {
        byte[] bytes = new byte[count];
        from.get(offset, bytes);
        return bytes;
    }

    private static void assertMetadata(ByteBuffer got, int cnt0, Image source) {
        byte[] head = bytes(got, 32, PREFIX - 32);
        ByteBuffer metadata = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(metadata.getInt(0)).as("version 2.00").isEqualTo(0x30302e32);
        assertThat(Arrays.copyOfRange(head, 32, 36)).isEqualTo(new byte[] {'c', 'a', 'm', 0});
        assertThat(metadata.get(112)).as("naxis").isEqualTo((byte) 2);
        assertThat(metadata.getInt(116)).isEqualTo(7);
        assertThat(metadata.getInt(120)).isEqualTo(5);
        assertThat(metadata.get(136)).as("datatype").isEqualTo((byte) 3);
        assertThat(metadata.getLong(264)).as("cnt0").isEqualTo(cnt0);
        assertThat(metadata.get(288)).as("write").isZero();
        assertThat(metadata.getShort(290)).as("NBkw").isEqualTo((short) KEYWORDS);
        assertThat(metadata.getLong(312)).as("imdatamemsize").isEqualTo(PIXELS);
        long nowS = System.currentTimeMillis() / 1000;
        assertThat(metadata.getLong(184)).as("atime").isBetween(nowS - 100, nowS + 100);
        assertThat(source.cnt0()).isGreaterThanOrEqualTo(cnt0);
    }

    @Test
    void slicesOfACircularStreamComeInTheirOrder() {
        ImageSpec spec =
                ImageSpec.of("cam", DataType.UINT16, Shape.of(7, 5, 4))
                        .withImageType(ImageType.CIRCULAR | ImageType.AXIS_TEMPORAL)
                        .withKeywords(0);
        try (Image source = Image.create(directory, spec);
                Sink sink = new Sink()) {
            FrameWriter writer = source.newWriter();
            writer.publish(0, frame(1));
            var transmitter =
                    TransmitterHarness.of(directory, "cam", sink.port(), MilkVariant.MILK3);
            try (RunningLoop loop = RunningLoop.start(transmitter)) {
                sink.accept();
                for (int i = 1; i <= 9; i++) {
                    ByteBuffer got = read(sink, PREFIX + PIXELS);
                    assertThat(got.getLong(8)).as("cnt0").isEqualTo(i);
                    assertThat(got.getLong(16)).as("slice").isEqualTo((i - 1) % 4);
                    assertThat(got.get(PREFIX + PIXELS - 1)).isEqualTo((byte) i);
                    writer.publish(i % 4, frame(i + 1));
                }
                assertThat(loop.isAlive()).isTrue();
            }
        }
    }

    /** The receiver of 2026 drops milk2 records without the magic number. */
    @ParameterizedTest
    @CsvSource({"0, 1, 20000", "3, 1, 20000", "0, 4, 5000", "3, 4, 5000"})
    void noRecordOfMilk2LacksItsMagicNumber(int keywords, int slices, int frames)
            throws InterruptedException {
        Shape shape = slices == 1 ? Shape.of(7, 5) : Shape.of(7, 5, slices);
        ImageSpec spec =
                ImageSpec.of("cam", DataType.UINT16, shape)
                        .withImageType(
                                slices == 1
                                        ? ImageType.AXIS_TEMPORAL
                                        : ImageType.CIRCULAR | ImageType.AXIS_TEMPORAL)
                        .withKeywords(keywords);
        try (Image source = Image.create(directory, spec);
                Sink sink = new Sink()) {
            FrameWriter writer = source.newWriter();
            var transmitter =
                    TransmitterHarness.of(directory, "cam", sink.port(), MilkVariant.MILK2);
            try (RunningLoop loop = RunningLoop.start(transmitter)) {
                sink.accept().read(384);
                TransmitterHarness.awaitConnections(loop, 1);
                Thread busy =
                        Thread.ofPlatform()
                                .start(() -> {
                                    for (int i = 1; i <= frames; i++) {
                                        writer.publish(i % slices, frame(i));
                                    }
                                });
                long cnt0 = 0;
                for (int n = 0; cnt0 < frames; n++) {
                    ByteBuffer got = read(sink, PIXELS + 24 + KEYWORD_BYTES * keywords);
                    assertThat(got.getLong(PIXELS)).isEqualTo(MAGIC);
                    assertThat(got.getLong(PIXELS + 8)).isGreaterThan(cnt0);
                    cnt0 = got.getLong(PIXELS + 8);
                    assertThat(got.getLong(PIXELS + 16)).isEqualTo(cnt0 % slices);
                    assertThat(got.get(0)).isEqualTo((byte) cnt0);
                    if (n == 100) {
                        busy.join(); // what was not read meanwhile fills the socket's buffers
                    }
                }
                busy.join();
            }
        }
    }
}
