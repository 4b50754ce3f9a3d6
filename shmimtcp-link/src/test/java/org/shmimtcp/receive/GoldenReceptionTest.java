package org.shmimtcp.receive;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageTables;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.testing.GoldenWire;
import org.shmimtcp.testing.Sender;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.MilkVariant;

/**
 * Receives what the C transmitter sent with the same result as the C receiver. Intended differences
 * are listed here, with reasons.
 */
class GoldenReceptionTest {
    private final ImageDirectory directory;
    private final ImageDirectory theirs;

    GoldenReceptionTest(@ShmDir Path path) throws IOException {
        directory = new ImageDirectory(Files.createDirectory(path.resolve("ours")));
        theirs = new ImageDirectory(Files.createDirectory(path.resolve("theirs")));
    }

    static List<GoldenWire> captures() {
        return GoldenWire.all();
    }

    /** Returns the intended differences: field, and its value in this receiver's copy. */
    private static Map<String, String> mended(GoldenWire golden) {
        return switch (golden.name()) {
            // The source's type is kept, which provides room for the slices' counters.
            case "circ-7x5x3-float-7" ->
                    Map.of("imagetype", "20001", "slice counters", "[7, 5, 6]");
            // The C transmitter repeats a frame for each accumulated post; it is published once.
            case "burst-7x5-uint16-8" -> Map.of("cnt0", "1", "semaphores", "1 x 10");
            case "circburst-7x5x4-uint8-6" ->
                    Map.of(
                            "imagetype",
                            "20001",
                            "slice counters",
                            "[1, 2, 0, 0]",
                            "cnt0",
                            "2",
                            "semaphores",
                            "2 x 10");
            // The source's ring is kept.
            case "cb4-7x5-int32-6" ->
                    Map.of("CBsize", "4", "CBindex", "2", "CBcycle", "1", "ring", "[4, 5, 6, 3]");
            default -> Map.of();
        };
    }

    /**
     * Returns the number of frames skipped, which the C receiver also reports, and of repeats,
     * which it publishes.
     */
    private static Map<String, Long> counters(GoldenWire golden) {
        long records = golden.records().size();
        return switch (golden.name()) {
            case "burst-7x5-uint16-8" -> Map.of("out", 1L, "skipped", 7L, "repeated", 7L);
            case "circburst-7x5x4-uint8-6" -> Map.of("out", 2L, "skipped", 4L, "repeated", 4L);
            default -> Map.of("out", records, "skipped", 0L, "repeated", 0L);
        };
    }

    @ParameterizedTest
    @MethodSource("captures")
    void isReceivedAsTheCReceiverDoes(GoldenWire golden) throws IOException {
        check(golden, golden.head(), golden.records());
    }

    @ParameterizedTest
    @MethodSource("captures")
    void isReceivedAsMilk2(GoldenWire golden) throws IOException {
        MilkRecord milk1 = golden.format();
        MilkRecord milk2 = milk1.as(MilkVariant.MILK2);
        List<byte[]> records =
                golden.records().stream().map(r -> convert(r, milk1, milk2)).toList();
        check(golden, golden.head(), records);
    }

    /** Returns the record in another variant. */
    private static byte[] convert(byte[] record, MilkRecord from, MilkRecord to) {
        byte[] converted = new byte[(int) to.bytes()];
        MemorySegment source = MemorySegment.ofArray(record);
        MemorySegment target = MemorySegment.ofArray(converted);
        MemorySegment.copy(source, 0, target, 0, from.pixelBytes());
        to.putCounters(target, from.cnt0(source), from.slice(source));
        MemorySegment.copy(
                source, from.keywordsOffset(), target, to.keywordsOffset(), to.keywordBytes());
        return converted;
    }

    private void check(GoldenWire golden, byte[] head, List<byte[]> records) throws IOException {
        String name = golden.spec().name();
        try (ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            sender.send(head);
            for (int i = 0; i < records.size(); i++) {
                sender.send(records.get(i));
                receiver.awaitRecords(i + 1);
            }
            try (Image ours = Image.open(directory, name);
                    Image copyOfC = copyOfC(golden)) {
                Map<String, String> expected = describe(copyOfC);
                expected.putAll(mended(golden));
                assertThat(describe(ours)).containsExactlyInAnyOrderEntriesOf(expected);
            }
            assertThat(
                            Map.of(
                                    "out", receiver.loop().traffic().out(),
                                    "skipped", receiver.loop().traffic().skipped(),
                                    "repeated", receiver.loop().count("repeated")))
                    .isEqualTo(counters(golden));
        }
    }

    /** Returns the whole contents of an image except for times, PIDs and inode. */
    private static Map<String, String> describe(Image image) throws IOException {
        MemorySegment head = image.head();
        Map<String, String> all = new LinkedHashMap<>();
        all.put("name", MetadataLayout.name(head));
        all.put("shape", image.spec().describe() + ", " + MetadataLayout.naxis(head) + " axes");
        all.put("imagetype", Long.toHexString(MetadataLayout.imagetype(head)));
        all.put("shared", "" + MetadataLayout.shared(head));
        all.put("location", "" + MetadataLayout.location(head));
        all.put("status", "" + MetadataLayout.status(head));
        all.put("flag", "" + MetadataLayout.flag(head));
        all.put("logflag", "" + MetadataLayout.logflag(head));
        all.put("sem", "" + MetadataLayout.sem(head));
        all.put("NBproctrace", "" + MetadataLayout.nbProcTrace(head));
        all.put("cnt0", "" + image.cnt0());
        all.put("cnt1", "" + image.cnt1());
        all.put("cnt2", "" + image.cnt2());
        all.put("write", "" + image.isWriting());
        all.put("NBkw", "" + MetadataLayout.nbKw(head));
        all.put("CBsize", "" + MetadataLayout.cbSize(head));
        all.put("CBindex", "" + MetadataLayout.cbIndex(head));
        all.put("CBcycle", "" + MetadataLayout.cbCycle(head));
        all.put("pixels", hex(image.pixels()));
        all.put("keywords", image.keywords().all().toString());
        all.put("semaphores", image.semaphoreValue(0) + " x " + image.spec().semaphores());
        for (int i = 1; i < image.spec().semaphores(); i++) {
            assertThat(image.semaphoreValue(i)).isEqualTo(image.semaphoreValue(0));
        }
        all.put(
                "slice counters",
                image.tables().slices().stream()
                        .map(ImageTables.SliceStamp::counter)
                        .toList()
                        .toString());
        all.put("ring", framesInRing(image).toString());
        return all;
    }

    /** Returns the frame numbers in the ring of an int32 image, in order of position. */
    private static List<Integer> framesInRing(Image image) throws IOException {
        MemorySegment file = GoldenWire.aligned(Files.readAllBytes(image.file()));
        return IntStream.range(0, image.spec().ringSize())
                .mapToLong(i -> image.layout().ringFrames() + i * image.spec().pixelBytes())
                .mapToObj(at -> file.get(JAVA_INT, at) / 1000)
                .toList();
    }

    private static String hex(MemorySegment bytes) {
        return HexFormat.of().formatHex(bytes.toArray(JAVA_BYTE));
    }

    /** milk built with DAO_COMPAT has 4112 bytes more in its head, which begins as ours does. */
    @ParameterizedTest
    @CsvSource({"MILK1, 0", "MILK1, 127", "MILK2, 0", "MILK2, 127"})
    void nothingIsPublishedAfterALongerHead(MilkVariant variant, int value) {
        GoldenWire golden = new GoldenWire("50x50-float-5");
        MilkRecord milk1 = golden.format();
        byte[] longer = new byte[4112];
        Arrays.fill(longer, (byte) value);
        try (ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            sender.send(golden.head()).send(longer);
            for (byte[] record : golden.records()) {
                sender.send(convert(record, milk1, milk1.as(variant)));
            }
            sender.awaitClosed(ReceiverHarness.SOON);
            assertThat(receiver.loop().traffic().out()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"50x50-float-5", "kw5-11x11-float-4"})
    void isReceivedAsMilk0WhereTold(String name) throws IOException {
        GoldenWire golden = new GoldenWire(name);
        MilkRecord milk0 = golden.format().as(MilkVariant.MILK0);
        try (ReceiverHarness receiver = new ReceiverHarness(directory, ReceiverHarness.milk0());
                Sender sender = new Sender(receiver.port())) {
            sender.send(golden.head());
            for (byte[] record : golden.records()) {
                sender.send(Arrays.copyOf(record, (int) milk0.bytes()));
            }
            receiver.awaitRecords(golden.records().size());
            try (Image ours = Image.open(directory, golden.spec().name());
                    Image copyOfC = copyOfC(golden)) {
                assertThat(ours.cnt0()).isEqualTo(golden.records().size());
                assertThat(hex(ours.pixels())).isEqualTo(hex(copyOfC.pixels()));
                assertThat(ours.keywords().all()).isEmpty();
                assertThat(ours.keywords().slots()).isEqualTo(golden.spec().keywordSlots());
            }
        }
    }

    /** Only its length marks the end of a record, so any split of the stream must be accepted. */
    @ParameterizedTest
    @MethodSource("captures")
    void isReceivedInAnyPieces(GoldenWire golden) throws IOException {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        byte[] all = golden.stream();
        try (ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            for (int at = 0; at < all.length; ) {
                int bytes = Math.min(all.length - at, 1 + random.nextInt(1 + all.length / 5));
                sender.send(Arrays.copyOfRange(all, at, at + bytes));
                at += bytes;
            }
            receiver.awaitRecords(golden.records().size());
            try (Image ours = Image.open(directory, golden.spec().name());
                    Image copyOfC = copyOfC(golden)) {
                assertThat(hex(ours.pixels()))
                        .as("pieces of seed %d", seed)
                        .isEqualTo(hex(copyOfC.pixels()));
            }
        }
    }

    private Image copyOfC(GoldenWire golden) throws IOException {
        Files.write(theirs.file(golden.spec().name()), golden.copy());
        return Image.open(theirs, golden.spec().name());
    }
}
