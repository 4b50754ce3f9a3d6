package org.shmimtcp.receive;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.CapturedErr;
import org.shmimtcp.testing.GoldenWire;
import org.shmimtcp.testing.HostileHead;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.Sender;
import org.shmimtcp.testing.ShmDir;

/** The receiver with valid and invalid transmitters, and the copy with other processes. */
class ReceiverTest {
    private static final GoldenWire MIRROR = new GoldenWire("50x50-float-5");
    private static final GoldenWire WITH_KEYWORDS = new GoldenWire("kw5-11x11-float-4");
    private static final GoldenWire CUBE = new GoldenWire("cube-7x5x3-uint16-5");

    private static final long HEAD_TIMEOUT_NS = 2_000_000_000L;

    private final ImageDirectory directory;

    ReceiverTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    /** Sends a whole capture and waits until it is received. */
    private static Sender sendAll(ReceiverHarness receiver, GoldenWire golden) {
        long before = receiver.loop().traffic().out() + receiver.loop().count("repeated");
        Sender sender = new Sender(receiver.port()).send(golden.stream());
        receiver.awaitRecords(before + golden.records().size());
        return sender;
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory.path())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    // ---- visitors ----

    static List<HostileHead> hostile() {
        return HostileHead.all();
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void refusesAHostileHeadInOneLineAndServesTheNext(HostileHead hostile) throws IOException {
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory)) {
            try (Sender bad = new Sender(receiver.port())) {
                bad.send(hostile.bytes()).awaitClosed(ReceiverHarness.SOON);
            }
            Await.until(
                    ReceiverHarness.SOON, "a refusal", () -> receiver.loop().count("refused") == 1);
            List<String> warnings = err.awaitWarnings();
            assertThat(warnings).hasSize(1);
            assertThat(warnings.getFirst())
                    .startsWith("WARN refused 127.0.0.1:")
                    .contains(hostile.saying())
                    .matches("[ -~…×]+");
            assertThat(files()).isEmpty();
            sendAll(receiver, MIRROR).close();
            assertThat(files()).containsExactly("dm01disp03.im.shm");
        }
    }

    private static AdmissionRules headTimeout(long ns) {
        AdmissionRules rules = ReceiverHarness.RULES;
        return new AdmissionRules(
                rules.allowed(),
                rules.only(),
                rules.limits(),
                rules.connectionsPerSecond(),
                ns,
                rules.tls());
    }

    @Test
    void visitorsThatSayNothingOrTooLittleAreGivenUpAndBlockNobody() throws IOException {
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver =
                        new ReceiverHarness(directory, s -> s, headTimeout(HEAD_TIMEOUT_NS));
                Sender silent = new Sender(receiver.port());
                Sender slow = new Sender(receiver.port())) {
            slow.send(new byte[100]);
            long startNs = System.nanoTime();
            sendAll(receiver, MIRROR).close();
            assertThat(System.nanoTime() - startNs).isLessThan(HEAD_TIMEOUT_NS);
            silent.awaitClosed(ReceiverHarness.SOON);
            slow.awaitClosed(ReceiverHarness.SOON);
            Await.until(
                    ReceiverHarness.SOON,
                    "two refusals",
                    () -> receiver.loop().count("refused") == 2);
            assertThat(String.join("\n", err.lines()))
                    .contains("0 of 384 bytes after 2000 ms")
                    .contains("100 of 384 bytes after 2000 ms");
            assertThat(files()).containsExactly("dm01disp03.im.shm");
        }
    }

    @Test
    void visitorsThatHangUpAreForgotten() throws IOException {
        try (ReceiverHarness receiver = new ReceiverHarness(directory)) {
            for (int i = 0; i < 40; i++) { // more than it handles at a time
                new Sender(receiver.port()).send(new byte[i]).close();
            }
            Await.until(
                    ReceiverHarness.SOON,
                    "40 refusals",
                    () -> receiver.loop().count("refused") == 40);
            sendAll(receiver, MIRROR).close();
            assertThat(files()).containsExactly("dm01disp03.im.shm");
        }
    }

    @Test
    void secondTransmitterIsRefusedAndTheFirstGoesOn() {
        byte[] all = MIRROR.stream();
        int half = all.length / 2;
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender first = new Sender(receiver.port())) {
            first.send(Arrays.copyOf(all, half));
            receiver.awaitRecords(2);
            try (Sender second = new Sender(receiver.port())) {
                second.send(WITH_KEYWORDS.head()).awaitClosed(ReceiverHarness.SOON);
            }
            first.send(Arrays.copyOfRange(all, half, all.length));
            receiver.awaitRecords(5);
            assertThat(err.awaitWarnings())
                    .singleElement()
                    .asString()
                    .contains(
                            "the port is in use by 127.0.0.1:"
                                    + first.localPort()
                                    + " with stream 'dm01disp03'");
            assertThat(directory.has("kw5im")).isFalse();
        }
    }

    @Test
    void transmitterThatComesBackAtOnceIsLetIn() {
        try (ReceiverHarness receiver = new ReceiverHarness(directory)) {
            for (int i = 0; i < 100; i++) {
                sendAll(receiver, WITH_KEYWORDS).close();
            }
            assertThat(receiver.loop().count("refused")).isZero();
            assertThat(receiver.loop().count("connections")).isEqualTo(100);
        }
    }

    @Test
    void recordForASliceThatIsNotThereEndsTheConnection() throws IOException {
        byte[] all = CUBE.stream();
        int trailer = 384 + (int) CUBE.format().bytes() * 2 - 8;
        ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).putLong(trailer, 3);
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender bad = new Sender(receiver.port())) {
            bad.send(all).awaitClosed(ReceiverHarness.SOON);
            Await.until(
                    ReceiverHarness.SOON,
                    "the reason",
                    () ->
                            err.warnings().stream()
                                    .anyMatch(line ->
                                            line.contains("'cube3d' from 127.0.0.1:")
                                                    && line.contains("a record for slice 3 of 3")));
            sendAll(receiver, CUBE).close();
            try (Image copy = Image.open(directory, "cube3d")) {
                assertThat(copy.cnt0())
                        .isEqualTo(5); // the valid one before the bad one is published once
                assertThat(copy.isWriting()).isFalse();
            }
        }
    }

    @Test
    void halfARecordAtTheEndIsNotPublished() {
        byte[] all = MIRROR.stream();
        try (ReceiverHarness receiver = new ReceiverHarness(directory)) {
            new Sender(receiver.port()).send(Arrays.copyOf(all, all.length - 5000)).close();
            Await.until(
                    ReceiverHarness.SOON,
                    "the end of the connection",
                    () ->
                            receiver.loop().count("connections") == 1
                                    && receiver.loop().traffic().state().equals("waiting"));
            try (Image copy = Image.open(directory, "dm01disp03")) {
                assertThat(copy.cnt0()).isEqualTo(4);
                assertThat(copy.isWriting()).isFalse();
            }
        }
    }

    @Test
    void onceEndsWithTheFirstTransmitter() {
        try (ReceiverHarness receiver = new ReceiverHarness(directory, ReceiverHarness.once())) {
            sendAll(receiver, MIRROR).close();
            RunningLoop loop = receiver.loop();
            Await.until(ReceiverHarness.SOON, "its end", () -> !loop.isAlive());
        }
    }

    /** As a transmitter that took this end for a C program, because it was slow to answer. */
    @Test
    void onceWaitsOnAfterAConnectionWithoutFrames() {
        try (ReceiverHarness receiver = new ReceiverHarness(directory, ReceiverHarness.once())) {
            RunningLoop loop = receiver.loop();
            new Sender(receiver.port()).send(MIRROR.head()).close();
            Await.until(
                    ReceiverHarness.SOON,
                    "the end of the connection",
                    () ->
                            loop.count("connections") == 1
                                    && loop.traffic().state().equals("waiting"));
            sendAll(receiver, MIRROR).close();
            Await.until(ReceiverHarness.SOON, "its end", () -> !loop.isAlive());
            assertThat(loop.count("connections")).isEqualTo(2);
        }
    }

    // ---- the copy ----

    @Test
    void localNameIsTheCopys() {
        try (ReceiverHarness receiver =
                        new ReceiverHarness(directory, ReceiverHarness.named("dm00x"));
                Sender sender = sendAll(receiver, MIRROR);
                Image copy = Image.open(directory, "dm00x")) {
            assertThat(copy.spec().name()).isEqualTo("dm00x");
            assertThat(copy.cnt0()).isEqualTo(5);
            assertThat(directory.has("dm01disp03")).isFalse();
            assertThat(receiver.loop().traffic().what()).isEqualTo("dm00x");
            assertThat(sender.localPort()).isPositive();
        }
    }

    private static ImageSpec mirror() {
        return ImageSpec.of("dm01disp03", DataType.FLOAT, Shape.of(50, 50));
    }

    @Test
    void copyThatFitsIsWrittenInto() throws IOException {
        try (Image there = Image.create(directory, mirror());
                ReceiverHarness receiver = new ReceiverHarness(directory)) {
            Object key = fileKey(there);
            sendAll(receiver, MIRROR).close();
            assertThat(there.cnt0()).isEqualTo(5); // in the mapping of its readers
            assertThat(there.isReplaced()).isFalse();
            assertThat(fileKey(there)).isEqualTo(key);
        }
    }

    private static Object fileKey(Image image) throws IOException {
        return Files.getAttribute(image.file(), "unix:ino");
    }

    @Test
    void aliasThatLeadsToAFittingImageIsFollowed() throws IOException {
        try (Image there = Image.create(directory, mirror().withName("real"));
                ReceiverHarness receiver = new ReceiverHarness(directory)) {
            Files.createSymbolicLink(directory.file("dm01disp03"), Path.of("real.im.shm"));
            sendAll(receiver, MIRROR).close();
            assertThat(there.cnt0()).isEqualTo(5);
            assertThat(directory.file("dm01disp03")).isSymbolicLink();
        }
    }

    @Test
    void copyThatDoesNotFitIsReplacedAfterSayingSo() {
        ImageSpec other = ImageSpec.of("dm01disp03", DataType.FLOAT, Shape.of(11, 11));
        try (CapturedErr err = new CapturedErr();
                Image there = Image.create(directory, other);
                ReceiverHarness receiver = new ReceiverHarness(directory)) {
            sendAll(receiver, MIRROR).close();
            assertThat(err.lines())
                    .contains("WARN stream 'dm01disp03' is 11x11 f32: replacing it with 50x50 f32");
            assertThat(there.cnt0()).isZero();
            try (Image copy = Image.open(directory, "dm01disp03")) {
                assertThat(copy.spec().describe()).isEqualTo("50x50 f32");
                assertThat(copy.cnt0()).isEqualTo(5);
            }
        }
    }

    @Test
    void damagedCopyIsReplacedAfterSayingSo() throws IOException {
        Files.write(directory.file("dm01disp03"), new byte[100]);
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory)) {
            sendAll(receiver, MIRROR).close();
            assertThat(err.awaitWarnings())
                    .singleElement()
                    .asString()
                    .contains("'dm01disp03'")
                    .endsWith("replacing it");
        }
    }

    @Test
    void directoryInTheCopysPlaceIsLeftAlone() throws IOException {
        Files.createDirectory(directory.file("dm01disp03"));
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            sender.send(MIRROR.head()).awaitClosed(ReceiverHarness.SOON);
            assertThat(err.awaitWarnings()).singleElement().asString().endsWith("is not a file");
            assertThat(files()).containsExactly("dm01disp03.im.shm");
        }
    }

    @Test
    void keywordsBeyondTheCopysAreLeftOut() {
        ImageSpec fewer = WITH_KEYWORDS.spec().withKeywords(2);
        try (CapturedErr err = new CapturedErr();
                Image copy = Image.create(directory, fewer);
                ReceiverHarness receiver = new ReceiverHarness(directory)) {
            byte[] behind = behindKeywords(copy);
            sendAll(receiver, WITH_KEYWORDS).close();
            assertThat(err.lines())
                    .contains(
                            "WARN stream 'kw5im' has 2 keyword slots, its source 5: the first 2"
                                    + " are copied");
            assertThat(copy.keywords().all()).extracting("name").containsExactly("FRAME", "GAIN");
            assertThat(copy.keywords().getLong(0)).isEqualTo(4);
            assertThat(behindKeywords(copy)).isEqualTo(behind);
        }
    }

    @Test
    void keywordsOfTheCopyBeyondTheSourcesAreLeftAlone() {
        ImageSpec more = WITH_KEYWORDS.spec().withKeywords(7);
        try (Image copy = Image.create(directory, more);
                ReceiverHarness receiver = new ReceiverHarness(directory)) {
            for (int i = 0; i < 7; i++) {
                copy.keywords().put("OLD" + i, 1L, "");
            }
            sendAll(receiver, WITH_KEYWORDS).close();
            assertThat(copy.keywords().all())
                    .extracting("name")
                    .containsExactly("FRAME", "GAIN", "STATE", "BIG", "OLD5", "OLD6");
        }
    }

    /**
     * Returns the end of the file, from the process traces on: behind the keyword table and the
     * semaphores, which change.
     */
    private static byte[] behindKeywords(Image copy) {
        long from = copy.layout().processTraces();
        try {
            byte[] file = Files.readAllBytes(copy.file());
            return Arrays.copyOfRange(file, (int) from, file.length);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void sourcesRingIsLimited() {
        byte[] head = MIRROR.head();
        ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).putInt(292, 3000); // 30 MB
        try (ReceiverHarness receiver =
                        new ReceiverHarness(directory, s -> s, ReceiverHarness.rules(1L << 40));
                Sender sender = new Sender(receiver.port())) {
            sender.send(head);
            try (Image copy = receiver.awaitCopy("dm01disp03")) {
                assertThat(copy.spec().ringSize()).isEqualTo(3000);
            }
        }
        ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).putInt(292, 1_000_000); // 10 GB
        directory.remove("dm01disp03");
        try (ReceiverHarness receiver =
                        new ReceiverHarness(directory, s -> s, ReceiverHarness.rules(1L << 40));
                Sender sender = new Sender(receiver.port())) {
            sender.send(head);
            try (Image copy = receiver.awaitCopy("dm01disp03")) {
                assertThat(copy.spec().ringSize() * copy.spec().pixelBytes())
                        .isBetween(1L << 20, 256L << 20);
            }
        }
    }

    // ---- the copy changes under the receiver ----

    @Test
    void deletedCopyIsMadeAgain() {
        try (ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            sender.send(MIRROR.head()).send(MIRROR.records().get(0));
            receiver.awaitRecords(1);
            directory.remove("dm01disp03");
            Await.until(ReceiverHarness.SOON, "a new copy", () -> directory.has("dm01disp03"));
            sender.send(MIRROR.records().get(1));
            receiver.awaitRecords(2);
            try (Image copy = receiver.awaitCopy("dm01disp03")) {
                assertThat(copy.cnt0()).isEqualTo(1);
                assertThat(bytes(copy.pixels())).isEqualTo(pixels(1));
            }
        }
    }

    private static byte[] pixels(int record) {
        return Arrays.copyOf(MIRROR.records().get(record), 10_000);
    }

    private static byte[] bytes(MemorySegment segment) {
        return segment.toArray(JAVA_BYTE);
    }

    @Test
    void recreatedCopyIsFollowed() {
        try (ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            sender.send(MIRROR.head()).send(MIRROR.records().get(0));
            receiver.awaitRecords(1);
            try (Image fresh = Image.replace(directory, mirror())) {
                long frame = 2;
                long deadlineNs = System.nanoTime() + ReceiverHarness.SOON.toNanos();
                while (fresh.cnt0() == 0) { // until the receiver notices
                    assertThat(System.nanoTime()).isLessThan(deadlineNs);
                    sender.send(MIRROR.records().get(1));
                    sender.send(MIRROR.records().get(2));
                    frame += 2;
                    receiver.awaitRecords(frame - 1);
                }
                assertThat(fresh.isWriting()).isFalse();
            }
        }
    }

    @Test
    void copyThatIsCutShortIsReplaced() throws IOException {
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            sender.send(MIRROR.head()).send(MIRROR.records().get(0));
            receiver.awaitRecords(1);
            try (FileChannel file =
                    FileChannel.open(directory.file("dm01disp03"), StandardOpenOption.WRITE)) {
                file.truncate(0);
            }
            sender.send(MIRROR.records().get(1)).send(MIRROR.records().get(2));
            // The frame before may be the first in the new copy.
            Await.until(
                    ReceiverHarness.SOON,
                    "a frame in a new copy",
                    () -> receiver.loop().traffic().out() >= 2);
            try (Image copy = receiver.awaitCopy("dm01disp03")) {
                byte[] newest = pixels(2);
                Await.until(
                        ReceiverHarness.SOON,
                        "the newest frame in the new copy",
                        () -> Arrays.equals(bytes(copy.pixels()), newest));
            }
            assertThat(String.join("\n", err.lines())).contains("truncated, or not an image");
        }
    }
}
