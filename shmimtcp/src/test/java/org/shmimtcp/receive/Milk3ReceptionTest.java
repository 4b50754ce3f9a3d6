package org.shmimtcp.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.CapturedErr;
import org.shmimtcp.testing.GoldenWire;
import org.shmimtcp.testing.HostileHead;
import org.shmimtcp.testing.Milk3Frames;
import org.shmimtcp.testing.Sender;
import org.shmimtcp.testing.ShmDir;

/** What milk of 2026 may send, and what is refused. */
class Milk3ReceptionTest {
    private static final GoldenWire KEYWORDS = new GoldenWire("kw5-11x11-float-4");
    private static final GoldenWire CIRCULAR = new GoldenWire("circ-7x5x3-float-7");
    private static final int PIXELS = 11 * 11 * 4;
    private static final int NAME = 32;
    private static final int SIZE = 116;
    private static final int NELEMENT = 128;
    private static final int NBKW = 290;
    private static final int IMDATAMEMSIZE = 312;

    private final ImageDirectory directory;

    Milk3ReceptionTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    static List<GoldenWire> captures() {
        return GoldenWire.all().stream().filter(g -> !g.name().contains("burst")).toList();
    }

    private static byte[] pixels(Image image) {
        long at = 384;
        return image.memory().asSlice(at, image.spec().pixelBytes()).toArray(ValueLayout.JAVA_BYTE);
    }

    @ParameterizedTest
    @MethodSource("captures")
    void isRecognisedAndPublishedAsMilk1Is(GoldenWire golden) {
        Milk3Frames frames = new Milk3Frames(golden);
        int count = golden.records().size();
        try (ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            for (int i = 1; i <= count; i++) {
                sender.send(frames.frame(i, i));
                receiver.awaitRecords(i);
            }
            try (Image ours = Image.open(directory, golden.spec().name())) {
                int pixelBytes = (int) ours.spec().pixelBytes();
                byte[] theirs = golden.copy();
                // The C receiver made this file from the same records.
                assertThat(pixels(ours))
                        .isEqualTo(Arrays.copyOfRange(theirs, 384, 384 + pixelBytes));
                assertThat(ours.cnt0()).isEqualTo(count);
                assertThat(MetadataLayout.acquiredSeconds(ours.head()))
                        .isEqualTo(1_700_000_000L + count);
                assertThat(MetadataLayout.acquiredNanos(ours.head())).isEqualTo(500 + count);
                if (golden.equals(KEYWORDS)) {
                    assertThat(ours.keywords().slots()).isEqualTo(5);
                }
            }
            assertThat(receiver.loop().count("damaged")).isZero();
        }
    }

    @Test
    void arrivesInPiecesOfAnyLength() {
        byte[] frame = new Milk3Frames(KEYWORDS).frame(1, 1);
        try (ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            int at = 0;
            for (int piece = 1; at < frame.length; piece += 2) {
                int end = Math.min(frame.length, at + piece);
                sender.send(Arrays.copyOfRange(frame, at, end));
                at = end;
            }
            receiver.awaitRecords(1);
            sender.send(new Milk3Frames(KEYWORDS).frame(2, 4));
            receiver.awaitRecords(2);
            assertThat(receiver.loop().traffic().skipped()).isEqualTo(2);
        }
    }

    @Test
    void takesFramesWithoutTheKeywordsThatTheStreamHas() {
        try (ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            sender.send(new Milk3Frames(KEYWORDS).plain(1, PIXELS, 7));
            receiver.awaitRecords(1);
            try (Image copy = Image.open(directory, "kw5im")) {
                assertThat(pixels(copy)).containsOnly(7);
                assertThat(copy.spec().keywordSlots()).isEqualTo(5);
            }
        }
    }

    /** Returns the stream with 5 x 11 floats. */
    private static Milk3Frames narrow(Milk3Frames wide) {
        return wide.with(
                head -> head.putInt(SIZE, 5).putLong(NELEMENT, 55).putLong(IMDATAMEMSIZE, 220));
    }

    /** A source re-created with another size continues on the same connection. */
    @Test
    void aChangedSizeIsANewStream() {
        Milk3Frames wide = new Milk3Frames(KEYWORDS);
        Milk3Frames narrow = narrow(wide);
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            // In one write: no byte of the next stream may be taken for one of this stream.
            sender.send(join(wide.plain(1, PIXELS, 1), narrow.plain(1, 220, 2)));
            receiver.awaitRecords(2);
            try (Image copy = Image.open(directory, "kw5im")) {
                assertThat(copy.spec().describe()).isEqualTo("5x11 f32");
                assertThat(pixels(copy)).containsOnly(2);
            }
            sender.send(join(narrow.plain(2, 220, 3), wide.plain(5, PIXELS, 4)));
            receiver.awaitRecords(4);
            try (Image copy = Image.open(directory, "kw5im")) {
                assertThat(copy.spec().describe()).isEqualTo("11x11 f32");
                assertThat(pixels(copy)).containsOnly(4);
            }
            assertThat(receiver.loop().count("damaged")).isZero();
            assertThat(err.lines()).anyMatch(line -> line.contains("sends 'kw5im', 5x11 f32"));
        }
    }

    @Test
    void aChangedNameIsANewStream() {
        Milk3Frames one = new Milk3Frames(KEYWORDS);
        Milk3Frames other = one.with(head -> head.put(NAME, (byte) 'x'));
        try (ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            sender.send(join(one.plain(1, PIXELS, 1), other.plain(1, PIXELS, 2)));
            receiver.awaitRecords(2);
            try (Image first = Image.open(directory, "kw5im");
                    Image second = Image.open(directory, "xw5im")) {
                assertThat(pixels(first)).containsOnly(1);
                assertThat(pixels(second)).containsOnly(2);
            }
        }
    }

    static byte[] join(byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(p -> p.length).sum();
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 415, 416, 417, 900, 5000})
    void searchesTheNextMagicCountsAndLogs(int strayBytes) {
        Milk3Frames frames = new Milk3Frames(KEYWORDS);
        byte[] stray = new byte[strayBytes];
        Arrays.fill(stray, (byte) 0x34); // the middle bytes of a magic number, repeated
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            byte[] inStep = join(frames.plain(1, PIXELS, 1), frames.plain(2, PIXELS, 2));
            sender.send(join(inStep, stray, frames.plain(3, PIXELS, 3)));
            receiver.awaitRecords(3);
            try (Image copy = Image.open(directory, "kw5im")) {
                assertThat(pixels(copy)).containsOnly(3);
                assertThat(copy.cnt0()).isEqualTo(3);
            }
            assertThat(receiver.loop().count("damaged")).isEqualTo(1);
            assertThat(receiver.loop().count("connections")).isEqualTo(1);
            assertThat(err.lines())
                    .anyMatch(line -> line.contains("magic number is missing behind a frame;"))
                    .anyMatch(line ->
                            line.endsWith("dropped " + strayBytes + " bytes up to the next frame"));
        }
    }

    /** A magic number among the pixels of a truncated frame is not a frame. */
    @Test
    void isNotDeceivedByAMagicNumberInTheSearch() {
        Milk3Frames frames = new Milk3Frames(KEYWORDS);
        byte[] good = join(frames.plain(1, PIXELS, 1), frames.plain(2, PIXELS, 2));
        byte[] cut = Arrays.copyOfRange(frames.plain(3, PIXELS, 3), 100, 416 + PIXELS);
        byte[] magic = {(byte) 0xff, 0x34, 0x12, 0x34, 0x12, 0, 0, 0};
        System.arraycopy(magic, 0, cut, 400, 8);
        System.arraycopy(magic, 0, cut, cut.length - 8, 8);
        try (ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            sender.send(join(good, cut, frames.plain(4, PIXELS, 4)));
            receiver.awaitRecords(3);
            try (Image copy = Image.open(directory, "kw5im")) {
                assertThat(pixels(copy)).containsOnly(4);
            }
            assertThat(receiver.loop().count("damaged")).isEqualTo(1);
        }
    }

    /** A frame of a build with DAO_COMPAT, or any that is longer than its metadata say. */
    private static byte[] longer(byte[] frame, int bytes, int value) {
        byte[] more = new byte[bytes];
        Arrays.fill(more, (byte) value);
        return join(Arrays.copyOf(frame, 416), more, Arrays.copyOfRange(frame, 416, frame.length));
    }

    @ParameterizedTest
    @CsvSource({"4112, 127, DAO_COMPAT", "4112, 0, DAO_COMPAT", "24, 127, by 24 bytes"})
    void framesLongerThanTheirMetadataSayAreNeverPublished(int bytes, int value, String saying) {
        Milk3Frames frames = new Milk3Frames(KEYWORDS);
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            for (int i = 1; i <= 3; i++) {
                sender.send(longer(frames.plain(i, PIXELS, i), bytes, value));
            }
            sender.awaitClosed(ReceiverHarness.SOON);
            Await.until(ReceiverHarness.SOON, saying, () -> linesWith(err, saying) == 1);
            assertThat(receiver.loop().traffic().out()).isZero();
        }
    }

    /** A transmitter that pauses, or ends, after its first frame. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFrameThatNothingFollowsIsPublished(boolean ends) {
        try (ReceiverHarness receiver = new ReceiverHarness(directory)) {
            Sender sender = new Sender(receiver.port());
            sender.send(new Milk3Frames(KEYWORDS).plain(1, PIXELS, 7));
            if (ends) {
                sender.close();
            }
            receiver.awaitRecords(1);
            try (Image copy = Image.open(directory, "kw5im")) {
                assertThat(pixels(copy)).containsOnly(7);
            }
            sender.close();
        }
    }

    /** The frame before is cut, and its source re-created with another size. */
    @Test
    void anotherStreamMayBeginInTheSearch() {
        Milk3Frames wide = new Milk3Frames(KEYWORDS);
        Milk3Frames narrow = narrow(wide);
        byte[] stray = new byte[1000];
        try (ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            byte[] inStep = join(wide.plain(1, PIXELS, 1), wide.plain(2, PIXELS, 2));
            sender.send(join(inStep, stray, narrow.plain(1, 220, 3)));
            receiver.awaitRecords(3);
            try (Image copy = Image.open(directory, "kw5im")) {
                assertThat(copy.spec().describe()).isEqualTo("5x11 f32");
                assertThat(pixels(copy)).containsOnly(3);
            }
            assertThat(receiver.loop().count("damaged")).isEqualTo(1);
        }
    }

    @Test
    void aConnectionThatEndsDuringTheSearchIsLogged() {
        Milk3Frames frames = new Milk3Frames(KEYWORDS);
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory)) {
            try (Sender sender = new Sender(receiver.port())) {
                sender.send(join(frames.plain(1, PIXELS, 1), frames.plain(2, PIXELS, 2)));
                receiver.awaitRecords(2);
                sender.send(new byte[1000]);
                Await.until(
                        ReceiverHarness.SOON,
                        "the search",
                        () -> linesWith(err, "looking for the next one") == 1);
            }
            Await.until(
                    ReceiverHarness.SOON,
                    "its end",
                    () -> linesWith(err, "bytes and no frame came") == 1);
        }
    }

    @Test
    void givesUpWhenNoFrameBeginsWithinBounds() {
        Milk3Frames frames = new Milk3Frames(KEYWORDS);
        byte[] noise = new byte[2 << 20];
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            sender.send(join(frames.plain(1, PIXELS, 1), frames.plain(2, PIXELS, 2)));
            receiver.awaitRecords(2);
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            sender.send(noise);
                        } catch (java.io.UncheckedIOException closed) {
                            // expected: the receiver closed the connection
                        }
                    });
            sender.awaitClosed(ReceiverHarness.SOON);
            Await.until(
                    ReceiverHarness.SOON,
                    "a line",
                    () ->
                            err.lines().stream()
                                    .anyMatch(
                                            line -> line.contains("no frame begins in the next")));
            assertThat(receiver.loop().count("damaged")).isEqualTo(1);
        }
    }

    private static long linesWith(CapturedErr err, String text) {
        return err.warnings().stream().filter(line -> line.contains(text)).count();
    }

    static Iterable<HostileHead> hostile() {
        return HostileHead.all();
    }

    /** Checked both in the first frame and in a later one. */
    @ParameterizedTest
    @MethodSource("hostile")
    void metadataOfEachFrameIsCheckedLikeAHead(HostileHead hostile) {
        Milk3Frames good = new Milk3Frames(KEYWORDS);
        Milk3Frames bad = good.with(hostile.change());
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory)) {
            try (Sender sender = new Sender(receiver.port())) {
                sender.send(bad.plain(1, 0, 0));
                sender.awaitClosed(ReceiverHarness.SOON);
            }
            try (Sender sender = new Sender(receiver.port())) {
                sender.send(join(good.plain(1, PIXELS, 1), bad.plain(2, 0, 0)));
                sender.awaitClosed(ReceiverHarness.SOON);
            }
            assertThat(receiver.loop().traffic().out()).isEqualTo(1);
            Await.until(
                    ReceiverHarness.SOON,
                    "two refusals",
                    () -> linesWith(err, hostile.saying()) == 2);
        }
    }

    @Test
    void refusesMoreKeywordsThanTheStreamHasAndSlicesBeyondItsEnd() {
        byte[] many =
                new Milk3Frames(KEYWORDS).with(h -> h.putShort(NBKW, (short) 4)).plain(1, 0, 0);
        many[24] = 5;
        byte[] beyond = new Milk3Frames(CIRCULAR).plain(1, 0, 0);
        beyond[16] = 3;
        byte[] negative = new Milk3Frames(KEYWORDS).plain(-1, 0, 0);
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory)) {
            for (byte[] frame : List.of(many, beyond, negative)) {
                try (Sender sender = new Sender(receiver.port())) {
                    sender.send(frame).awaitClosed(ReceiverHarness.SOON);
                }
            }
            for (String reason :
                    List.of("5 keywords of a stream with 4", "slice 3 of 3", "cnt0 -1")) {
                Await.until(ReceiverHarness.SOON, reason, () -> linesWith(err, reason) == 1);
            }
            assertThat(directory.names()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NATIVE", "MILK0", "MILK1", "MILK2"})
    void isRefusedWhereAnotherByteStreamIsAskedFor(Wire wire) {
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver =
                        new ReceiverHarness(
                                directory, settings -> settings.with(ReceiveSettings.WIRE, wire));
                Sender sender = new Sender(receiver.port())) {
            sender.send(new Milk3Frames(KEYWORDS).plain(1, PIXELS, 1));
            sender.awaitClosed(ReceiverHarness.SOON);
            assertThat(err.awaitWarnings())
                    .anyMatch(line -> line.contains("it speaks milk3; only"));
        }
    }

    @Test
    void othersAreRefusedWhereMilk3IsAskedFor() {
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver =
                        new ReceiverHarness(
                                directory,
                                settings -> settings.with(ReceiveSettings.WIRE, Wire.MILK3))) {
            try (Sender sender = new Sender(receiver.port())) {
                sender.send(KEYWORDS.head()).awaitClosed(ReceiverHarness.SOON);
            }
            assertThat(err.awaitWarnings())
                    .anyMatch(line -> line.contains("it does not speak milk3; only milk3"));
            try (Sender sender = new Sender(receiver.port())) {
                sender.send(new Milk3Frames(KEYWORDS).plain(1, PIXELS, 1));
                receiver.awaitRecords(1);
            }
        }
    }

    /** A C transmitter connects, and sends nothing before the source's next frame. */
    @Test
    void mayBeSilentFirstWhereItIsAskedFor() {
        Duration headTimeout = Duration.ofMillis(50);
        AdmissionRules patient = ReceiverHarness.RULES;
        AdmissionRules quick =
                new AdmissionRules(
                        patient.allowed(),
                        patient.only(),
                        patient.limits(),
                        0,
                        headTimeout.toNanos(),
                        null);
        try (ReceiverHarness receiver =
                        new ReceiverHarness(
                                directory, s -> s.with(ReceiveSettings.WIRE, Wire.MILK3), quick);
                Sender silent = new Sender(receiver.port());
                Sender cut = new Sender(receiver.port())) {
            cut.send(new byte[] {(byte) 0xff}).awaitClosed(ReceiverHarness.SOON);
            silent.send(new Milk3Frames(KEYWORDS).plain(1, PIXELS, 1));
            receiver.awaitRecords(1);
        }
    }
}
