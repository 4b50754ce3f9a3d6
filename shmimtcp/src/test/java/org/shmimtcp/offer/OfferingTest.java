package org.shmimtcp.offer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.status.StatusFile;
import org.shmimtcp.testing.Certificates;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.transport.PemFiles;
import org.shmimtcp.transport.Tls;
import org.shmimtcp.wire.Catalogue;
import org.shmimtcp.wire.LinksMessage;

/**
 * The offer and those who ask for it, each against an implementation that was written from the page
 * alone, with plain sockets.
 */
@Timeout(60)
class OfferingTest {
    private static final long TIMEOUT_NS = 20_000_000_000L;

    private final int port = Programs.freePort();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final ImageDirectory directory;
    private final Path shm;
    @TempDir private Path dir;

    OfferingTest(@ShmDir Path shm) {
        this.shm = shm;
        this.directory = new ImageDirectory(shm);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private OfferSettings settings(String... streams) {
        return OfferSettings.NOTHING
                .with(OfferSettings.PORT, port)
                .with(OfferSettings.STREAMS, List.of(streams))
                .with(ReceiveSettings.BIND, "127.0.0.1");
    }

    private void offer(OfferSettings settings) throws IOException {
        opened.add(new Offering(settings, directory, end -> new StatusFile(directory, end)));
    }

    private Image image(ImageSpec spec) {
        Image image = Image.create(directory, spec);
        opened.add(image);
        return image;
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        opened.add(socket);
        return socket;
    }

    private static CataloguePage.Answer ask(Socket socket) throws IOException {
        socket.getOutputStream().write(CataloguePage.ask(2, 2));
        return CataloguePage.parse(CataloguePage.receive(socket.getInputStream()));
    }

    private Catalogue ask() throws IOException {
        return Question.CATALOGUE.ask(new Endpoint("127.0.0.1", port), null, TIMEOUT_NS);
    }

    @Test
    void thePageReadsWhatIsOffered() throws IOException {
        Image cam =
                image(
                        ImageSpec.of("camwfs", DataType.UINT16, Shape.of(7, 5, 3))
                                .withImageType(3)
                                .withKeywords(4));
        image(ImageSpec.of("camtip", DataType.FLOAT, Shape.of(13)));
        image(ImageSpec.of("dm00disp", DataType.FLOAT, Shape.of(11, 11)));
        Files.write(shm.resolve("cambroken.im.shm"), new byte[] {1, 2, 3});
        offer(settings("cam*"));
        CataloguePage.Answer answer = ask(connect());
        assertThat(answer.version()).isEqualTo(2);
        assertThat(answer.instance()).isNotZero();
        assertThat(answer.offered()).isEqualTo(3);
        assertThat(answer.host()).isNotEmpty();
        assertThat(answer.of().stream().map(CataloguePage.Entry::name))
                .containsExactly("cambroken", "camtip", "camwfs");
        assertThat(answer.of().getFirst().type()).isZero();
        assertThat(answer.of().get(1).sizes()).containsExactly(13);
        CataloguePage.Entry entry = answer.of().getLast();
        assertThat(entry.type()).isEqualTo(3);
        assertThat(entry.sizes()).containsExactly(7, 5, 3);
        assertThat(entry.keywords()).isEqualTo(4);
        assertThat(entry.circular()).isTrue();
        assertThat(entry.cnt0()).isZero();
        assertThat(entry.rate()).isZero();
        assertThat(entry.inode())
                .isEqualTo(((Number) Files.getAttribute(cam.file(), "unix:ino")).longValue());
        assertThat(Instant.ofEpochSecond(entry.createdS(), entry.createdNs()))
                .isEqualTo(cam.created());
    }

    @Test
    void ratesAgesAndCountersFollow() throws IOException {
        Image cam = image(ImageSpec.of("cam", DataType.UINT8, Shape.of(2, 2)));
        offer(settings("*"));
        Socket socket = connect();
        assertThat(ask(socket).of().getFirst().cnt0()).isZero();
        var writer = cam.newWriter();
        CataloguePage.Entry entry;
        int frames = 0;
        do { // one frame for each request, whose sample is another one now and then
            writer.publish(0, MemorySegment.ofArray(new byte[] {1, 2, 3, 4}));
            frames++;
            entry = ask(socket).of().getFirst();
        } while (!(entry.rate() > 0));
        assertThat(entry.cnt0()).isPositive().isLessThanOrEqualTo(frames);
        assertThat(entry.ageNs()).isBetween(0L, TIMEOUT_NS);
    }

    @Test
    void aStreamThatIsCreatedAgainHasAnotherIdentity() throws IOException {
        image(ImageSpec.of("cam", DataType.UINT8, Shape.of(2, 2)));
        offer(settings("cam"));
        Socket socket = connect();
        CataloguePage.Entry first = ask(socket).of().getFirst();
        opened.add(Image.replace(directory, ImageSpec.of("cam", DataType.FLOAT, Shape.of(4, 4))));
        CataloguePage.Entry second;
        do {
            second = ask(socket).of().getFirst();
        } while (second.type() == first.type());
        assertThat(second.sizes()).containsExactly(4, 4);
        assertThat(List.of(second.inode(), second.createdS(), second.createdNs()))
                .isNotEqualTo(List.of(first.inode(), first.createdS(), first.createdNs()));
    }

    /** Publishes a status as that of a link of this process, which is alive. */
    private void link(String kind, String stream, int number) throws IOException {
        Path states = Files.createDirectories(shm.resolve(".shmimtcp"));
        long pid = ProcessHandle.current().pid();
        Files.writeString(
                states.resolve(kind + "-" + pid + "-" + number + ".json"),
                """
                {"kind":"%s","stream":"%s","peer":"192.0.2.7:8886","port":8886,
                 "state":"connected","sinceMs":5,"framesIn":70,"skipped":3,"pid":%d,
                 "processStart":%d,"host":"rtc","version":"1","updatedMs":6,
                 "ages":{"limitsUs":[1.0],"frames":[1,2],"sumS":1.5}}
                """
                        .formatted(
                                kind,
                                stream,
                                pid,
                                org.shmimtcp.posix.Processes.startTicks((int) pid)));
    }

    @Test
    void thePageReadsTheLinksOfOfferedStreams() throws IOException {
        link("rx", "camwfs", 1);
        link("tx", "secret", 2);
        link("pub", "camwfs", 3);
        offer(settings("cam*"));
        Socket socket = connect();
        long beforeMs = System.currentTimeMillis();
        socket.getOutputStream().write(CataloguePage.ask(CataloguePage.ASK_LINKS, 2, 2));
        CataloguePage.Links links =
                CataloguePage.parseLinks(CataloguePage.receive(socket.getInputStream()));
        assertThat(links.version()).isEqualTo(2);
        assertThat(links.timeMs()).isBetween(beforeMs, System.currentTimeMillis());
        assertThat(links.host()).isNotEmpty();
        assertThat(links.text())
                .startsWith("[{")
                .contains("\"stream\":\"camwfs\"", "\"kind\":\"rx\"", "\"skipped\":3")
                .doesNotContain("secret", "pub", "ages");
        assertThat(ask(socket).of()).isEmpty(); // the connection goes on
    }

    @Test
    void theClientAsksForLinksAsThePageSays() throws IOException {
        CompletableFuture<ByteBuffer> asked =
                answerOnce(
                        CataloguePage.all(CataloguePage.message(77, 1008)), // skipped
                        CataloguePage.links(
                                new CataloguePage.Links(2, 17, "icc", "[{\"kind\":\"rx\"}]")));
        LinksMessage.Links links =
                Question.LINKS.ask(new Endpoint("127.0.0.1", port), null, TIMEOUT_NS);
        assertThat(asked.join().getShort(4)).isEqualTo((short) CataloguePage.ASK_LINKS);
        assertThat(asked.join().getShort(16)).isEqualTo((short) 2);
        assertThat(links).isEqualTo(new LinksMessage.Links("icc", 17, "[{\"kind\":\"rx\"}]"));
    }

    @Test
    void theClientRefusesADamagedListOfLinks() throws IOException {
        byte[] damaged = CataloguePage.links(new CataloguePage.Links(2, 17, "icc", "[]"));
        damaged[96] ^= 1;
        var _ = answerOnce(damaged);
        assertThatThrownBy(
                        () -> Question.LINKS.ask(new Endpoint("127.0.0.1", port), null, TIMEOUT_NS))
                .hasMessageContaining("the checksum is wrong");
    }

    @Test
    void anotherVersionIsRefusedWithTheReason() throws IOException {
        offer(settings("*"));
        Socket socket = connect();
        socket.getOutputStream().write(CataloguePage.ask(3, 9));
        ByteBuffer answer = CataloguePage.receive(socket.getInputStream());
        assertThat(answer.getShort(4)).isEqualTo((short) CataloguePage.REFUSED);
        assertThat(CataloguePage.text(answer, 16, answer.limit() - 16))
                .isEqualTo("it speaks versions 3 to 9 of the protocol, this end version 2");
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void aTransmitterIsRefusedWithTheReason() throws IOException {
        offer(settings("*"));
        Socket socket = connect();
        socket.getOutputStream().write("2.00\0\0\0\0shmimTCP".getBytes(StandardCharsets.US_ASCII));
        ByteBuffer answer = CataloguePage.receive(socket.getInputStream());
        assertThat(CataloguePage.text(answer, 16, answer.limit() - 16))
                .isEqualTo("no message where one should begin: out of sync");
    }

    @Test
    void messagesOfOtherTypesAreSkipped() throws IOException {
        offer(settings("*"));
        Socket socket = connect();
        socket.getOutputStream().write(CataloguePage.all(CataloguePage.message(77, 1008)));
        assertThat(ask(socket).of()).isEmpty();
    }

    @Test
    void forbiddenAddressesHearNothing() throws IOException {
        offer(settings("*").withTexts(ReceiveSettings.ALLOW, List.of("10.0.0.0/8")));
        Socket socket = connect();
        assertThat(readOrReset(socket)).isEqualTo(-1);
    }

    private static int readOrReset(Socket socket) {
        try {
            return socket.getInputStream().read();
        } catch (IOException reset) {
            return -1;
        }
    }

    @Test
    void manySilentVisitorsKeepNobodyOut() throws IOException {
        image(ImageSpec.of("cam", DataType.UINT8, Shape.of(2, 2)));
        offer(settings("*"));
        for (int n = 0; n < 80; n++) {
            connect();
        }
        assertThat(ask().streams()).hasSize(1);
    }

    @Test
    void theClientReadsTheSame() throws IOException {
        Image cam =
                image(ImageSpec.of("camwfs", DataType.UINT16, Shape.of(7, 5, 3)).withImageType(3));
        offer(settings("*"));
        Catalogue catalogue = ask();
        Catalogue.Stream stream = catalogue.streams().getFirst();
        assertThat(stream.name()).isEqualTo("camwfs");
        assertThat(stream.form())
                .isEqualTo(
                        new Catalogue.Form(
                                DataType.UINT16,
                                Shape.of(7, 5, 3),
                                true,
                                cam.spec().keywordSlots(),
                                cam.spec().ringSize()));
        assertThat(stream.identity().created()).isEqualTo(cam.created());
    }

    @Test
    void bothEndsVerifyCertificates() throws IOException {
        Certificates authority = new Certificates(dir, "ca");
        PemFiles own = authority.issue("rtc");
        offer(
                settings("*")
                        .with(LinkSettings.TLS_CERT, own.certificate())
                        .with(LinkSettings.TLS_KEY, own.key())
                        .with(LinkSettings.TLS_CA, own.authority()));
        Endpoint where = new Endpoint("127.0.0.1", port);
        Tls asking = Tls.load(authority.issue("icc"), null);
        assertThat(askUntilAnswered(where, asking).streams()).isEmpty();
        assertThatThrownBy(() -> Question.CATALOGUE.ask(where, null, 3_000_000_000L))
                .isInstanceOf(IOException.class);
        Files.createDirectory(dir.resolve("strangers"));
        PemFiles strangers = new Certificates(dir.resolve("strangers"), "other").issue("icc");
        Tls stranger =
                Tls.load(
                        new PemFiles(strangers.certificate(), strangers.key(), own.authority()),
                        null);
        assertThatThrownBy(() -> Question.CATALOGUE.ask(where, stranger, TIMEOUT_NS))
                .isInstanceOf(IOException.class);
    }

    /** The first handshakes of a busy machine may take longer than a visitor is given. */
    private static Catalogue askUntilAnswered(Endpoint where, Tls tls) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return Question.CATALOGUE.ask(where, tls, TIMEOUT_NS);
            } catch (IOException e) {
                if (attempt == 5) {
                    throw e;
                }
            }
        }
    }

    /** Answers one visitor with these bytes. */
    private CompletableFuture<ByteBuffer> answerOnce(byte[]... answers) throws IOException {
        ServerSocket server = new ServerSocket();
        opened.add(server);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return CompletableFuture.supplyAsync(() -> {
            try (Socket socket = server.accept()) {
                ByteBuffer request = CataloguePage.receive(socket.getInputStream());
                OutputStream out = socket.getOutputStream();
                for (byte[] answer : answers) {
                    out.write(answer);
                }
                out.flush();
                return request;
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }

    private static CataloguePage.Entry entry(String name, int type, List<Integer> sizes) {
        return new CataloguePage.Entry(
                name, type, sizes, 50, 7, false, 123, 456, 1_700_000_000L, 5, 99.5, 1_000_000L);
    }

    private static byte[] catalogue(CataloguePage.Entry... entries) {
        return CataloguePage.catalogue(
                new CataloguePage.Answer(2, 4711, entries.length, 17, "icc", List.of(entries)));
    }

    @Test
    void theClientAsksAsThePageSays() throws IOException {
        CompletableFuture<ByteBuffer> asked =
                answerOnce(
                        CataloguePage.all(CataloguePage.message(77, 1008)), // skipped
                        catalogue(entry("a", 9, List.of(50, 50)), entry("b", 0, List.of())));
        Catalogue catalogue = ask();
        assertThat(asked.join().getShort(4)).isEqualTo((short) CataloguePage.ASK);
        assertThat(asked.join().getShort(16)).isEqualTo((short) 2);
        assertThat(asked.join().getShort(18)).isEqualTo((short) 2);
        assertThat(catalogue.host()).isEqualTo("icc");
        assertThat(catalogue.instance()).isEqualTo(4711);
        Catalogue.Stream a = catalogue.streams().getFirst();
        assertThat(a.form())
                .isEqualTo(new Catalogue.Form(DataType.FLOAT, Shape.of(50, 50), false, 50, 7));
        assertThat(a.cnt0()).isEqualTo(123);
        assertThat(a.identity().inode()).isEqualTo(456);
        assertThat(a.identity().created()).isEqualTo("2023-11-14T22:13:20.000000005Z");
        assertThat(a.rateHz()).isEqualTo(99.5);
        assertThat(a.ageNs()).isEqualTo(1_000_000);
        assertThat(catalogue.streams().getLast().form()).isNull();
    }

    @Test
    void theClientPassesOnAReason() throws IOException {
        byte[] refused =
                CataloguePage.all(
                        CataloguePage.message(CataloguePage.REFUSED, 8)
                                .put("no luck".getBytes(StandardCharsets.US_ASCII)));
        var _ = answerOnce(refused);
        assertThatThrownBy(this::ask).hasMessage("it refuses: no luck");
    }

    @Test
    void theClientRefusesWhatCannotBe() throws Exception {
        for (CataloguePage.Entry bad :
                List.of(
                        entry("../a", 9, List.of(5)),
                        entry("", 9, List.of(5)),
                        entry("a", 14, List.of(5)),
                        entry("a", 9, List.of()),
                        entry("a", 9, List.of(5, 0)),
                        entry("a", 9, List.of(-1)),
                        entry("a", 9, List.of(1 << 30, 1 << 30, 1 << 30)))) {
            var _ = answerOnce(catalogue(bad));
            assertThatThrownBy(this::ask)
                    .as("%s", bad)
                    .hasMessageContaining("it does not answer in the protocol");
            opened.removeLast().close(); // frees the port
        }
    }

    @Test
    void theClientRefusesAHostNameWithoutEnd() throws IOException {
        String host = "x".repeat(64);
        var _ =
                answerOnce(
                        CataloguePage.catalogue(
                                new CataloguePage.Answer(2, 1, 0, 17, host, List.of())));
        assertThatThrownBy(this::ask).hasMessageContaining("a text without an end");
    }

    @Test
    void theClientRefusesADamagedCatalogue() throws IOException {
        byte[] damaged = catalogue(entry("a", 9, List.of(5)));
        damaged[110] ^= 1;
        var _ = answerOnce(damaged);
        assertThatThrownBy(this::ask).hasMessageContaining("the checksum is wrong");
    }

    @Test
    void theClientWaitsForNoEndlessAnswer() throws IOException {
        byte[] whole = catalogue(entry("a", 9, List.of(5)));
        ServerSocket server = new ServerSocket();
        opened.add(server);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        CompletableFuture<Void> half =
                CompletableFuture.runAsync(() -> {
                    try {
                        Socket socket = server.accept();
                        opened.add(socket);
                        socket.getOutputStream().write(whole, 0, 100);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
        long beginNs = System.nanoTime();
        assertThatThrownBy(() ->
                        Question.CATALOGUE.ask(new Endpoint("127.0.0.1", port), null, 500_000_000L))
                .isInstanceOf(IOException.class);
        assertThat(System.nanoTime() - beginNs).isGreaterThanOrEqualTo(500_000_000L);
        half.join();
    }
}
