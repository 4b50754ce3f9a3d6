package org.shmimtcp.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.publish.PublishSettings;
import org.shmimtcp.publish.Publisher;
import org.shmimtcp.receive.NamePatterns;
import org.shmimtcp.receive.OnLoss;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.ZmtpPeer;
import org.shmimtcp.xrif.PlainXrif;

/** Tests subscriptions with a server on a plain socket. */
@ExtendWith(ChildProcesses.class)
@Timeout(120)
class SubscriptionTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final byte[] CAM = "cam".getBytes(StandardCharsets.UTF_8);

    private final ImageDirectory directory;
    private final List<AutoCloseable> open = new ArrayList<>();
    private final ServerSocket server;

    SubscriptionTest(@ShmDir Path path) throws IOException {
        directory = new ImageDirectory(path);
        server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        server.setSoTimeout((int) SOON.toMillis());
        open.add(server);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private RunningLoop subscribe(OnLoss onLoss, boolean sameCounter) {
        return subscribe(server.getLocalPort(), "cam", onLoss, sameCounter);
    }

    private RunningLoop subscribe(int port, String name, OnLoss onLoss, boolean sameCounter) {
        RunningLoop running =
                RunningLoop.start(
                        new Subscription(
                                new SubscribeSettings(
                                        directory, "127.0.0.1", port, onLoss, sameCounter),
                                name,
                                "copy"));
        open.add(running);
        return running;
    }

    private ZmtpPeer accept() {
        try {
            ZmtpPeer peer = ZmtpPeer.server(server.accept());
            open.add(peer);
            return peer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Builds a frame from the description of the format, without the product's codec. */
    private static byte[] message(
            String name, int type, int nx, int ny, long cnt0, boolean packed, byte[] payload) {
        ByteBuffer bytes = ByteBuffer.allocate(256 + payload.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(0, name.getBytes(StandardCharsets.UTF_8));
        bytes.put(128, (byte) type).putInt(129, nx).putInt(133, ny).putLong(137, cnt0);
        bytes.putLong(145, 1_700_000_000L).putLong(153, 123_456_789L);
        bytes.putShort(161, (short) (packed ? 300 : -1));
        bytes.putShort(163, (short) (packed ? 200 : -1));
        bytes.putShort(165, (short) (packed ? 100 : -1));
        bytes.putInt(167, payload.length).put(256, payload);
        return bytes.array();
    }

    private static byte[] raw(long cnt0, int value) {
        byte[] pixels = new byte[6];
        Arrays.fill(pixels, (byte) value);
        return message("cam", 1, 3, 2, cnt0, false, pixels);
    }

    private Image awaitCopy(long cnt0) {
        Await.until(
                SOON,
                "frame " + cnt0 + " in the copy",
                () -> {
                    if (!directory.has("copy")) {
                        return false;
                    }
                    try (Image image = Image.open(directory, "copy")) {
                        return image.cnt0() == cnt0;
                    } catch (ImageException unfinished) {
                        return false;
                    }
                });
        Image image = Image.open(directory, "copy");
        open.add(image);
        return image;
    }

    private static byte[] pixels(Image image) {
        return image.pixels().toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void asksForEachFrameAndPublishesIt() {
        RunningLoop running = subscribe(OnLoss.HOLD, false);
        ZmtpPeer peer = accept();
        assertThat(peer.receive()).isEqualTo(CAM);
        peer.send(raw(1000, 7));
        assertThat(peer.receive()).isEqualTo(CAM);
        Image copy = awaitCopy(1);
        assertThat(copy.spec().describe()).isEqualTo("3x2 ui8");
        assertThat(pixels(copy)).hasSize(6).containsOnly(7);
        assertThat(copy.acquired()).isEqualTo(Instant.ofEpochSecond(1_700_000_000L, 123_456_789));
        peer.send(raw(1003, 8));
        assertThat(peer.receive()).isEqualTo(CAM);
        awaitCopy(2);
        assertThat(pixels(copy)).containsOnly(8); // the same file
        assertThat(running.traffic().skipped()).isEqualTo(2);
        assertThat(running.traffic().state()).isEqualTo("connected");
    }

    @Test
    void takesTheSourcesCounterOverIfTold() {
        subscribe(OnLoss.HOLD, true);
        ZmtpPeer peer = accept();
        peer.receive();
        peer.send(raw(123_456, 7));
        awaitCopy(123_456);
    }

    @Test
    void expandsWhatAnotherCodecCompressed() {
        byte[] pixels = new byte[2 * 77 * 3];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (i * i);
        }
        subscribe(OnLoss.HOLD, false);
        ZmtpPeer peer = accept();
        peer.receive();
        peer.send(message("cam", 3, 77, 3, 5, true, PlainXrif.compressed(pixels)));
        assertThat(pixels(awaitCopy(1))).isEqualTo(pixels);
    }

    @Test
    void asksAgainAfterASecondOfSilenceAndComesBackAfterAHangUp() {
        subscribe(OnLoss.HOLD, false);
        ZmtpPeer peer = accept();
        peer.receive();
        long beginNs = System.nanoTime();
        assertThat(peer.receive()).isEqualTo(CAM);
        assertThat(System.nanoTime() - beginNs).isBetween(500_000_000L, 5_000_000_000L);
        peer.send(new byte[1]);
        beginNs = System.nanoTime();
        assertThat(peer.receive()).isEqualTo(CAM);
        assertThat(System.nanoTime() - beginNs).isGreaterThan(500_000_000L);
        peer.send(raw(1, 3));
        awaitCopy(1);
    }

    @Test
    void connectsAgainAndFollowsAnotherSize() {
        RunningLoop running = subscribe(OnLoss.HOLD, false);
        ZmtpPeer peer = accept();
        peer.receive();
        peer.send(raw(1, 3));
        awaitCopy(1);
        peer.close();
        ZmtpPeer again = accept();
        assertThat(again.receive()).isEqualTo(CAM);
        again.send(raw(1, 3)); // a frame that the subscription already has
        assertThat(again.receive()).isEqualTo(CAM);
        Await.until(SOON, "a repeated frame", () -> running.count("repeated") == 1);
        byte[] floats = new byte[4 * 4];
        again.send(message("cam", 9, 4, 1, 2, false, floats));
        assertThat(again.receive()).isEqualTo(CAM);
        Await.until(SOON, "two frames", () -> running.traffic().out() == 2);
        try (Image copy = Image.open(directory, "copy")) {
            assertThat(copy.spec().describe()).isEqualTo("4x1 f32");
        }
    }

    @Test
    void zerosTheCopyWhenTheServerIsGone() {
        subscribe(OnLoss.parse("zero"), false);
        ZmtpPeer peer = accept();
        peer.receive();
        peer.send(raw(1, 3));
        awaitCopy(1);
        peer.close();
        assertThat(pixels(awaitCopy(2))).containsOnly(0);
    }

    /** Each is refused without any effect, and the next good frame is accepted. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "name", "path", "type", "size", "length", "long", "method", "packed", "huge", "zero"
            })
    void refusesWhatIsNoFrameOfTheStream(String what) {
        byte[] bad = raw(1, 9);
        ByteBuffer head = ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN);
        switch (what) {
            case "name" -> head.put(0, (byte) 'x');
            case "path" -> head.put(0, "../../cam".getBytes(StandardCharsets.UTF_8));
            case "type" -> head.put(128, (byte) 13);
            case "size" -> head.putInt(129, 4);
            case "length" -> head.putInt(167, 5);
            case "long" -> bad = Arrays.copyOf(bad, bad.length + 1);
            case "method" -> head.putShort(161, (short) 300);
            case "packed" -> bad = message("cam", 3, 5, 5, 1, true, new byte[40]);
            case "huge" -> head.putInt(129, 100_000).putInt(133, 100_000);
            default -> head.putInt(133, 0);
        }
        RunningLoop running = subscribe(OnLoss.HOLD, false);
        ZmtpPeer peer = accept();
        peer.receive();
        peer.send(bad);
        assertThat(peer.receive()).isEqualTo(CAM);
        assertThat(running.count("damaged")).isEqualTo(1);
        assertThat(directory.names()).isEmpty();
        peer.send(raw(2, 1));
        assertThat(pixels(awaitCopy(1))).containsOnly(1);
    }

    /** Multipart messages and impossible lengths end only the connection. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void outlivesMessagesThatNoServerSends(boolean severalParts) {
        subscribe(OnLoss.HOLD, false);
        ZmtpPeer peer = accept();
        peer.receive();
        if (severalParts) {
            peer.sendParts(11, raw(1, 9));
        } else {
            peer.sendRaw(ByteBuffer.allocate(9).put((byte) 2).putLong(1L << 40).array());
        }
        peer.awaitEnd(SOON);
        assertThat(directory.names()).isEmpty();
        ZmtpPeer again = accept();
        again.receive();
        again.send(raw(1, 4));
        assertThat(pixels(awaitCopy(1))).containsOnly(4);
    }

    /** JeroMQ takes 2^63 and more for a negative length, which ended its thread. */
    @ParameterizedTest
    @ValueSource(strings = {"02ffffffffffffffff", "02ffffffff80000000", "06ffffffffffffffff"})
    void outlivesLengthsThatLookNegative(String header) throws IOException {
        subscribe(OnLoss.HOLD, false);
        try (Socket early = server.accept()) {
            early.getOutputStream().write(ZmtpPeer.greeting());
            early.getOutputStream().write(HexFormat.of().parseHex(header));
            ZmtpPeer peer = accept();
            peer.receive();
            peer.sendRaw(HexFormat.of().parseHex(header));
            if (header.startsWith("02")) {
                peer.awaitEnd(SOON);
            }
            peer.close();
            ZmtpPeer again = accept();
            again.receive();
            again.send(raw(1, 4));
            assertThat(pixels(awaitCopy(1))).containsOnly(4);
        }
    }

    /** A thin line: heartbeats ended the connection after 5 s, and each second it asked again. */
    @Test
    void aFrameThatTakesLongerThanAHeartbeatArrivesAndIsNotRequestedAgain() {
        subscribe(OnLoss.HOLD, false);
        ZmtpPeer peer = accept();
        peer.receive();
        byte[] pixels = new byte[4_000_000];
        Arrays.fill(pixels, (byte) 5);
        byte[] message = message("cam", 1, 2000, 2000, 1, false, pixels);
        peer.sendRaw(ByteBuffer.allocate(9).put((byte) 2).putLong(message.length).array());
        peer.busy(true);
        int piece = message.length / 60;
        int at = 0;
        for (; at + piece < message.length; at += piece) {
            peer.sendRaw(Arrays.copyOfRange(message, at, at + piece));
            assertThat(peer.receive(Duration.ofMillis(100))).isNull();
        }
        peer.sendRaw(Arrays.copyOfRange(message, at, message.length));
        peer.busy(false);
        assertThat(pixels(awaitCopy(1))).containsOnly(5);
        assertThat(peer.receive()).isEqualTo(CAM);
    }

    /** A server on this machine that publishes this directory: a loop that looked like a camera. */
    @Test
    void theCopyIsNotItsOwnSource() throws IOException {
        Publisher publisher =
                new Publisher(
                        new PublishSettings(
                                directory, null, 0, 1000, false, List.of(), NamePatterns.ANY));
        open.add(RunningLoop.start(publisher));
        Image image = Image.create(directory, ImageSpec.of("copy", DataType.UINT8, Shape.of(3, 2)));
        open.add(image);
        image.newWriter().publish(0, MemorySegment.ofArray(new byte[] {1, 2, 3, 4, 5, 6}));
        RunningLoop running = subscribe(publisher.port(), "copy", OnLoss.HOLD, false);
        Await.until(SOON, "a refusal", () -> running.count("damaged") == 1);
        assertThat(image.cnt0()).isLessThanOrEqualTo(2);
    }

    /**
     * Returns an LZ4 block of that many zeros: one literal, which is repeated, and the five
     * literals that must be last.
     */
    private static byte[] zeros(int count) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.writeBytes(new byte[] {0x1f, 0, 1, 0});
        int more = count - 1 - 5 - 4 - 15;
        for (; more >= 255; more -= 255) {
            block.write(255);
        }
        block.write(more);
        block.writeBytes(new byte[] {0x50, 0, 0, 0, 0, 0});
        return block.toByteArray();
    }

    @Test
    void expandsABlockOfZeros() {
        subscribe(OnLoss.HOLD, false);
        ZmtpPeer peer = accept();
        peer.receive();
        peer.send(message("cam", 3, 128, 64, 1, true, zeros(4 * 128 * 64)));
        assertThat(pixels(awaitCopy(1))).hasSize(2 * 128 * 64).containsOnly(0);
    }

    /** Half a megabyte that would take 400 MB. */
    @Test
    void refusesCompressedFramesThatNeedTooMuchMemory() {
        RunningLoop running = subscribe(OnLoss.HOLD, false);
        ZmtpPeer peer = accept();
        peer.receive();
        peer.send(message("cam", 3, 8192, 4096, 1, true, zeros(4 * 8192 * 4096)));
        assertThat(peer.receive()).isEqualTo(CAM);
        assertThat(running.count("damaged")).isEqualTo(1);
        assertThat(directory.names()).isEmpty();
    }

    /** JeroMQ once lost three of a hundred new connections, at random. */
    @Test
    void losesNoConnectionWhileItConnects() {
        for (int n = 0; n < 200; n++) {
            // The peer stays open until the end: a subscriber that loses it would connect again,
            // and the next accept would get that connection.
            try (SourceSocket socket = new SourceSocket("127.0.0.1", server.getLocalPort())) {
                ZmtpPeer peer = accept();
                assertThat(socket.send(CAM)).isTrue();
                assertThat(peer.receive()).isEqualTo(CAM);
            }
        }
    }

    /** A server that stops in the middle of the handshake is left after a while. */
    @Test
    void leavesAServerThatOnlyGreets() throws IOException {
        subscribe(OnLoss.HOLD, false);
        try (Socket half = server.accept()) {
            half.getOutputStream().write(ZmtpPeer.greeting());
            ZmtpPeer peer = accept();
            assertThat(peer.receive()).isEqualTo(CAM);
            peer.send(raw(1, 4));
            assertThat(pixels(awaitCopy(1))).containsOnly(4);
        }
    }

    /** Another program puts a file there that must not be replaced, then removes it. */
    @Test
    void outlivesACopyThatBecomesUnusable() throws IOException {
        RunningLoop running = subscribe(OnLoss.HOLD, false);
        ZmtpPeer peer = accept();
        peer.receive();
        peer.send(raw(1, 1));
        awaitCopy(1);
        byte[] foreign = new byte[4096];
        Arrays.fill(foreign, (byte) 'x');
        Path file = directory.path().resolve("copy.im.shm");
        Path beside = Files.write(directory.path().resolve("beside"), foreign);
        Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(peer.receive()).isEqualTo(CAM);
        peer.send(raw(2, 2));
        assertThat(peer.receive()).isEqualTo(CAM); // the frame before was refused
        assertThat(Files.readAllBytes(file)).isEqualTo(foreign);
        assertThat(running.isAlive()).isTrue();
        Files.delete(file);
        peer.send(raw(3, 3));
        Await.until(
                SOON,
                "the frame after it in a new copy",
                () -> {
                    if (peer.receive(Duration.ofMillis(100)) != null) {
                        peer.send(raw(3, 3));
                    }
                    if (!directory.has("copy")) {
                        return false;
                    }
                    try (Image image = Image.open(directory, "copy")) {
                        return pixels(image)[0] == 3;
                    } catch (ImageException unfinished) {
                        return false;
                    }
                });
    }

    /** A publisher and a subscriber of shmimTCP, with compression. */
    @Test
    void takesWhatOursPublishes() throws IOException {
        Publisher publisher =
                new Publisher(
                        new PublishSettings(
                                directory, null, 0, 1000, true, List.of(), NamePatterns.ANY));
        open.add(RunningLoop.start(publisher));
        Image source =
                Image.create(directory, ImageSpec.of("source", DataType.UINT16, Shape.of(64, 32)));
        open.add(source);
        RunningLoop running = subscribe(publisher.port(), "source", OnLoss.HOLD, true);
        byte[] frame = new byte[64 * 32 * 2];
        for (int n = 1; n <= 20; n++) {
            Arrays.fill(frame, (byte) n);
            source.newWriter().publish(0, MemorySegment.ofArray(frame));
            int frames = n;
            Await.until(SOON, n + " frames", () -> running.traffic().out() == frames);
        }
        assertThat(pixels(awaitCopy(20))).isEqualTo(frame);
    }
}
