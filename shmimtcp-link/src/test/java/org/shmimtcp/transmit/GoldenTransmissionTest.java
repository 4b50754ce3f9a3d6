package org.shmimtcp.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.testing.GoldenWire;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.Sink;
import org.shmimtcp.wire.MilkHead;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.MilkVariant;

/** From the same frames, this transmitter sends the same bytes as the C transmitter. */
class GoldenTransmissionTest {
    private static final int KEYWORD_BYTES = 128;
    private static final int KEYWORD_VALUE = 24;
    private static final int KEYWORD_COUNTER = 40;

    private final ImageDirectory directory;

    GoldenTransmissionTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    /** Returns the captures of frames published one by one; bursts have tests of their own. */
    static List<Arguments> captures() {
        return GoldenWire.all().stream()
                .filter(golden -> !golden.name().contains("burst"))
                .flatMap(golden ->
                        Arrays.stream(MilkVariant.values())
                                .filter(MilkVariant::hasKeywords)
                                .filter(variant -> variant.prefixBytes() == 0)
                                .map(variant -> Arguments.of(golden, variant)))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("captures")
    void putsTheSameBytesOnTheWire(GoldenWire golden, MilkVariant variant) {
        List<byte[]> theirs = golden.records();
        MilkRecord milk1 = golden.format();
        MilkRecord format = milk1.as(variant);
        try (Image source = Image.create(directory, golden.spec());
                Sink sink = new Sink()) {
            byte[] table = keywordTable(golden);
            try (RunningLoop loop = RunningLoop.start(transmitter(source, sink, variant))) {
                sink.accept();
                assertThat(timeless(sink.read(MilkHead.BYTES))).isEqualTo(timeless(golden.head()));
                awaitPumping(loop);
                FrameWriter writer = source.newWriter();
                for (int frame = 1; frame <= theirs.size(); frame++) {
                    publish(golden, source, writer, table, frame);
                    byte[] ours = sink.read(format.bytes());
                    byte[] expected = convert(theirs.get(frame - 1), milk1, format);
                    assertThat(ours).as("record %d", frame).isEqualTo(expected);
                }
            }
        }
    }

    /** The C transmitter sends the newest frame again for each accumulated post: eight times. */
    @Test
    void sendsEachFrameOfABurstOnceAtMost() {
        GoldenWire golden = new GoldenWire("burst-7x5-uint16-8");
        List<Long> sent = burst(golden, 8, 50);
        assertThat(sent).isSorted().doesNotHaveDuplicates().contains(8L * 50);
    }

    /**
     * A burst that still fits into the ring of slices loses nothing. A slice that the writer may be
     * writing is not sent.
     */
    @Test
    void catchesUpWithACircularSource() {
        GoldenWire golden = new GoldenWire("circburst-7x5x4-uint8-6");
        List<Long> sent = burst(golden, 3, 100);
        assertThat(sent).isEqualTo(LongStream.rangeClosed(1, 300).boxed().toList());
    }

    @Test
    void sendsNoFrameOfALongCircularBurstTwice() {
        GoldenWire golden = new GoldenWire("circburst-7x5x4-uint8-6");
        List<Long> sent = burst(golden, 6, 50);
        assertThat(sent).isSorted().doesNotHaveDuplicates().contains(6L * 50);
    }

    /**
     * Publishes bursts and reads the records of each; their pixels must match their counters.
     *
     * @return the counters received
     */
    private List<Long> burst(GoldenWire golden, int frames, int bursts) {
        MilkRecord format = golden.format();
        List<Long> counters = new ArrayList<>();
        try (Image source = Image.create(directory, golden.spec());
                Sink sink = new Sink();
                RunningLoop loop =
                        RunningLoop.start(transmitter(source, sink, MilkVariant.MILK1))) {
            sink.accept().read(MilkHead.BYTES);
            awaitPumping(loop);
            FrameWriter writer = source.newWriter();
            for (int burst = 0; burst < bursts; burst++) {
                for (int i = 1; i <= frames; i++) {
                    publish(golden, source, writer, new byte[0], burst * frames + i);
                }
                while (counters.isEmpty() || counters.getLast() < source.cnt0()) {
                    counters.add(checked(golden, format, sink.read(format.bytes())));
                }
            }
            loop.awaitIn((long) frames * bursts);
            assertThat(loop.traffic().out()).isEqualTo(counters.size());
        }
        return counters;
    }

    private static long checked(GoldenWire golden, MilkRecord format, byte[] bytes) {
        MemorySegment record = MemorySegment.ofArray(bytes);
        long cnt0 = format.cnt0(record);
        assertThat(format.slice(record)).isEqualTo((int) ((cnt0 - 1) % format.slices()));
        assertThat(Sink.part(bytes, 0, format.pixelBytes()))
                .as("pixels of frame %d", cnt0)
                .isEqualTo(pixels(golden, (int) format.pixelBytes(), (int) cnt0));
        return cnt0;
    }

    private static byte[] pixels(GoldenWire golden, int bytes, int frame) {
        byte[] pixels = new byte[bytes];
        golden.fill(MemorySegment.ofArray(pixels), frame);
        return pixels;
    }

    private Transmitter transmitter(Image source, Sink sink, MilkVariant variant) {
        return TransmitterHarness.of(directory, source.name(), sink.port(), variant);
    }

    private static void awaitPumping(RunningLoop loop) {
        TransmitterHarness.awaitConnections(loop, 1);
    }

    /** Publishes as the program did from which the captures were made. */
    private static void publish(
            GoldenWire golden, Image source, FrameWriter writer, byte[] table, int frame) {
        ImageSpec spec = source.spec();
        boolean wholeCube = spec.shape().slices() > 1 && !spec.isCircular();
        int slice = spec.isCircular() ? (frame - 1) % spec.shape().slices() : 0;
        try (Arena arena = Arena.ofConfined()) {
            writer.begin();
            MemorySegment pixels =
                    arena.allocate(wholeCube ? spec.pixelBytes() : spec.sliceBytes(), 8);
            golden.fill(pixels, frame);
            for (int z = 0; z < pixels.byteSize() / spec.sliceBytes(); z++) {
                writer.writeSlice(slice + z, pixels, z * spec.sliceBytes());
            }
            if (table.length > 0) {
                ByteBuffer.wrap(table)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(KEYWORD_VALUE, frame)
                        .putLong(KEYWORD_COUNTER, frame);
                writer.writeKeywords(spec.keywordSlots(), MemorySegment.ofArray(table), 0);
            }
            writer.commit(slice);
        }
    }

    /**
     * Returns the keyword table as the C library left it after the last frame; the first keyword is
     * the frame number.
     */
    private static byte[] keywordTable(GoldenWire golden) {
        long after = MilkHead.BYTES + (golden.spec().pixelBytes() + 7) / 8 * 8;
        return Sink.part(
                golden.source(), after, (long) KEYWORD_BYTES * golden.spec().keywordSlots());
    }

    /** Returns a head without times, PIDs and inode. */
    private static byte[] timeless(byte[] head) {
        byte[] copy = head.clone();
        Arrays.fill(copy, 152, 224, (byte) 0); // four times, two PIDs
        Arrays.fill(copy, 232, 240, (byte) 0); // inode
        return copy;
    }

    private static byte[] convert(byte[] record, MilkRecord from, MilkRecord to) {
        ByteBuffer converted = ByteBuffer.allocate((int) to.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        converted.put(record, 0, (int) from.pixelBytes());
        if (to.variant() == MilkVariant.MILK2) {
            converted.putLong(0x12341234ffL);
        }
        return converted.put(record, (int) from.pixelBytes(), converted.remaining()).array();
    }
}
