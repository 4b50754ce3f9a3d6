package org.shmimtcp.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.receive.NamePatterns;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.CapturedErr;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.ZmtpPeer;
import org.shmimtcp.transport.AddressRange;
import org.shmimtcp.xrif.PlainXrif;

/** Tests the publisher with clients on plain sockets. */
@ExtendWith(ChildProcesses.class)
@Timeout(120)
class PublisherTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration BRIEF = Duration.ofMillis(300);
    private static final int HEAD = 256;

    private final ImageDirectory directory;
    private final List<AutoCloseable> open = new ArrayList<>();

    PublisherTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private Publisher start(double fps, boolean compressed, String... names) throws IOException {
        return start(fps, compressed, List.of(), names);
    }

    private Publisher start(
            double fps, boolean compressed, List<AddressRange> allowed, String... names)
            throws IOException {
        Publisher publisher =
                new Publisher(
                        new PublishSettings(
                                directory,
                                null,
                                0,
                                fps,
                                compressed,
                                allowed,
                                NamePatterns.of(List.of(names))));
        open.add(RunningLoop.start(publisher));
        return publisher;
    }

    private ZmtpPeer client(Publisher publisher) {
        ZmtpPeer peer = ZmtpPeer.client(publisher.port());
        open.add(peer);
        return peer;
    }

    private Image create(String name, DataType type, Shape shape) {
        Image image = Image.create(directory, ImageSpec.of(name, type, shape));
        open.add(image);
        return image;
    }

    private static void publish(Image image, int value) {
        MemorySegment frame = MemorySegment.ofArray(new byte[(int) image.spec().sliceBytes()]);
        image.newWriter().publish(0, frame.fill((byte) value));
    }

    private static ByteBuffer little(byte[] message) {
        return ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long cnt0(byte[] message) {
        return little(message).getLong(137);
    }

    private static void checkHead(
            byte[] message, String name, int type, int nx, int ny, boolean compressed) {
        ByteBuffer head = little(message);
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        assertThat(Arrays.copyOf(message, 128)).isEqualTo(Arrays.copyOf(text, 128));
        assertThat(head.get(128)).isEqualTo((byte) type);
        assertThat(head.getInt(129)).isEqualTo(nx);
        assertThat(head.getInt(133)).isEqualTo(ny);
        assertThat(head.getShort(161)).isEqualTo((short) (compressed ? 300 : -1));
        assertThat(head.getShort(163)).isEqualTo((short) (compressed ? 200 : -1));
        assertThat(head.getShort(165)).isEqualTo((short) (compressed ? 100 : -1));
        assertThat(head.getInt(167)).isEqualTo(message.length - HEAD);
        assertThat(Arrays.copyOfRange(message, 171, HEAD)).containsOnly(0);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"COMPLEX_FLOAT", "COMPLEX_DOUBLE", "HALF"},
            mode = EnumSource.Mode.EXCLUDE)
    void sendsEveryTypeByteByByte(DataType type) throws IOException {
        Image image = create("cam", type, Shape.of(5, 3));
        byte[] pixels = new byte[15 * type.bytes()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (7 * i + 1);
        }
        image.newWriter().publish(0, MemorySegment.ofArray(pixels));
        ZmtpPeer client = client(start(1000, true, "cam"));
        client.ask("cam");
        byte[] message = client.receive();
        boolean packs = type == DataType.UINT16 || type == DataType.INT16;
        checkHead(message, "cam", type.code(), 5, 3, packs);
        assertThat(cnt0(message)).isEqualTo(1);
        byte[] payload = Arrays.copyOfRange(message, HEAD, message.length);
        assertThat(packs ? PlainXrif.expanded(payload, 15) : payload).isEqualTo(pixels);
        long written =
                little(message).getLong(145) * 1000 + little(message).getLong(153) / 1_000_000;
        assertThat(written).isEqualTo(image.written().toEpochMilli());
    }

    @Test
    void sendsALineAsOneRowAndOfACubeTheNewestSlice() throws IOException {
        publish(create("line", DataType.UINT8, Shape.of(300)), 5);
        ImageSpec cube =
                ImageSpec.of("cube", DataType.UINT8, Shape.of(4, 2, 3))
                        .withImageType(ImageType.CIRCULAR_TEMPORAL);
        Image rolling = Image.create(directory, cube);
        open.add(rolling);
        for (int slice = 0; slice < 2; slice++) {
            rolling.newWriter()
                    .publish(slice, MemorySegment.ofArray(new byte[8]).fill((byte) (10 + slice)));
        }
        ZmtpPeer client = client(start(1000, false, "*"));
        client.ask("line");
        byte[] line = client.receive();
        checkHead(line, "line", 1, 300, 1, false);
        assertThat(Arrays.copyOfRange(line, HEAD, line.length)).containsOnly(5);
        client.ask("cube");
        byte[] slice = client.receive();
        checkHead(slice, "cube", 1, 4, 2, false);
        assertThat(Arrays.copyOfRange(slice, HEAD, slice.length)).hasSize(8).containsOnly(11);
    }

    /** A new client gets the current frame, even if another client has it and no new one comes. */
    @Test
    void everyNewClientGetsTheCurrentFrameAtOnceAndThenOnlyNewOnes() throws IOException {
        Image image = create("flat", DataType.FLOAT, Shape.of(8, 8));
        publish(image, 1);
        Publisher publisher = start(1000, false, "flat");
        for (int i = 0; i < 3; i++) {
            ZmtpPeer client = client(publisher);
            client.ask("flat");
            assertThat(cnt0(client.receive())).isEqualTo(1);
            client.ask("flat");
            assertThat(client.receive(BRIEF)).isNull();
            if (i == 2) {
                publish(image, 2);
                assertThat(cnt0(client.receive())).isEqualTo(2);
            }
        }
    }

    @Test
    void anImageThatNobodyHasWrittenIsNoFrame() throws IOException {
        Image image = create("new", DataType.UINT8, Shape.of(2, 2));
        ZmtpPeer client = client(start(1000, false, "new"));
        client.ask("new");
        assertThat(client.receive(BRIEF)).isNull();
        publish(image, 3);
        assertThat(client.receive()).endsWith(3, 3, 3, 3);
    }

    @Test
    void answersWhenAStreamAppearsAndFollowsIt() throws IOException {
        ZmtpPeer client = client(start(1000, false, "c*"));
        client.ask("cam");
        assertThat(client.receive(BRIEF)).isNull();
        publish(create("cam", DataType.UINT8, Shape.of(2, 1)), 1);
        assertThat(client.receive()).endsWith(1, 1);

        client.ask("cam"); // there is no newer frame, but soon another image with the same count
        Image resized =
                Image.replace(directory, ImageSpec.of("cam", DataType.UINT8, Shape.of(3, 1)));
        open.add(resized);
        publish(resized, 9);
        assertThat(client.receive()).containsExactly(0); // a viewer would keep the old one
        client.ask("cam");
        byte[] message = client.receive();
        checkHead(message, "cam", 1, 3, 1, false);
        assertThat(message).endsWith(9, 9, 9);

        client.ask("cam");
        directory.remove("cam");
        assertThat(client.receive(BRIEF)).isNull();
        publish(create("cam", DataType.INT16, Shape.of(1, 1)), 4);
        assertThat(client.receive()).containsExactly(0);
        client.ask("cam");
        checkHead(client.receive(), "cam", 4, 1, 1, false);
    }

    /** JeroMQ locks its socket while it waits for a request: frames waited for 50 ms. */
    @Test
    void waitingForRequestsDelaysNoFrame() throws IOException {
        Publisher publisher = start(1000, false, "cam");
        Image cam = create("cam", DataType.UINT8, Shape.of(3, 2));
        ZmtpPeer client = client(publisher);
        List<Long> delaysNs = new ArrayList<>();
        for (int n = 1; n <= 40; n++) {
            client.ask("cam");
            long beforeNs = System.nanoTime();
            publish(cam, n);
            assertThat(cnt0(client.receive())).isEqualTo(n);
            delaysNs.add(System.nanoTime() - beforeNs);
        }
        Collections.sort(delaysNs);
        assertThat(delaysNs.get(10)).as("%s ns", delaysNs).isLessThan(25_000_000);
    }

    @Test
    void keepsTheRateOfEachClientApart() throws Exception {
        Image image = create("cam", DataType.UINT8, Shape.of(16, 16));
        AtomicBoolean stop = new AtomicBoolean();
        Thread writer =
                Thread.ofPlatform()
                        .daemon()
                        .start(() -> {
                            for (int n = 0; !stop.get(); n++) {
                                publish(image, n);
                                Await.time(Duration.ofMillis(1));
                            }
                        });
        Publisher publisher = start(20, false, "cam");
        ZmtpPeer slow = client(publisher);
        slow.ask("cam"); // and never reads
        ZmtpPeer quick = client(publisher);
        long beginNs = System.nanoTime();
        long last = 0;
        int frames = 0;
        while (System.nanoTime() - beginNs < 2_000_000_000L) {
            quick.ask("cam");
            long cnt0 = cnt0(quick.receive());
            assertThat(cnt0).isGreaterThan(last);
            last = cnt0;
            frames++;
        }
        stop.set(true);
        writer.join();
        assertThat(frames).isBetween(10, 42);
        assertThat(slow.receive()).hasSize(HEAD + 256);
    }

    private static LinkEnd.Viewers viewers(Publisher publisher) {
        LinkEnd.Viewers viewers = publisher.link().viewers();
        if (viewers == null) {
            throw new AssertionError("a publisher without viewers");
        }
        return viewers;
    }

    @Test
    void reportsWhatEachClientViews() throws IOException {
        Image image = create("cam", DataType.UINT8, Shape.of(3, 2));
        publish(image, 1);
        publish(create("dm", DataType.UINT8, Shape.of(3, 2)), 1);
        Publisher publisher = start(1000, false, "cam", "dm", "b*");
        assertThat(viewers(publisher)).isEqualTo(new LinkEnd.Viewers(0, List.of()));
        ZmtpPeer one = client(publisher);
        ZmtpPeer both = client(publisher);
        one.ask("cam");
        one.receive();
        both.ask("cam");
        both.receive();
        both.ask("dm");
        both.receive();
        Await.until(
                SOON,
                "the views of two clients at " + publisher.link(),
                () -> {
                    LinkEnd.Viewers viewers = viewers(publisher);
                    return viewers.count() == 2
                            && viewers.views().stream().filter(view -> view.perS() > 0).count()
                                    == 3;
                });
        LinkEnd.Link link = publisher.link();
        assertThat(link.role()).isEqualTo(LinkEnd.Role.PUBLISHER);
        assertThat(link.port()).isEqualTo(publisher.port());
        assertThat(link.traffic().what()).isEqualTo("cam, dm, b*");
        assertThat(link.now().state()).isEqualTo(LinkState.State.PUBLISHING);
        assertThat(viewers(publisher).views())
                .extracting(LinkEnd.View::stream)
                .containsExactlyInAnyOrder("cam", "cam", "dm");
        assertThat(viewers(publisher).views())
                .extracting(LinkEnd.View::client)
                .containsOnly(one.address(), both.address());

        one.ask("secret");
        Await.until(SOON, "the reason of a refusal", () -> publisher.link().now().error() != null);
        assertThat(publisher.link().now().error())
                .isEqualTo("a client requested 'secret', which is not published here");
        both.close();
        Await.until(
                SOON,
                "the end of a client",
                () -> {
                    LinkEnd.Viewers viewers = viewers(publisher);
                    return viewers.count() == 1 && viewers.views().size() == 1;
                });
    }

    @Test
    void tellsClientsThatWaitWhenItEnds() throws IOException {
        publish(create("cam", DataType.UINT8, Shape.of(2, 2)), 1);
        Publisher publisher =
                new Publisher(
                        new PublishSettings(
                                directory, null, 0, 10, false, List.of(), NamePatterns.ANY));
        ZmtpPeer client;
        ZmtpPeer early;
        try (RunningLoop running = RunningLoop.start(publisher)) {
            client = client(publisher);
            client.ask("cam");
            client.receive();
            client.ask("cam");
            early = client(publisher);
            early.ask("later");
            Await.until(SOON, "two clients", () -> running.traffic().state().equals("2 clients"));
        }
        assertThat(client.receive()).containsExactly(0);
        assertThat(early.receive()).containsExactly(0);
        client.awaitEnd(SOON);
    }

    @Test
    void refusesTypesThatClientsCannotShow() throws IOException {
        publish(create("half", DataType.HALF, Shape.of(2, 2)), 1);
        publish(create("cam", DataType.UINT8, Shape.of(2, 2)), 1);
        try (CapturedErr err = new CapturedErr()) {
            Publisher publisher = start(1000, false, "*");
            for (int n = 0; n < 3; n++) {
                ZmtpPeer client = client(publisher);
                client.ask("half");
                assertThat(client.receive(BRIEF)).isNull();
                client.ask("cam");
                assertThat(client.receive()).hasSize(HEAD + 4);
            }
            assertThat(err.warnings().stream().filter(l -> l.contains("'half'"))).hasSize(1);
        }
    }

    /** After each of these, other clients are still served. */
    @ParameterizedTest
    @ValueSource(
            strings = {"../../etc/passwd", "", ".", "-a", "cam/../cam", "\0", "no\nname", "secret"})
    void ignoresNamesThatAreNotPublished(String name) throws IOException {
        publish(create("secret", DataType.UINT8, Shape.of(2, 2)), 1);
        publish(create("cam", DataType.UINT8, Shape.of(2, 2)), 1);
        Publisher publisher = start(1000, false, "cam*");
        ZmtpPeer client = client(publisher);
        client.ask(name);
        client.send(new byte[] {(byte) 0xff, (byte) 0xfe});
        client.sendParts(2, "cam".getBytes(StandardCharsets.UTF_8));
        assertThat(client.receive(BRIEF)).isNull();
        client.ask("cam");
        assertThat(client.receive()).hasSize(HEAD + 4);
        ZmtpPeer other = client(publisher);
        other.ask("cam");
        assertThat(other.receive()).hasSize(HEAD + 4);
    }

    @Test
    void endsConnectionsWithLargeRequestsGarbageAndHalfAHandshake() throws IOException {
        publish(create("cam", DataType.UINT8, Shape.of(2, 2)), 1);
        Publisher publisher = start(1000, false, "cam");
        ZmtpPeer large = client(publisher);
        large.sendRaw(ByteBuffer.allocate(9).put((byte) 2).putLong(10_000_000).array());
        large.awaitEnd(SOON);
        ZmtpPeer endless = client(publisher);
        endless.sendRaw(ByteBuffer.allocate(9).put((byte) 2).putLong(Long.MAX_VALUE).array());
        endless.awaitEnd(SOON);
        ZmtpPeer http = ZmtpPeer.silent(publisher.port(), 0);
        open.add(http);
        http.sendRaw("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        ZmtpPeer half = ZmtpPeer.silent(publisher.port(), 0);
        open.add(half);
        half.sendRaw(new byte[] {(byte) 0xff, 0, 0, 0});
        half.awaitEnd(SOON);
        http.awaitEnd(SOON);
        ZmtpPeer good = client(publisher);
        good.ask("cam");
        assertThat(good.receive()).hasSize(HEAD + 4);
    }

    /** JeroMQ takes 2^63 and more for a negative length, which ended its thread. */
    @ParameterizedTest
    @ValueSource(strings = {"ffffffffffffffff", "8000000000000000", "ffffffff80000000"})
    void outlivesLengthsThatLookNegative(String length) throws IOException {
        publish(create("cam", DataType.UINT8, Shape.of(2, 2)), 1);
        Publisher publisher = start(1000, false, "cam");
        for (String flags : List.of("02", "06")) {
            byte[] header = HexFormat.of().parseHex(flags + length);
            client(publisher).sendRaw(header);
            ZmtpPeer early = ZmtpPeer.silent(publisher.port(), 0);
            open.add(early);
            early.sendRaw(ZmtpPeer.greeting());
            early.sendRaw(header);
        }
        ZmtpPeer good = client(publisher);
        good.ask("cam");
        assertThat(good.receive()).hasSize(HEAD + 4);
    }

    /** Connects a client with little room, to which the stream's first frame is sent. */
    private ZmtpPeer withAFrameOnItsWay(Publisher publisher) {
        ZmtpPeer client = ZmtpPeer.silent(publisher.port(), 65_536);
        open.add(client);
        client.shakeHands("CLIENT", "SERVER");
        client.ask("cam");
        Await.until(SOON, "a frame that is sent", () -> publisher.traffic().out() == 1);
        return client;
    }

    /** A request may be repeated after a second while the frame is on its way over a thin line. */
    @Test
    void noSecondFrameIsOnItsWayBeforeTheFirstHasArrived() throws IOException {
        Image image = create("cam", DataType.UINT16, Shape.of(2048, 1024));
        publish(image, 1);
        Publisher publisher = start(1000, false, "cam");
        ZmtpPeer client = withAFrameOnItsWay(publisher);
        client.ask("cam"); // it is stuck in the buffers of the kernels
        for (int n = 2; n < 10; n++) {
            publish(image, n);
            Await.time(Duration.ofMillis(50));
        }
        assertThat(cnt0(client.receive())).isEqualTo(1);
        assertThat(cnt0(client.receive())).isEqualTo(9);
    }

    /** A line that needs longer for a frame than any heartbeat may take. */
    @Test
    void aFrameMayTakeAsLongAsItNeeds() throws IOException {
        assumeTrue(Full.isOn(), "waits for 22 s: -Dfull");
        publish(create("cam", DataType.UINT16, Shape.of(4096, 2048)), 1);
        Publisher publisher = start(1000, false, "cam");
        ZmtpPeer client = withAFrameOnItsWay(publisher);
        Await.time(Duration.ofSeconds(22)); // 10 s, and twice that, were the limits of heartbeats
        assertThat(client.receive()).hasSize(HEAD + 4096 * 2048 * 2);
    }

    /** The message that JeroMQ delivers for a disconnected client was one that clients can send. */
    @Test
    void noRequestResetsAClientsRate() throws IOException {
        publish(create("cam", DataType.UINT8, Shape.of(2, 2)), 1);
        ZmtpPeer client = client(start(10, false, "cam"));
        int received = 0;
        long endNs = System.nanoTime() + 1_000_000_000;
        while (System.nanoTime() - endNs < 0) {
            client.send(new byte[1]);
            client.ask("cam");
            received += client.receive(Duration.ofMillis(20)) == null ? 0 : 1;
        }
        assertThat(received).isEqualTo(1);
    }

    /** Each requests a stream that does not exist, or is not published, and stays. */
    @ParameterizedTest
    @ValueSource(strings = {"cam", "camera", "secret"})
    void crowdsOfClientsThatWaitKeepNobodyOut(String name) throws IOException {
        publish(create("cam", DataType.UINT8, Shape.of(2, 2)), 1);
        Publisher publisher = start(1000, false, "cam*");
        for (int i = 0; i < ViewerSocket.MAX_CONNECTIONS; i++) {
            ZmtpPeer waits = ZmtpPeer.silent("127.0.1." + i % 100, publisher.port(), 0);
            open.add(waits);
            waits.shakeHands("CLIENT", "SERVER");
            waits.ask(name);
            Thread.ofVirtual().start(() -> answerPings(waits));
        }
        awaitRoomForOneMore(publisher, 4);
    }

    /** Until it is disconnected, as a viewer of a stream that stands still. */
    private static void answerPings(ZmtpPeer peer) {
        try {
            while (true) {
                peer.receive(SOON);
            }
        } catch (UncheckedIOException disconnected) {
            // as is to be expected of one of them
        }
    }

    private void awaitRoomForOneMore(Publisher publisher, int frameBytes) {
        Await.until(
                SOON,
                "room for one more",
                () -> {
                    ZmtpPeer client = ZmtpPeer.silent(publisher.port(), 0);
                    open.add(client);
                    try {
                        client.shakeHands("CLIENT", "SERVER");
                        client.ask("cam");
                        return client.receive().length == HEAD + frameBytes;
                    } catch (UncheckedIOException refused) {
                        return false; // it tries again
                    }
                });
    }

    /** Viewers tell frames by their counters, and would keep the old pixels. */
    @Test
    void hangsUpWhenAReCreatedStreamHasTheSameCounter() throws IOException {
        Publisher publisher = start(1000, false, "cam");
        publish(create("cam", DataType.UINT8, Shape.of(2, 2)), 1);
        ZmtpPeer client = client(publisher);
        client.ask("cam");
        assertThat(client.receive()).hasSize(HEAD + 4);
        client.ask("cam");
        directory.remove("cam");
        publish(create("cam", DataType.UINT8, Shape.of(2, 2)), 2);
        assertThat(client.receive()).containsExactly(0);
        client.ask("cam");
        byte[] message = client.receive();
        assertThat(cnt0(message)).isEqualTo(1);
        assertThat(message[HEAD]).isEqualTo((byte) 2);
    }

    @Test
    void aNameThatIsNotPublishedIsLoggedOnceForEachClient() throws IOException {
        try (CapturedErr err = new CapturedErr()) {
            ZmtpPeer client = client(start(1000, false, "cam"));
            for (int n = 0; n < 20; n++) {
                client.ask("secret");
                Await.time(Duration.ofMillis(10));
            }
            client.ask("other");
            Await.until(
                    SOON,
                    "a line",
                    () -> err.lines().stream().anyMatch(l -> l.contains("'other'")));
            assertThat(err.lines().stream().filter(l -> l.contains("'secret'"))).hasSize(1);
        }
    }

    /** Other clients are served as well as before while some wait for thousands of names. */
    @Test
    void namesThatDoNotExistAreBounded() throws IOException {
        publish(create("cam", DataType.UINT8, Shape.of(2, 2)), 1);
        Publisher publisher = start(1000, false, "*");
        for (int i = 0; i < 40; i++) {
            ZmtpPeer one = client(publisher);
            for (int n = 0; n < 60; n++) {
                one.ask("none" + i + "x" + n);
            }
        }
        Await.until(
                SOON,
                "a refusal",
                () -> String.valueOf(publisher.link().now().error()).contains("more than 1024"));
        ZmtpPeer client = client(publisher);
        client.ask("cam");
        assertThat(client.receive()).hasSize(HEAD + 4);
        client.ask("none0x0");
        publish(create("none0x0", DataType.UINT8, Shape.of(3, 1)), 1);
        assertThat(client.receive()).hasSize(HEAD + 3);
    }

    @Test
    void endsAConnectionThatFloods() throws IOException {
        publish(create("cam", DataType.UINT8, Shape.of(2, 2)), 1);
        Publisher publisher = start(10, false, "cam");
        ZmtpPeer patient = client(publisher);
        ZmtpPeer flood = ZmtpPeer.silent("127.0.1.1", publisher.port(), 0);
        open.add(flood);
        flood.shakeHands("CLIENT", "SERVER");
        boolean ended = false;
        for (int n = 0; n < 1_000_000 && !ended; n++) {
            try {
                flood.ask("secret");
            } catch (UncheckedIOException reset) {
                ended = true;
            }
        }
        flood.awaitEnd(SOON);
        assertThat(publisher.link().now().error())
                .isEqualTo("a client sent more than 1280 requests a second: disconnected");
        patient.ask("cam");
        assertThat(patient.receive()).hasSize(HEAD + 4);

        ZmtpPeer again = ZmtpPeer.silent("127.0.1.1", publisher.port(), 0);
        open.add(again);
        again.awaitEnd(SOON);
        client(publisher).ask("cam"); // from another address
    }

    @Test
    void refusesAddressesThatConnectTooOften() throws IOException {
        publish(create("cam", DataType.UINT8, Shape.of(2, 2)), 1);
        Publisher publisher = start(10, false, "cam");
        ZmtpPeer early = client(publisher);
        Await.until(
                SOON,
                "a refusal",
                () -> {
                    ZmtpPeer.silent(publisher.port(), 0).close();
                    return publisher.link().refused() > 0;
                });
        early.ask("cam");
        assertThat(early.receive()).hasSize(HEAD + 4);
    }

    @Test
    void talksToAllowedAddressesOnly() throws IOException {
        publish(create("cam", DataType.UINT8, Shape.of(2, 2)), 1);
        Publisher strict = start(1000, false, List.of(AddressRange.parse("10.1.2.3")), "cam");
        ZmtpPeer stranger = ZmtpPeer.silent(strict.port(), 0);
        open.add(stranger);
        stranger.awaitEnd(SOON);
        Publisher local =
                start(
                        1000,
                        false,
                        List.of(AddressRange.parse("127.0.0.0/8"), AddressRange.parse("::1")),
                        "cam");
        ZmtpPeer client = client(local);
        client.ask("cam");
        assertThat(client.receive()).hasSize(HEAD + 4);
    }

    /** A connection without a request gives way to a client that sends one. */
    @Test
    void crowdsOfSilentConnectionsKeepNobodyOut() throws IOException {
        publish(create("cam", DataType.UINT8, Shape.of(2, 2)), 1);
        Publisher publisher = start(1000, false, "cam");
        for (int i = 0; i < 2 * ViewerSocket.MAX_CONNECTIONS; i++) {
            open.add(ZmtpPeer.silent("127.0.1." + i % 100, publisher.port(), 0));
        }
        ZmtpPeer client = client(publisher);
        client.ask("cam");
        assertThat(client.receive()).hasSize(HEAD + 4);
    }

    private void addDeafClient(String from, Publisher publisher) {
        ZmtpPeer deaf = ZmtpPeer.silent(from, publisher.port(), 4096);
        open.add(deaf);
        deaf.shakeHands("CLIENT", "SERVER");
        for (int n = 0; n < 20; n++) {
            deaf.ask("cam");
        }
    }

    /** The client that has been taking no data for longest gives way to a new one. */
    @Test
    void clientsThatNeverReadKeepNobodyOut() throws IOException {
        publish(create("cam", DataType.UINT16, Shape.of(512, 512)), 1);
        Publisher publisher = start(1000, false, "cam");
        for (int i = 0; i < ViewerSocket.MAX_CONNECTIONS; i++) {
            addDeafClient("127.0.1." + i % 100, publisher);
        }
        awaitRoomForOneMore(publisher, 512 * 512 * 2);
    }

    /** Other clients get frames in time although some request large frames and never read. */
    @Test
    void clientsThatNeverReadCostTheOthersNothing() throws IOException {
        Image image = create("cam", DataType.UINT16, Shape.of(512, 512));
        publish(image, 1);
        Publisher publisher = start(1000, false, "cam");
        for (int i = 0; i < 100; i++) {
            addDeafClient("127.0.1." + i, publisher);
        }
        ZmtpPeer client = client(publisher);
        for (int n = 2; n < 30; n++) {
            publish(image, n);
            client.ask("cam");
            byte[] message = client.receive();
            assertThat(message).hasSize(HEAD + 512 * 512 * 2);
            long expected = MemorySegment.ofArray(message).get(ValueLayout.JAVA_BYTE, HEAD);
            assertThat(expected).isEqualTo(n);
        }
    }
}
