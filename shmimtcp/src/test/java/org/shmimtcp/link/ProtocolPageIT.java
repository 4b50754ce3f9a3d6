package org.shmimtcp.link;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Keyword;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;

/** Each end of ours against the other end as docs/protocol.md describes it. */
class ProtocolPageIT {
    private static final ProtocolPage.Image OFFERED =
            new ProtocolPage.Image("x", 3, 2, List.of(3, 3), 2);
    private static final int INSTANCE = 12345;

    private final ImageDirectory directory;

    ProtocolPageIT(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    private static byte[] pixels(int number) {
        byte[] pixels = new byte[18];
        Arrays.fill(pixels, (byte) number);
        return pixels;
    }

    private static byte[] frame(int number, ProtocolPage.Change... changes) {
        return ProtocolPage.frame(
                new ProtocolPage.Fields(number, number + 1, number + 2, 1_700_000_000L + number, 0),
                0,
                pixels(number),
                List.of(changes));
    }

    @Nested
    class OurReceiver {
        private Wire greeted(int port, int instance) {
            return greeted(
                    port,
                    OFFERED.head(7, 0, ProtocolPage.VERSION, ProtocolPage.VERSION, instance),
                    -1);
        }

        private Wire greeted(int port, byte[] head, long lastCnt0) {
            Wire wire = Wire.connect(port).send(head);
            assertThat(wire.next().type()).isEqualTo(ProtocolPage.HOLD);
            ProtocolPage.Message welcome = wire.next();
            assertThat(welcome.longAt(24)).as("the last frame that it has").isEqualTo(lastCnt0);
            assertThat(welcome.type()).isEqualTo(ProtocolPage.WELCOME);
            assertThat(welcome.bytes().getShort(16)).isEqualTo((short) ProtocolPage.VERSION);
            assertThat(welcome.text(32)).isNotBlank();
            return wire.send(ProtocolPage.withText(ProtocolPage.HELLO, 16, "test process 1"));
        }

        private Image copy() {
            Wire.until("the copy", () -> directory.has("x"));
            return Image.open(directory, "x");
        }

        @Test
        void publishesFramesAndKeywords() {
            try (var receiver = new Ends.Receiving(directory).start();
                    Wire wire = greeted(receiver.port(), INSTANCE);
                    Image copy = copy()) {
                wire.send(
                        ProtocolPage.keywords(List.of(ProtocolPage.Change.ofLong(1, "GAIN", 5))),
                        frame(1),
                        frame(4, ProtocolPage.Change.ofLong(0, "LOOP", -1)));
                Wire.until("two frames", () -> copy.cnt0() == 2);
                assertThat(copy.pixels().toArray(JAVA_BYTE)).isEqualTo(pixels(4));
                assertThat(copy.cnt1()).isEqualTo(5);
                assertThat(copy.cnt2()).isEqualTo(6);
                assertThat(copy.acquired()).isEqualTo(Instant.ofEpochSecond(1_700_000_004));
                assertThat(copy.keywords().all())
                        .containsExactly(
                                new Keyword("LOOP", -1L, 0, ""), new Keyword("GAIN", 5L, 0, ""));
                Wire.until("the count", () -> receiver.loop().traffic().skipped() == 2);
            }
        }

        @Test
        void leavesOutAFrameThatIsWithdrawn() {
            try (var receiver = new Ends.Receiving(directory).start();
                    Wire wire = greeted(receiver.port(), INSTANCE);
                    Image copy = copy()) {
                wire.send(
                        frame(1),
                        ProtocolPage.withdrawn(frame(2, ProtocolPage.Change.ofLong(0, "LOOP", -1))),
                        frame(3));
                Wire.until("two frames", () -> copy.cnt0() == 2);
                assertThat(copy.pixels().toArray(JAVA_BYTE)).isEqualTo(pixels(3));
                assertThat(copy.keywords().all()).isEmpty();
                Wire.until("the count", () -> receiver.loop().traffic().skipped() == 1);
            }
        }

        private static final ProtocolPage.Image LARGER =
                new ProtocolPage.Image("x", 3, 2, List.of(30, 33), 2);

        private static byte[] larger(int number, ProtocolPage.Change... changes) {
            byte[] pixels = new byte[1980];
            Arrays.fill(pixels, (byte) number);
            pixels[1000] = (byte) (number + 1);
            return ProtocolPage.frame(
                    new ProtocolPage.Fields(number, 0, 0, 1_700_000_000L, 0),
                    0,
                    pixels,
                    List.of(changes));
        }

        private Wire greetedToPack(int port) {
            byte[] head =
                    LARGER.head(
                            7,
                            0,
                            ProtocolPage.VERSION,
                            ProtocolPage.VERSION,
                            ProtocolPage.LZ4 | 1 << 31,
                            INSTANCE);
            Wire wire = Wire.connect(port).send(head);
            ProtocolPage.Message welcome = wire.next(ProtocolPage.WELCOME);
            assertThat(welcome.bytes().getInt(20)).isEqualTo(ProtocolPage.LZ4);
            return wire.send(ProtocolPage.withText(ProtocolPage.HELLO, 16, "test process 1"));
        }

        @Test
        void expandsPackedFramesAmongOthers() {
            byte[] packed = ProtocolPage.packed(larger(1), 3, 2);
            assertThat(packed.length).isLessThan(500);
            try (var receiver = new Ends.Receiving(directory).start();
                    Wire wire = greetedToPack(receiver.port());
                    Image copy = copy()) {
                for (int number = 1; number < 60; number += 3) {
                    byte[] with = larger(number, ProtocolPage.Change.ofLong(1, "N", number));
                    byte[] plain = larger(number + 1);
                    wire.send(
                            ProtocolPage.packed(with, 3, 2),
                            plain,
                            ProtocolPage.packed(larger(number + 2), 3, 2));
                    long cnt0 = number + 2L;
                    Wire.until("the frames", () -> copy.cnt0() == cnt0);
                    byte[] last = Arrays.copyOfRange(larger(number + 2), 128, 128 + 1980);
                    assertThat(copy.pixels().toArray(JAVA_BYTE)).isEqualTo(last);
                    assertThat(copy.keywords().all())
                            .containsExactly(new Keyword("N", (long) number, 0, ""));
                }
                assertThat(receiver.loop().traffic().skipped()).isZero();
            }
        }

        /** What no capability was announced for has another length than its stream's frames. */
        @Test
        void refusesPackedFramesThatAreWrongOrWereNotAnnounced() {
            List<byte[]> bad = new java.util.ArrayList<>();
            byte[] good = ProtocolPage.packed(larger(1), 3, 2);
            for (int at : new int[] {24, 90, 96, 104, 113, 128, 131, 132, good.length - 8}) {
                byte[] one = good.clone();
                one[at] ^= 1;
                bad.add(one);
            }
            bad.add(ProtocolPage.withLength(good, good.length - 16 - 8));
            for (byte[] one : bad) {
                try (var receiver = new Ends.Receiving(directory).start();
                        Wire wire = greetedToPack(receiver.port());
                        Image copy = copy()) {
                    wire.send(ProtocolPage.packed(larger(77), 3, 2), one);
                    assertThat(wire.next(ProtocolPage.REFUSED).text(16)).isNotBlank();
                    assertThat(wire.awaitClosed()).isEmpty();
                    assertThat(copy.cnt0()).as("the good one").isEqualTo(1);
                    directory.remove("x");
                }
            }
            try (var receiver = new Ends.Receiving(directory).start();
                    Wire wire =
                            greeted(
                                    receiver.port(),
                                    LARGER.head(
                                            7,
                                            0,
                                            ProtocolPage.VERSION,
                                            ProtocolPage.VERSION,
                                            INSTANCE),
                                    -1);
                    Image copy = copy()) {
                wire.send(good);
                assertThat(wire.next(ProtocolPage.REFUSED).text(16)).isNotBlank();
                assertThat(copy.cnt0()).isZero();
            }
        }

        @Test
        void answersPingsAndSkipsUnknownMessages() {
            try (var receiver = new Ends.Receiving(directory).start();
                    Wire wire = greeted(receiver.port(), INSTANCE);
                    Image copy = copy()) {
                byte[] unknown = ProtocolPage.withText(999, 16, "u".repeat(500));
                wire.send(
                        unknown,
                        ProtocolPage.withTimes(ProtocolPage.PING, 42),
                        unknown,
                        frame(1),
                        unknown);
                ProtocolPage.Message pong = wire.next(ProtocolPage.PONG);
                assertThat(pong.longAt(16)).isEqualTo(42);
                assertThat(pong.longAt(24)).isPositive().isLessThanOrEqualTo(pong.longAt(32));
                assertThat(wire.next(ProtocolPage.PING).longAt(16))
                        .isGreaterThan(1_700_000_000_000_000_000L);
                Wire.until("the frame", () -> copy.cnt0() == 1);
            }
        }

        /** Every way to be wrong that the page names: refused in words, and nothing published. */
        @Test
        void refusesWhatThePageSays() {
            byte[] badSum = frame(1);
            badSum[130] ^= 1;
            byte[] badSlice = frame(1);
            badSlice[104] = 1;
            byte[] badCount = frame(1);
            badCount[20] = 1;
            byte[] badBytes = frame(1);
            badBytes[96] = 17;
            byte[] badState = frame(1);
            badState[badState.length - 8] = 2;
            byte[] badMagic = frame(1);
            badMagic[0] = 'S';
            byte[] badCheck = frame(1);
            badCheck[4] = 99;
            for (byte[] bad :
                    List.of(
                            badSum,
                            ProtocolPage.sealed(badSlice),
                            ProtocolPage.sealed(badCount),
                            ProtocolPage.sealed(badBytes),
                            ProtocolPage.sealed(badState),
                            badMagic,
                            badCheck,
                            ProtocolPage.withLength(frame(1), 1L << 40),
                            ProtocolPage.withLength(frame(1), 112))) {
                try (var receiver = new Ends.Receiving(directory).start();
                        Wire wire = greeted(receiver.port(), INSTANCE);
                        Image copy = copy()) {
                    long before = copy.cnt0();
                    wire.send(frame(77), bad);
                    assertThat(wire.next(ProtocolPage.REFUSED).text(16)).isNotBlank();
                    assertThat(wire.awaitClosed()).isEmpty();
                    assertThat(copy.cnt0()).as("the good one").isEqualTo(before + 1);
                    assertThat(copy.pixels().toArray(JAVA_BYTE)).isEqualTo(pixels(77));
                    directory.remove("x");
                }
            }
        }

        @Test
        void leavesOutAChangeOfASlotThatIsNotThere() {
            try (var receiver = new Ends.Receiving(directory).start();
                    Wire wire = greeted(receiver.port(), INSTANCE);
                    Image copy = copy()) {
                wire.send(
                        frame(
                                1,
                                ProtocolPage.Change.ofLong(2, "BEYOND", 1),
                                ProtocolPage.Change.ofLong(1, "GAIN", 5)));
                Wire.until("the frame", () -> copy.cnt0() == 1);
                assertThat(copy.keywords().all()).containsExactly(new Keyword("GAIN", 5L, 0, ""));
            }
        }

        @Test
        void refusesADamagedHead() {
            try (var receiver = new Ends.Receiving(directory).start()) {
                byte[] head =
                        OFFERED.head(7, 0, ProtocolPage.VERSION, ProtocolPage.VERSION, INSTANCE);
                head[116] ^= 4; // another size
                try (Wire wire = Wire.connect(receiver.port()).send(head)) {
                    assertThat(wire.awaitClosed()).isEmpty();
                }
                assertThat(directory.has("x")).isFalse();
            }
        }

        @Test
        void takesAnotherVersionForTheCProgramsByteStream() {
            try (var receiver = new Ends.Receiving(directory).start();
                    Wire wire = Wire.connect(receiver.port())) {
                wire.send(OFFERED.head(7, 0, ProtocolPage.VERSION + 1, 9, INSTANCE));
                ByteBuffer record = ByteBuffer.allocate(18 + 16 + 256);
                record.order(java.nio.ByteOrder.LITTLE_ENDIAN).put(0, pixels(9)).putLong(18, 9);
                wire.send(ProtocolPage.all(record));
                try (Image copy = copy()) {
                    Wire.until("the frame", () -> copy.cnt0() == 1);
                    assertThat(copy.pixels().toArray(JAVA_BYTE)).isEqualTo(pixels(9));
                }
                assertThat(wire.isSilent(Duration.ofMillis(300))).isTrue();
            }
        }

        /** Of the versions 0 to 9 both speak one; what the capabilities mean is not known yet. */
        @Test
        void speaksItsOwnVersionWithANewerTransmitterThatKnowsIt() {
            byte[] head = OFFERED.head(7, 0, 0, 9, INSTANCE);
            ByteBuffer buffer = ByteBuffer.wrap(head).order(java.nio.ByteOrder.LITTLE_ENDIAN);
            buffer.putInt(20, -1).putInt(24, 0);
            buffer.putInt(24, ProtocolPage.crc32c(head, 0, 384));
            try (var receiver = new Ends.Receiving(directory).start();
                    Wire wire = greeted(receiver.port(), head, -1);
                    Image copy = copy()) {
                wire.send(ProtocolPage.withText(200, 16, "later"), frame(1));
                Wire.until("the frame", () -> copy.cnt0() == 1);
            }
        }

        @Test
        void tellsWhichFrameItHasOfThisVeryImage() {
            try (var receiver = new Ends.Receiving(directory).start()) {
                try (Wire wire = greeted(receiver.port(), INSTANCE);
                        Image copy = copy()) {
                    wire.send(frame(41));
                    Wire.until("the frame", () -> copy.cnt0() == 1);
                }
                byte[] same =
                        OFFERED.head(7, 0, ProtocolPage.VERSION, ProtocolPage.VERSION, INSTANCE);
                greeted(receiver.port(), same, 41).close();
                byte[] another =
                        OFFERED.head(8, 0, ProtocolPage.VERSION, ProtocolPage.VERSION, INSTANCE);
                greeted(receiver.port(), another, -1).close();
            }
        }

        @Test
        void asksAgainForANewCopy() {
            try (var receiver = new Ends.Receiving(directory).start();
                    Wire wire = greeted(receiver.port(), INSTANCE)) {
                copy().close();
                wire.send(frame(1));
                directory.remove("x");
                wire.next(ProtocolPage.AGAIN);
                wire.send(frame(1, ProtocolPage.Change.ofLong(1, "GAIN", 5)));
                try (Image copy = copy()) {
                    Wire.until("the frame", () -> copy.cnt0() == 1);
                    assertThat(copy.pixels().toArray(JAVA_BYTE)).isEqualTo(pixels(1));
                    // The first one may have come into the new copy: then these come by themselves.
                    Wire.until("its keyword", () -> copy.keywords().all().size() == 1);
                }
            }
        }

        @Test
        void publishesARepeatedFrameOnceButTakesItsKeywords() {
            try (var receiver = new Ends.Receiving(directory).start();
                    Wire wire = greeted(receiver.port(), INSTANCE);
                    Image copy = copy()) {
                wire.send(frame(1), frame(1, ProtocolPage.Change.ofLong(1, "GAIN", 5)), frame(2));
                Wire.until("the frames", () -> copy.cnt0() == 2);
                assertThat(copy.keywords().all()).hasSize(1);
                assertThat(receiver.loop().count("repeated")).isEqualTo(1);
            }
        }

        @Test
        void tellsTheSecondWhoIsThere() {
            try (var receiver = new Ends.Receiving(directory).start();
                    Wire first = greeted(receiver.port(), INSTANCE);
                    Wire second = Wire.connect(receiver.port())) {
                second.send(
                        OFFERED.head(
                                8, 0, ProtocolPage.VERSION, ProtocolPage.VERSION, INSTANCE + 1));
                assertThat(second.next().type()).isEqualTo(ProtocolPage.HOLD);
                first.send(ProtocolPage.withTimes(ProtocolPage.PING, 1));
                first.next(ProtocolPage.PONG);
                ProtocolPage.Message refused = second.next();
                assertThat(refused.type()).isEqualTo(ProtocolPage.REFUSED);
                assertThat(refused.text(16))
                        .contains("in use by 127.0.0.1:" + first.localPort())
                        .contains("'x'");
                assertThat(second.awaitClosed()).isEmpty();
            }
        }

        @Test
        void letsAProcessReplaceItselfAtOnce() {
            try (var receiver = new Ends.Receiving(directory).start();
                    Wire first = greeted(receiver.port(), INSTANCE)) {
                long startNs = System.nanoTime();
                try (Wire again = greeted(receiver.port(), INSTANCE);
                        Image copy = copy()) {
                    assertThat(System.nanoTime() - startNs)
                            .isLessThan((long) (Full.slack() * 1.5e9));
                    assertThat(first.awaitClosed()).isPresent();
                    again.send(frame(1));
                    Wire.until("the frame", () -> copy.cnt0() == 1);
                }
            }
        }

        @Test
        void letsAnotherTakeTheDeadOnesPlace() {
            try (var receiver = new Ends.Receiving(directory).start();
                    Wire dead = greeted(receiver.port(), INSTANCE)) {
                dead.send(ProtocolPage.withTimes(ProtocolPage.PING, 1)); // heard for the last time
                ProtocolPage.Message message = dead.next();
                while (message.type()
                        != ProtocolPage.PONG) { // pings among them: a dead one answers none
                    message = dead.next();
                }
                long startNs = System.nanoTime();
                try (Wire another = greeted(receiver.port(), INSTANCE + 1);
                        Image copy = copy()) {
                    assertThat(System.nanoTime() - startNs).isLessThan((long) (Full.slack() * 4e9));
                    another.send(frame(1));
                    Wire.until("the frame", () -> copy.cnt0() == 1);
                }
                assertThat(dead.awaitClosed()).isPresent();
            }
        }
    }

    @Nested
    class OurTransmitter {
        private static final ImageSpec SPEC =
                ImageSpec.of("x", DataType.UINT16, Shape.of(3, 3)).withKeywords(300);

        private final ServerSocket server = Wire.listen();

        private RunningLoop transmitter() {
            return new Ends.Transmitting(directory, "x", server.getLocalPort()).start();
        }

        private Wire greeted() {
            return greeted(-1);
        }

        private Wire greeted(long lastCnt0) {
            Wire wire = Wire.accept(server);
            ByteBuffer head = wire.bytes(384);
            assertHead(head);
            wire.send(
                    ProtocolPage.empty(ProtocolPage.HOLD),
                    ProtocolPage.welcome(ProtocolPage.VERSION, lastCnt0, "there"));
            ProtocolPage.Message hello = wire.next();
            assertThat(hello.type()).isEqualTo(ProtocolPage.HELLO);
            assertThat(hello.text(16)).endsWith(" process " + ProcessHandle.current().pid());
            return wire;
        }

        private static void assertHead(ByteBuffer head) {
            assertThat(new String(ProtocolPage.all(head), 8, 8, US_ASCII)).isEqualTo("shmimTCP");
            assertThat(head.getShort(16)).isEqualTo((short) ProtocolPage.VERSION);
            assertThat(head.getShort(18)).isEqualTo((short) ProtocolPage.VERSION);
            assertThat(head.getInt(28)).isNotZero();
            assertThat(ProtocolPage.isWhole(head)).isTrue();
            assertThat(new String(ProtocolPage.all(head), 32, 2, US_ASCII)).isEqualTo("x\0");
            assertThat(head.get(112)).isEqualTo((byte) 2);
            assertThat(head.getInt(116)).isEqualTo(3);
            assertThat(head.getLong(312)).isEqualTo(18);
            assertThat(head.getShort(290)).isEqualTo((short) 300);
        }

        private static void publish(Image image, int number) {
            FrameWriter writer = image.newWriter();
            writer.publish(0, MemorySegment.ofArray(pixels(number)));
        }

        /** Every slot once; then the frame; returns it. */
        private ProtocolPage.Message all(Wire wire) {
            boolean[] seen = new boolean[300];
            while (true) {
                ProtocolPage.Message message = wire.next(m -> m.type() >= ProtocolPage.FRAME);
                ByteBuffer b = message.bytes();
                assertThat(b.getInt(b.limit() - 4))
                        .as("checksum")
                        .isEqualTo(ProtocolPage.crc32c(ProtocolPage.all(b), 16, b.limit() - 4));
                assertThat(b.getInt(b.limit() - 8)).as("state").isEqualTo(1);
                if (message.type() == ProtocolPage.FRAME) {
                    assertThat(seen).as("slots before the frame").doesNotContain(false);
                    return message;
                }
                assertThat(b.getLong(96)).isZero();
                for (int i = 0; i < b.getInt(20); i++) {
                    int slot = b.getInt(128 + 136 * i);
                    assertThat(seen[slot]).isFalse();
                    seen[slot] = true;
                }
            }
        }

        private static void assertFrame(ProtocolPage.Message frame, int number) {
            ByteBuffer b = frame.bytes();
            byte[] pixels = new byte[18];
            b.get(128, pixels);
            assertThat(pixels).isEqualTo(pixels(number));
            assertThat(b.getLong(96)).isEqualTo(18);
            assertThat(b.getInt(104)).isZero();
            assertThat(b.limit()).isEqualTo(128 + 24 + 136 * b.getInt(20) + 8);
        }

        @Test
        void sendsAllKeywordsThenTheNewestFrameThenWhatHappens() throws IOException {
            try (server;
                    Image image = Image.create(directory, SPEC)) {
                image.keywords().put("GAIN", 5L, "");
                publish(image, 1);
                publish(image, 2);
                try (RunningLoop loop = transmitter();
                        Wire wire = greeted()) {
                    ProtocolPage.Message frame = all(wire);
                    assertFrame(frame, 2);
                    assertThat(frame.longAt(24)).as("cnt0").isEqualTo(2);
                    assertThat(Instant.ofEpochSecond(frame.longAt(48), frame.longAt(56)))
                            .isEqualTo(image.acquired());
                    assertThat(frame.longAt(64)).isEqualTo(image.written().getEpochSecond());
                    assertThat(frame.longAt(80)).isGreaterThan(1_700_000_000_000_000_000L);
                    image.keywords().put("GAIN", 6L, "");
                    ProtocolPage.Message keywords = wire.next(ProtocolPage.KEYWORDS);
                    assertThat(keywords.bytes().getInt(20)).isEqualTo(1);
                    assertThat(keywords.text(136).substring(0, 4)).isEqualTo("GAIN");
                    assertThat(keywords.longAt(136 + 24)).isEqualTo(6);
                    publish(image, 3);
                    assertFrame(wire.next(ProtocolPage.FRAME), 3);
                    Wire.until("the count", () -> loop.traffic().out() == 2);
                }
            }
        }

        /** Only to who says that it can expand them; and noise as it is. */
        @Test
        void packsFramesForWhoCanExpandThem() throws IOException {
            ImageSpec spec = ImageSpec.of("x", DataType.UINT16, Shape.of(40, 40)).withKeywords(1);
            var transmitting = new Ends.Transmitting(directory, "x", server.getLocalPort());
            transmitting.lz4 = true;
            try (server;
                    Image image = Image.create(directory, spec);
                    RunningLoop loop = transmitting.start()) {
                byte[] flat = new byte[3200];
                Arrays.fill(flat, (byte) 3);
                byte[] noise = new byte[3200];
                new java.util.SplittableRandom(1).nextBytes(noise);
                FrameWriter writer = image.newWriter();
                writer.publish(0, MemorySegment.ofArray(flat));
                for (int capabilities : new int[] {ProtocolPage.LZ4, 0, -1}) {
                    try (Wire wire = Wire.accept(server)) {
                        ByteBuffer head = wire.bytes(384);
                        assertThat(head.getInt(20)).isEqualTo(ProtocolPage.LZ4);
                        wire.send(
                                ProtocolPage.welcome(
                                        ProtocolPage.VERSION, capabilities, -1, "there"));
                        assertPixels(wire.next(ProtocolPage.FRAME), capabilities != 0, flat);
                        writer.publish(0, MemorySegment.ofArray(noise));
                        assertPixels(wire.next(ProtocolPage.FRAME), false, noise);
                        writer.publish(0, MemorySegment.ofArray(flat));
                        assertPixels(wire.next(ProtocolPage.FRAME), capabilities != 0, flat);
                    }
                }
                assertThat(loop.isAlive()).isTrue();
            }
        }

        private static void assertPixels(
                ProtocolPage.Message frame, boolean packed, byte[] expected) {
            assertThat(ProtocolPage.isPacked(frame)).isEqualTo(packed);
            ProtocolPage.Message plain = packed ? ProtocolPage.unpacked(frame, 3, 2) : frame;
            assertThat(frame.bytes().limit()).isLessThanOrEqualTo(plain.bytes().limit());
            ByteBuffer b = plain.bytes();
            byte[] pixels = new byte[expected.length];
            b.get(128, pixels);
            assertThat(pixels).isEqualTo(expected);
            assertThat(b.getInt(b.limit() - 4))
                    .isEqualTo(ProtocolPage.crc32c(ProtocolPage.all(b), 16, b.limit() - 4));
            assertThat(b.getInt(b.limit() - 8)).isEqualTo(1);
        }

        @Test
        void answersPingsSkipsTheUnknownAndBeginsAgain() throws IOException {
            try (server;
                    Image image = Image.create(directory, SPEC)) {
                publish(image, 1);
                try (RunningLoop loop = transmitter();
                        Wire wire = greeted()) {
                    assertThat(loop.isAlive()).isTrue();
                    assertFrame(all(wire), 1);
                    wire.send(
                            ProtocolPage.withText(777, 16, "u".repeat(900)),
                            ProtocolPage.withTimes(ProtocolPage.PING, 42),
                            ProtocolPage.empty(778));
                    ProtocolPage.Message pong = wire.next(ProtocolPage.PONG);
                    assertThat(pong.longAt(16)).isEqualTo(42);
                    assertThat(pong.longAt(24)).isPositive().isLessThanOrEqualTo(pong.longAt(32));
                    wire.send(ProtocolPage.empty(ProtocolPage.AGAIN));
                    assertFrame(all(wire), 1);
                }
            }
        }

        /** From the frame on that the receiver has, where each one is wanted and still there. */
        @Test
        void goesOnWhereTheReceiverIsWithEvery() throws IOException {
            var transmitting = new Ends.Transmitting(directory, "x", server.getLocalPort());
            transmitting.every = true;
            try (server;
                    Image image = Image.create(directory, SPEC.withRing(16))) {
                for (int number = 1; number <= 9; number++) {
                    publish(image, number);
                }
                try (RunningLoop loop = transmitting.start();
                        Wire wire = greeted(4)) {
                    assertFrame(all(wire), 5);
                    for (int number = 6; number <= 9; number++) {
                        assertFrame(wire.next(ProtocolPage.FRAME), number);
                    }
                    Wire.until("the count", () -> loop.traffic().out() == 5);
                    assertThat(loop.traffic().skipped()).isZero();
                }
            }
        }

        @Test
        void saysFarewell() throws IOException {
            try (server;
                    Image image = Image.create(directory, SPEC)) {
                publish(image, 1);
                RunningLoop loop = transmitter();
                try (loop;
                        Wire wire = greeted()) {
                    all(wire);
                    loop.close();
                    assertThat(wire.next(ProtocolPage.BYE).text(16)).isEqualTo("it was stopped");
                    assertThat(wire.awaitClosed()).isEmpty();
                }
            }
        }

        @Test
        void introducesAReCreatedImageAnew() throws IOException {
            try (server;
                    Image image = Image.create(directory, SPEC);
                    RunningLoop loop = transmitter();
                    Wire wire = greeted()) {
                assertThat(loop.isAlive()).isTrue();
                assertThat(image.cnt0()).isZero();
                try (Image other =
                                Image.replace(
                                        directory,
                                        ImageSpec.of("x", DataType.UINT8, Shape.of(5, 1)));
                        Wire anew = Wire.accept(server)) {
                    assertThat(wire.next(ProtocolPage.BYE).text(16)).contains("re-created");
                    ByteBuffer head = anew.bytes(384);
                    assertThat(head.getInt(116)).isEqualTo(5);
                    assertThat(head.get(136)).isEqualTo((byte) other.spec().type().code());
                }
            }
        }

        @Test
        void speaksTheCProgramsByteStreamToWhoDoesNotAnswer() throws IOException {
            try (server;
                    Image image = Image.create(directory, SPEC)) {
                publish(image, 1);
                long startNs = System.nanoTime();
                try (RunningLoop loop = transmitter();
                        Wire wire = Wire.accept(server)) {
                    assertHead(wire.bytes(384));
                    ByteBuffer record = wire.bytes(18 + 16 + 300 * 128);
                    assertThat(System.nanoTime() - startNs).isGreaterThan(150_000_000L);
                    assertThat(Arrays.copyOf(ProtocolPage.all(record), 18)).isEqualTo(pixels(1));
                    assertThat(record.getLong(18)).isEqualTo(1);
                    assertThat(record.getLong(26)).isZero();
                    // One that speaks up later is no C program.
                    wire.send(ProtocolPage.empty(ProtocolPage.HOLD));
                    assertThat(wire.awaitClosed()).isEmpty();
                    try (Wire anew = greeted()) {
                        all(anew);
                    }
                    assertThat(loop.count("connections")).isEqualTo(2);
                }
            }
        }

        @Test
        void waitsForAVerdictAndHearsTheReason() throws IOException {
            try (server;
                    Image image = Image.create(directory, SPEC)) {
                assertThat(image.cnt0()).isZero();
                var transmitting = new Ends.Transmitting(directory, "x", server.getLocalPort());
                try (RunningLoop loop = transmitting.start();
                        Wire wire = Wire.accept(server)) {
                    assertHead(wire.bytes(384));
                    wire.send(ProtocolPage.empty(ProtocolPage.HOLD));
                    assertThat(wire.isSilent(Duration.ofMillis(600))).isTrue();
                    wire.send(
                            ProtocolPage.withText(ProtocolPage.REFUSED, 16, "in use by somebody"));
                    Wire.until("the reason", () -> !transmitting.reasons.isEmpty());
                    assertThat(transmitting.reasons.getFirst())
                            .isEqualTo("refused: in use by somebody");
                    assertThat(loop.isAlive()).isTrue();
                }
            }
        }

        @Test
        void closesWhenItIsWelcomedInAVersionThatItDidNotOffer() throws IOException {
            try (server;
                    Image image = Image.create(directory, SPEC);
                    RunningLoop loop = transmitter();
                    Wire wire = Wire.accept(server)) {
                assertHead(wire.bytes(384));
                wire.send(
                        ProtocolPage.empty(ProtocolPage.HOLD),
                        ProtocolPage.welcome(ProtocolPage.VERSION + 1, "there"));
                assertThat(wire.awaitClosed()).isEmpty();
                assertThat(loop.isAlive()).isTrue();
                assertThat(image.isReplaced()).isFalse();
            }
        }

        /** Both ends at once: it takes its time. */
        @Test
        void eitherEndGivesASilentOneUpAfterFourSeconds(@ShmDir Path copies) throws IOException {
            var receiving = new Ends.Receiving(new ImageDirectory(copies));
            try (server;
                    Image image = Image.create(directory, SPEC);
                    Ends.RunningReceiver receiver = receiving.start();
                    Wire toReceiver = Wire.connect(receiver.port());
                    RunningLoop loop = transmitter();
                    Wire toTransmitter = greeted()) {
                assertThat(image.cnt0()).isZero();
                toReceiver.send(
                        OFFERED.head(7, 0, ProtocolPage.VERSION, ProtocolPage.VERSION, INSTANCE));
                long startNs = System.nanoTime();
                assertThat(toTransmitter.awaitClosed()).isPresent();
                assertThat((System.nanoTime() - startNs) / 1e9).isBetween(3.5, 4 + Full.slack());
                assertThat(toReceiver.awaitClosed()).isPresent();
                assertThat((System.nanoTime() - startNs) / 1e9).isBetween(3.5, 4 + Full.slack());
                assertThat(loop.isAlive()).isTrue();
            }
        }
    }

    @Test
    void theChecksumIsThatOfThePage() {
        assertThat(ProtocolPage.crc32c("123456789".getBytes(US_ASCII), 0, 9)).isEqualTo(0xE3069283);
    }
}
