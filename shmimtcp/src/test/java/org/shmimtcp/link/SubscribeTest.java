package org.shmimtcp.link;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.offer.OfferSettings;
import org.shmimtcp.offer.Offering;
import org.shmimtcp.receive.Demand;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.receive.Receiver;
import org.shmimtcp.receive.WantedStream;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.status.StatusFile;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.transport.Tls;

/** Tests requested streams: each of our ends against the page, and both against each other. */
@Timeout(120)
class SubscribeTest {
    private static final ProtocolPage.Image OFFERED =
            new ProtocolPage.Image("cam", 3, 2, List.of(3, 3), 2);
    private static final long ANOTHER = 4711;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<String> reasons = new CopyOnWriteArrayList<>();
    private final Path dir;
    private final int port = Programs.freePort();

    SubscribeTest(@ShmDir Path dir) {
        this.dir = dir;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private ImageDirectory host(String name) {
        try {
            return new ImageDirectory(Files.createDirectories(dir.resolve(name)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Image create(ImageDirectory directory, String name) {
        Image image = Image.create(directory, ImageSpec.of(name, DataType.UINT16, Shape.of(3, 3)));
        opened.add(image);
        return image;
    }

    private static byte[] pixels(int number) {
        byte[] pixels = new byte[18];
        Arrays.fill(pixels, (byte) number);
        return pixels;
    }

    private static void publish(Image image, int number) {
        image.newWriter().publish(0, MemorySegment.ofArray(pixels(number)));
    }

    private Offering offer(ImageDirectory directory, int at, String... streams) throws IOException {
        Offering offering =
                new Offering(
                        OfferSettings.NOTHING
                                .with(OfferSettings.PORT, at)
                                .with(OfferSettings.STREAMS, List.of(streams))
                                .with(ReceiveSettings.BIND, "127.0.0.1")
                                .with(LinkSettings.PRIORITY, 0),
                        directory,
                        end -> new StatusFile(directory, end));
        opened.add(offering);
        return offering;
    }

    private Wire request(byte[] subscribe) {
        Wire wire = Wire.connect(port).send(subscribe);
        opened.add(wire);
        return wire;
    }

    private static byte[] subscribe(String name) {
        return ProtocolPage.subscribe(name, 0, 0, ANOTHER);
    }

    /** Reads the answer and the head, and answers the head; returns the origins. */
    private static List<Long> accepted(Wire wire, String name) {
        return accepted(wire, name, 0);
    }

    private static List<Long> accepted(Wire wire, String name, int capabilities) {
        ProtocolPage.Message answer = wire.next();
        assertThat(answer.type()).isEqualTo(ProtocolPage.SUBSCRIBED);
        assertThat(answer.bytes().getShort(16)).isEqualTo((short) ProtocolPage.VERSION);
        List<Long> origins = ProtocolPage.ids(answer, 20, 24);
        ByteBuffer head = wire.bytes(384);
        assertThat(ProtocolPage.isWhole(head)).isTrue();
        assertThat(new String(ProtocolPage.all(head), 32, 80, StandardCharsets.US_ASCII).strip())
                .startsWith(name + "\0");
        assertThat(head.getInt(20)).isEqualTo(capabilities);
        wire.send(ProtocolPage.welcome(ProtocolPage.VERSION, capabilities, -1, "test"));
        assertThat(wire.next(ProtocolPage.HELLO).text(16)).contains(" process ");
        return origins;
    }

    private static void assertFrame(ProtocolPage.Message frame, int number) {
        byte[] pixels = new byte[18];
        frame.bytes().get(128, pixels);
        assertThat(pixels).isEqualTo(pixels(number));
    }

    private static String refused(Wire wire) {
        ProtocolPage.Message refused = wire.next();
        assertThat(refused.type()).isEqualTo(ProtocolPage.REFUSED);
        assertThat(wire.awaitClosed()).isEmpty();
        return refused.text(16);
    }

    @Test
    void aRequestedStreamIsSentAsOnALink() throws IOException {
        ImageDirectory directory = host("a");
        Image cam = create(directory, "cam");
        publish(cam, 1);
        Offering offering = offer(directory, port, "cam*");
        Wire wire = request(subscribe("cam"));
        assertThat(accepted(wire, "cam")).hasSize(1).doesNotContain(0L);
        assertFrame(wire.next(ProtocolPage.FRAME), 1);
        publish(cam, 2);
        assertFrame(wire.next(ProtocolPage.FRAME), 2);
        wire.send(ProtocolPage.withTimes(ProtocolPage.PING, 42));
        assertThat(wire.next(ProtocolPage.PONG).longAt(16)).isEqualTo(42);
        offering.refresh();
        assertThat(directory.path().resolve(".shmimtcp").toFile().list()).hasSize(1);
        opened.add(Image.replace(directory, ImageSpec.of("cam", DataType.FLOAT, Shape.of(5, 5))));
        assertThat(wire.next(ProtocolPage.BYE).text(16))
                .isEqualTo("its stream was re-created or removed");
        Wire.until("its state to go", () -> !Files.exists(directory.path().resolve(".shmimtcp")));
    }

    @Test
    void aStreamIsPackedOnRequest() throws IOException {
        ImageDirectory directory = host("a");
        Image cam = Image.create(directory, ImageSpec.of("cam", DataType.INT16, Shape.of(64, 64)));
        opened.add(cam);
        byte[] flat = new byte[8192];
        Arrays.fill(flat, (byte) 9);
        cam.newWriter().publish(0, MemorySegment.ofArray(flat));
        offer(directory, port, "cam*");
        Wire wire = request(ProtocolPage.subscribe("cam", 2, 0, ANOTHER));
        accepted(wire, "cam", ProtocolPage.LZ4);
        ProtocolPage.Message frame = wire.next(ProtocolPage.FRAME);
        assertThat(ProtocolPage.isPacked(frame)).isTrue();
        assertThat(frame.bytes().limit()).isLessThan(400);
        byte[] pixels = new byte[8192];
        ProtocolPage.unpacked(frame, 4, 2).bytes().get(128, pixels);
        assertThat(pixels).isEqualTo(flat);
        try (RunningLoop wanting = RunningLoop.start(receiver(host("b"), "cam", port, true))) {
            Wire.until("the copy", () -> host("b").has("cam"));
            try (Image copy = Image.open(host("b"), "cam")) {
                Wire.until("the frame", () -> copy.cnt0() == 1);
                assertThat(copy.pixels().toArray(JAVA_BYTE)).isEqualTo(flat);
                assertThat(wanting.traffic().bytes()).isLessThan(400);
            }
        }
    }

    @Test
    void refusalsGiveTheReason() throws IOException {
        ImageDirectory directory = host("a");
        create(directory, "cam");
        create(directory, "dm");
        Files.write(directory.path().resolve("cambad.im.shm"), new byte[] {1, 2, 3});
        offer(directory, port, "cam*");
        assertThat(refused(request(subscribe("dm")))).isEqualTo("stream 'dm' is not offered");
        assertThat(refused(request(subscribe("nix")))).isEqualTo("stream 'nix' is not offered");
        assertThat(refused(request(subscribe("cam2")))).isEqualTo("there is no stream 'cam2' yet");
        assertThat(refused(request(subscribe("cambad"))))
                .isEqualTo("stream 'cambad' cannot be used");
        assertThat(refused(request(subscribe("../cam")))).contains("stream that cannot be");
        byte[] damaged = subscribe("cam");
        damaged[33] ^= 1;
        assertThat(refused(request(damaged))).contains("checksum");
        assertThat(refused(request(ProtocolPage.subscribe("cam", 0, Double.NaN, ANOTHER))))
                .contains("NaN frames per second");
        assertThat(refused(request(ProtocolPage.subscribe("cam", 0, 0)))).contains("0 ids");
        byte[] newer = subscribe("cam");
        newer[16] = 3;
        newer[18] = 9;
        assertThat(refused(request(ProtocolPage.sealed(newer))))
                .isEqualTo("it speaks versions 3 to 9 of the protocol, this end version 2");
    }

    @Test
    void aStreamIsNotSentToItself() throws IOException {
        ImageDirectory directory = host("a");
        create(directory, "cam");
        offer(directory, port, "cam");
        long id = accepted(request(subscribe("cam")), "cam").getFirst();
        assertThat(refused(request(ProtocolPage.subscribe("cam", 0, 0, ANOTHER, id))))
                .contains("close a circle");
    }

    private RunningLoop want(ImageDirectory directory, String stream, int at, @Nullable Tls tls) {
        return want(directory, stream, at, tls, false);
    }

    private RunningLoop want(
            ImageDirectory directory, String stream, int at, @Nullable Tls tls, boolean every) {
        return RunningLoop.start(receiver(directory, stream, at, tls, every));
    }

    private Receiver receiver(
            ImageDirectory directory, String stream, int at, @Nullable Tls tls, boolean every) {
        return receiver(directory, stream, at, tls, every, false);
    }

    private Receiver receiver(ImageDirectory directory, String stream, int at, boolean lz4) {
        return receiver(directory, stream, at, null, false, lz4);
    }

    private Receiver receiver(
            ImageDirectory directory,
            String stream,
            int at,
            @Nullable Tls tls,
            boolean every,
            boolean lz4) {
        WantedStream.Where where =
                new WantedStream.Where() {
                    @Override
                    public Endpoint find(java.util.function.BooleanSupplier stopped) {
                        return new Endpoint("127.0.0.1", at);
                    }

                    @Override
                    public String describe() {
                        return "A";
                    }
                };
        WantedStream.Watcher watcher =
                new WantedStream.Watcher() {
                    @Override
                    public void connected(String peer) {
                        reasons.add("connected");
                    }

                    @Override
                    public void waiting(String reason) {
                        reasons.add(reason);
                    }
                };
        return Receiver.wanting(
                new WantedStream(
                        stream,
                        stream,
                        directory,
                        where,
                        at,
                        tls,
                        every,
                        lz4,
                        0,
                        Demand.ALWAYS,
                        watcher),
                ReceiveSettings.DEFAULT,
                LoopContext.of(directory));
    }

    private static byte[] head() {
        return OFFERED.head(7, 0, ProtocolPage.VERSION, ProtocolPage.VERSION, 12345);
    }

    private static byte[] frame(int number) {
        return ProtocolPage.frame(
                new ProtocolPage.Fields(number, 0, 0, 1_700_000_000L, 0),
                0,
                pixels(number),
                List.of());
    }

    @Test
    void aWantedStreamIsRequestedAsThePageSays() throws IOException {
        ImageDirectory directory = host("b");
        try (ServerSocket server = Wire.listen();
                RunningLoop _ = want(directory, "cam", server.getLocalPort(), null, true)) {
            long own;
            try (Wire wire = Wire.accept(server)) {
                ProtocolPage.Message request = wire.next();
                assertThat(request.type()).isEqualTo(ProtocolPage.SUBSCRIBE);
                ByteBuffer b = request.bytes();
                assertThat(b.getShort(16)).isEqualTo((short) ProtocolPage.VERSION);
                assertThat(b.getShort(18)).isEqualTo((short) ProtocolPage.VERSION);
                assertThat(b.getInt(20)).as("every frame").isEqualTo(1);
                assertThat(b.getDouble(24)).isZero();
                assertThat(request.text(32)).startsWith("cam");
                own = ProtocolPage.ids(request, 112, 120).getFirst();
                wire.send(
                        ProtocolPage.withText(77, 16, "skipped"),
                        ProtocolPage.subscribed(ANOTHER),
                        head());
                assertThat(wire.next(ProtocolPage.WELCOME).longAt(24)).isEqualTo(-1);
                wire.send(ProtocolPage.withText(ProtocolPage.HELLO, 16, "a process 1"), frame(5));
                Wire.until("the copy", () -> directory.has("cam"));
                try (Image copy = Image.open(directory, "cam")) {
                    Wire.until("the frame", () -> copy.cnt0() == 1);
                    assertThat(copy.pixels().toArray(JAVA_BYTE)).isEqualTo(pixels(5));
                }
            }
            try (Wire again = Wire.accept(server)) { // after the loss, the same request
                assertThat(ProtocolPage.ids(again.next(), 112, 120)).containsExactly(own);
                again.send(ProtocolPage.subscribed(ANOTHER, own));
                assertThat(again.awaitClosed()).isEmpty();
            }
            Wire.until("its reason", () -> reasons.toString().contains("close a circle"));
            try (Wire refusing = Wire.accept(server)) {
                refusing.next();
                refusing.send(ProtocolPage.withText(ProtocolPage.REFUSED, 16, "not today"));
            }
            Wire.until("its reason", () -> reasons.contains("refused: not today"));
            try (Wire wrong = Wire.accept(server)) {
                wrong.next();
                byte[] other =
                        new ProtocolPage.Image("dm", 3, 2, List.of(3, 3), 2)
                                .head(7, 0, ProtocolPage.VERSION, ProtocolPage.VERSION, 1);
                wrong.send(ProtocolPage.subscribed(ANOTHER), other);
                assertThat(wrong.next(ProtocolPage.REFUSED).text(16))
                        .isEqualTo("it sends stream 'dm' instead");
            }
            assertThat(directory.names()).containsExactly("cam");
        }
    }

    @Test
    void aCopyAppearsLaterAndFollowsItsSource() throws IOException {
        ImageDirectory a = host("a");
        ImageDirectory b = host("b");
        try (RunningLoop wanting = want(b, "cam", port, null)) {
            Wire.until("no answer", () -> !reasons.isEmpty());
            offer(a, port, "cam");
            Wire.until(
                    "no stream", () -> reasons.contains("refused: there is no stream 'cam' yet"));
            Image cam = create(a, "cam");
            publish(cam, 1);
            Wire.until("the copy", () -> b.has("cam"));
            try (Image copy = Image.open(b, "cam")) {
                Wire.until("the frame", () -> copy.cnt0() == 1);
                for (int number = 2; number <= 20; number++) {
                    publish(cam, number);
                    long cnt0 = number;
                    Wire.until("the frame", () -> copy.cnt0() == cnt0);
                    assertThat(copy.pixels().toArray(JAVA_BYTE)).isEqualTo(pixels(number));
                }
            }
            Image larger = Image.replace(a, ImageSpec.of("cam", DataType.UINT8, Shape.of(100, 50)));
            opened.add(larger);
            byte[] all = new byte[5000];
            Arrays.fill(all, (byte) 7);
            larger.newWriter().publish(0, MemorySegment.ofArray(all));
            Wire.until(
                    "the copy of the new one",
                    () -> {
                        try (Image copy = Image.open(b, "cam")) {
                            return copy.spec().shape().equals(Shape.of(100, 50))
                                    && Arrays.equals(copy.pixels().toArray(JAVA_BYTE), all);
                        } catch (org.shmimtcp.image.ImageException beingReplaced) {
                            return false;
                        }
                    });
            assertThat(wanting.traffic().skipped()).isZero();
        }
    }

    @Test
    void aCircleIsRefusedWithTheReason() throws IOException {
        ImageDirectory a = host("a");
        ImageDirectory b = host("b");
        Image cam = create(a, "cam");
        publish(cam, 1);
        offer(a, port, "cam");
        Receiver first = receiver(b, "cam", port, null, false);
        try (RunningLoop _ = RunningLoop.start(first);
                StatusFile state = new StatusFile(b, first)) {
            Wire.until("the copy", () -> b.has("cam"));
            try (Image copy = Image.open(b, "cam")) {
                Wire.until("the first frame", () -> copy.cnt0() == 1);
            }
            state.refresh();
            int back = Programs.freePort();
            offer(b, back, "cam");
            reasons.clear();
            try (RunningLoop second = want(a, "cam", back, null)) {
                Wire.until("the refusal", () -> reasons.toString().contains("close a circle"));
                assertThat(second.traffic().in()).isZero();
            }
            publish(cam, 2);
            try (Image copy = Image.open(b, "cam")) {
                Wire.until("the next frame", () -> copy.cnt0() == 2);
            }
        }
    }
}
