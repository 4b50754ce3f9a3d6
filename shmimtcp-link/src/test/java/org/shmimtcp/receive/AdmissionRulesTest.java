package org.shmimtcp.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.transport.AddressRange;
import org.shmimtcp.wire.HeadMarker;
import org.shmimtcp.wire.Limits;
import org.shmimtcp.wire.MilkHead;

/** How a receiver treats visitors that its rules refuse. */
class AdmissionRulesTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int TIMEOUT_MS = 10_000;
    private static final ImageSpec SPEC = ImageSpec.of("acc000", DataType.FLOAT, Shape.of(7, 5));

    private static final ReceiveSettings LOOPBACK =
            ReceiveSettings.DEFAULT.with(
                    ReceiveSettings.BIND, InetAddress.getLoopbackAddress().getHostAddress());

    private final Path source;
    private final ImageDirectory target;
    private @Nullable Receiver receiver;
    private @Nullable Thread thread;

    AdmissionRulesTest(@ShmDir Path source, @ShmDir Path target) {
        this.source = source;
        this.target = new ImageDirectory(target);
    }

    private Receiver start(AdmissionRules rules) throws IOException {
        Receiver started = new Receiver(LOOPBACK, rules, LoopContext.of(target));
        receiver = started;
        thread = Thread.ofPlatform().start(started);
        return started;
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (receiver != null && thread != null) {
            receiver.stop();
            thread.join();
        }
    }

    private static AdmissionRules rules(List<String> allow, List<String> only, Limits limits) {
        return new AdmissionRules(
                allow.stream().map(AddressRange::parse).toList(),
                NamePatterns.of(only),
                limits,
                0,
                AdmissionRules.DEFAULT.headTimeoutNs(),
                null);
    }

    private static Socket connect(Receiver to) throws IOException {
        String address = to.address();
        int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MS);
        return socket;
    }

    /** Returns a head as a shmimTCP transmitter sends it. */
    private byte[] head(ImageSpec spec) {
        try (Image image = Image.create(new ImageDirectory(source), spec);
                Arena arena = Arena.ofConfined()) {
            MemorySegment head = arena.allocate(MilkHead.BYTES, 8);
            MemorySegment.copy(image.head(), 0, head, 0, MilkHead.BYTES);
            HeadMarker.put(head, 1, 0);
            return head.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Returns everything that the receiver answers to a head. */
    private static String answer(Receiver to, byte[] head) throws IOException {
        try (Socket socket = connect(to)) {
            socket.getOutputStream().write(head);
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void anotherNameIsRefusedWithTheReason() throws IOException {
        Receiver to = start(rules(List.of(), List.of("dm*", "acc1*"), Limits.DEFAULT));
        assertThat(answer(to, head(SPEC)))
                .contains("'acc000' is not among the names accepted here");
        assertThat(target.names()).isEmpty();
    }

    @Test
    void aNameThatMatchesIsTaken() throws IOException {
        Receiver to = start(rules(List.of("127.0.0.0/8"), List.of("dm*", "acc*"), Limits.DEFAULT));
        try (Socket socket = connect(to)) {
            socket.getOutputStream().write(head(SPEC));
            Await.until(SOON, "the copy", () -> target.has("acc000"));
        }
    }

    @Test
    void aStrangerIsClosedWithoutAWord() throws IOException {
        Receiver to = start(rules(List.of("10.0.0.0/8", "::1"), List.of(), Limits.DEFAULT));
        try (Socket socket = connect(to)) {
            assertThat(readToEnd(socket)).isEmpty();
        }
        assertThat(target.names()).isEmpty();
        Await.until(SOON, "the count", () -> to.traffic().rest().contains("refused=1"));
    }

    private static byte[] readToEnd(Socket socket) throws IOException {
        try {
            return socket.getInputStream().readAllBytes();
        } catch (java.net.SocketException reset) {
            return new byte[0];
        }
    }

    @Test
    void tooManyKeywordsAreRefusedWithTheReason() throws IOException {
        Receiver to = start(rules(List.of(), List.of(), new Limits(1 << 20, 10, 0)));
        assertThat(answer(to, head(SPEC.withKeywords(11))))
                .contains("has 11 keywords; the limit is 10");
        assertThat(target.names()).isEmpty();
    }

    @Test
    void aLongHistoryIsCutAndNoReasonToRefuse() throws IOException {
        Receiver to =
                start(rules(List.of(), List.of(), new Limits(1 << 20, 10, 3 * SPEC.pixelBytes())));
        try (Socket socket = connect(to)) {
            socket.getOutputStream().write(head(SPEC.withRing(1000)));
            Await.until(SOON, "the copy", () -> target.has("acc000"));
        }
        try (Image copy = Image.open(target, "acc000")) {
            assertThat(copy.spec().ringSize()).isEqualTo(3);
        }
    }

    @Test
    void nothingIsWrittenThroughALinkThatLeavesTheDirectory(@ShmDir Path elsewhere)
            throws IOException {
        Image.create(new ImageDirectory(elsewhere), SPEC).close();
        Path victim = elsewhere.resolve("acc000.im.shm");
        byte[] before = Files.readAllBytes(victim);
        Path alias = Files.createSymbolicLink(target.file("acc000"), victim);
        Receiver to = start(AdmissionRules.DEFAULT);
        assertThat(answer(to, head(SPEC))).contains("leads out of that directory");
        assertThat(answer(to, head(SPEC.withName("acc001"))))
                .doesNotContain("leads out"); // other streams are received
        assertThat(Files.readAllBytes(victim)).isEqualTo(before);
        assertThat(alias).isSymbolicLink();
    }

    @Test
    void whoIsSlowMustGo() throws IOException {
        AdmissionRules d = AdmissionRules.DEFAULT;
        Receiver to =
                start(
                        new AdmissionRules(
                                d.allowed(), d.only(), d.limits(), 0, 200_000_000L, null)); // 0.2 s
        byte[] head = head(SPEC);
        long startNs = System.nanoTime();
        try (Socket socket = connect(to)) {
            socket.getOutputStream().write(head, 0, head.length - 1);
            assertThat(readToEnd(socket)).isEmpty();
            assertThat(System.nanoTime() - startNs).isBetween(200_000_000L, 5_000_000_000L);
        }
        assertThat(target.names()).isEmpty();
    }

    /** Silent visitors, even more than there are places, do not keep a transmitter out. */
    @Test
    void theSilentMakeRoom() throws IOException {
        AdmissionRules d = AdmissionRules.DEFAULT;
        Receiver to =
                start(
                        new AdmissionRules(
                                d.allowed(), d.only(), d.limits(), 0, 60_000_000_000L, null));
        Socket[] silent = new Socket[2 * AdmissionControl.PLACES];
        try {
            for (int i = 0; i < silent.length; i++) {
                silent[i] = connect(to);
            }
            try (Socket socket = connect(to)) {
                socket.getOutputStream().write(head(SPEC));
                Await.until(Duration.ofSeconds(20), "the copy", () -> target.has("acc000"));
            }
        } finally {
            for (Socket each : silent) {
                each.close();
            }
        }
    }

    @Test
    void theLocalNameMustBeAmongThoseToo() {
        ReceiveSettings acc = LOOPBACK.with(ReceiveSettings.ONLY, List.of("acc*"));
        acc.with(ReceiveSettings.NAME, "acc001").check();
        assertThatThrownBy(() -> acc.with(ReceiveSettings.NAME, "dm01disp03").check())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("dm01disp03", "--only");
    }
}
