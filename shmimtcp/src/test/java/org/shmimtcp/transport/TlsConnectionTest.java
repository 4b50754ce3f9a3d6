package org.shmimtcp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.CapturedErr;
import org.shmimtcp.testing.Certificates;

class TlsConnectionTest {
    private static final Duration SHORT = Duration.ofMillis(500);
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final long TIMEOUT_NS = 5_000_000_000L;

    /** Not the common pool, which has only one thread on a small machine. */
    private static final Executor THREADS = task -> Thread.ofPlatform().daemon().start(task);

    private final Path directory;
    private final Certificates authority;
    private final Listener listener =
            new Listener(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    private final Endpoint endpoint;

    TlsConnectionTest(@TempDir Path directory) throws IOException {
        this.directory = directory;
        this.authority = new Certificates(directory, "ca");
        String address = listener.address();
        this.endpoint =
                new Endpoint(
                        "127.0.0.1",
                        Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)));
    }

    /** Changes keys after 1 MB instead of 137 GB, so that the tests cover key changes. */
    @BeforeAll
    static void changeKeysOften() {
        Security.setProperty("jdk.tls.keyLimits", "AES/GCM/NoPadding KeyUpdate 2^20");
    }

    @AfterEach
    void close() {
        listener.close();
    }

    private Tls tls(String name) {
        return Tls.load(authority.issue(name), null);
    }

    private Connection accept() throws IOException {
        Connection accepted = null;
        while (accepted == null) {
            accepted = listener.accept(() -> false);
        }
        return accepted;
    }

    private record Pair(Connection client, Connection server) implements AutoCloseable {
        @Override
        public void close() {
            client.close();
            server.close();
        }
    }

    private Pair connect(Tls clientSide, Tls serverSide) throws IOException {
        CompletableFuture<Connection> server =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return serverSide.server(accept(), TIMEOUT_NS);
                            } catch (IOException e) {
                                throw new java.io.UncheckedIOException(e);
                            }
                        },
                        THREADS);
        Connection client =
                clientSide.client(Connection.connect(endpoint, () -> false), TIMEOUT_NS);
        try {
            return new Pair(client, server.get());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } catch (ExecutionException e) {
            client.close();
            if (e.getCause() instanceof java.io.UncheckedIOException refused) {
                throw refused.getCause();
            }
            throw new AssertionError(e);
        }
    }

    /** Sends messages of many lengths and checks that they arrive unchanged and in order. */
    private static void carry(Connection from, Connection to, long seed) throws Exception {
        int messages = 300;
        CompletableFuture<Void> sending =
                CompletableFuture.runAsync(
                        () -> {
                            try (Arena arena = Arena.ofConfined()) {
                                SplittableRandom random = new SplittableRandom(seed);
                                MemorySegment memory = arena.allocate(100_000);
                                for (int i = 0; i < messages; i++) {
                                    int bytes = fill(memory, random);
                                    from.send(memory.address(), bytes, TIMEOUT_NS);
                                }
                            } catch (ConnectionLostException e) {
                                throw new java.io.UncheckedIOException(e);
                            }
                        },
                        THREADS);
        try (Arena arena = Arena.ofConfined()) {
            SplittableRandom random = new SplittableRandom(seed);
            MemorySegment expected = arena.allocate(100_000);
            MemorySegment memory = arena.allocate(100_000);
            for (int i = 0; i < messages; i++) {
                int bytes = fill(expected, random);
                for (long have = 0; have < bytes; ) {
                    have += to.receive(memory.address() + have, bytes - have);
                }
                assertThat(MemorySegment.mismatch(memory, 0, bytes, expected, 0, bytes))
                        .as("message %d of %d bytes, seed %d", i, bytes, seed)
                        .isEqualTo(-1);
            }
        }
        sending.get();
    }

    private static int fill(MemorySegment memory, SplittableRandom random) {
        int bytes = random.nextInt(10) == 0 ? random.nextInt(1, 100_001) : random.nextInt(1, 20000);
        for (long at = 0; at + 8 <= bytes; at += 8) {
            memory.set(ValueLayout.JAVA_LONG_UNALIGNED, at, random.nextLong());
        }
        return bytes;
    }

    /** A few megabytes each way at the same time, with key changes in between. */
    @Test
    void carriesMessagesBothWaysAtOnce() throws Exception {
        long seed = System.nanoTime();
        try (Pair pair = connect(tls("a"), tls("b"))) {
            CompletableFuture<Void> back =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    carry(pair.server, pair.client, seed);
                                } catch (Exception e) {
                                    throw new AssertionError(e);
                                }
                            },
                            THREADS);
            assertTimeoutPreemptively(SOON, () -> carry(pair.client, pair.server, seed + 1));
            back.get();
        }
    }

    /** As in the C programs' protocol: the receiver sends nothing, whatever happens to the keys. */
    @Test
    void carriesMessagesOneWayOnly() throws Exception {
        long seed = System.nanoTime();
        try (Pair pair = connect(tls("a"), tls("b"))) {
            assertTimeoutPreemptively(SOON, () -> carry(pair.client, pair.server, seed));
            assertThat(pair.client.hasInput()).isFalse();
            assertThat(pair.client.isPeerGone()).isFalse();
        }
    }

    @Test
    void looksUpOnceATickAndSeesWhatIsThere() throws Exception {
        try (Pair pair = connect(tls("a"), tls("b"));
                Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(64);
            long startNs = System.nanoTime();
            assertThat(pair.server.receive(memory.address(), 64)).isZero();
            assertThat(System.nanoTime() - startNs).isBetween(50_000_000L, 5_000_000_000L);
            assertThat(pair.server.hasInput()).isFalse();
            pair.client.send(memory.address(), 16, TIMEOUT_NS);
            Await.until(SOON, "input", pair.server::hasInput);
            assertThat(pair.server.isPeerGone()).isFalse();
            assertThat(pair.server.receive(memory.address(), 64)).isEqualTo(16);
        }
    }

    @Test
    void whatWasSentBeforeTheEndArrives() throws Exception {
        try (Pair pair = connect(tls("a"), tls("b"));
                Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(64);
            pair.client.send(memory.address(), 16, TIMEOUT_NS);
            pair.client.close();
            assertThat(pair.server.receive(memory.address(), 64)).isEqualTo(16);
            assertThatThrownBy(() -> pair.server.receive(memory.address(), 64))
                    .isInstanceOf(ConnectionLostException.class)
                    .hasMessage("the peer closed the connection");
            assertThat(pair.server.isPeerGone()).isTrue();
        }
    }

    @Test
    void anotherAuthoritysCertificateIsRefusedByTheServer() {
        Certificates others = new Certificates(directory, "others");
        PemFiles stranger = others.issue("stranger");
        Tls liar =
                Tls.load(
                        new PemFiles(stranger.certificate(), stranger.key(), authority.authority()),
                        null);
        assertThatThrownBy(() -> connect(liar, tls("b")))
                .isInstanceOf(ConnectionLostException.class)
                .hasMessage("TLS: its certificate is not signed by the trusted CA");
    }

    @Test
    void anotherAuthoritysCertificateIsRefusedByTheClient() {
        Certificates others = new Certificates(directory, "others");
        PemFiles own = authority.issue("a");
        Tls distrusting =
                Tls.load(new PemFiles(own.certificate(), own.key(), others.authority()), null);
        assertThatThrownBy(() -> connect(distrusting, tls("b")))
                .isInstanceOf(ConnectionLostException.class)
                .hasMessage("TLS: its certificate is not signed by the trusted CA");
    }

    @Test
    void theRefusedClientLearnsIt() throws Exception {
        Certificates others = new Certificates(directory, "others");
        PemFiles stranger = others.issue("stranger");
        Tls liar =
                Tls.load(
                        new PemFiles(stranger.certificate(), stranger.key(), authority.authority()),
                        null);
        CompletableFuture<Void> server =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                tls("b").server(accept(), TIMEOUT_NS).close();
                            } catch (IOException expected) {
                                // the client learns of this refusal
                            }
                        },
                        THREADS);
        try (Connection client =
                        liar.client(Connection.connect(endpoint, () -> false), TIMEOUT_NS);
                Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(64);
            assertThatThrownBy(
                            () -> {
                                while (true) {
                                    client.receive(memory.address(), 64);
                                }
                            })
                    .isInstanceOf(ConnectionLostException.class)
                    .hasMessageMatching("TLS: the peer refuses \\([a-z_]+\\); see .*");
        }
        server.get();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rtc.example.org", "RTC.example.org", "127.0.0.1"})
    void theNameInTheCertificateIsEnough(String name) throws Exception {
        Tls careful = Tls.load(authority.issue("a"), name);
        try (Pair pair = connect(careful, tls("b"))) {
            assertThat(pair.client.isPeerGone()).isFalse();
        }
        try (Pair pair = connect(tls("b"), careful)) {
            assertThat(pair.server.isPeerGone()).isFalse();
        }
    }

    @Test
    void anotherNameIsRefusedByEitherEnd() {
        Tls careful = Tls.load(authority.issue("a"), "wfs.example.org");
        assertThatThrownBy(() -> connect(careful, tls("b")))
                .hasMessageContaining("is not for 'wfs.example.org'");
        assertThatThrownBy(() -> connect(tls("b"), careful))
                .hasMessageContaining("is not for 'wfs.example.org'");
    }

    /** Returns the server's error message for a client that is not shmimTCP. */
    private String refusal(PlainTalk talk) throws Exception {
        return refusal(talk, SOON);
    }

    private String refusal(PlainTalk talk, Duration handshake) throws Exception {
        CompletableFuture<Void> client =
                CompletableFuture.runAsync(
                        () -> {
                            try (Socket socket =
                                    new Socket(InetAddress.getLoopbackAddress(), endpoint.port())) {
                                talk.with(socket);
                            } catch (Exception endedByServer) {
                                // the server may close at any time
                            }
                        },
                        THREADS);
        String message;
        try (Connection server = tls("b").server(accept(), handshake.toNanos())) {
            message = "accepted " + server.peer();
        } catch (ConnectionLostException e) {
            message = String.valueOf(e.getMessage());
        }
        client.get();
        return message;
    }

    private interface PlainTalk {
        void with(Socket socket) throws Exception;
    }

    @Test
    void whoSpeaksPlainGetsNothing() throws Exception {
        byte[][] answer = new byte[1][];
        String refusal =
                refusal(socket -> {
                    socket.getOutputStream()
                            .write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    answer[0] = socket.getInputStream().readAllBytes();
                });
        assertThat(refusal).isEqualTo("TLS: it does not speak TLS");
        assertThat(answer[0]).isNullOrEmpty();
    }

    @Test
    void whoIsSilentMustGo() throws Exception {
        assertThat(refusal(socket -> socket.getInputStream().readAllBytes(), SHORT))
                .isEqualTo("TLS: the handshake was not completed");
    }

    @Test
    void whoSpeaksByteByByteMustGo() throws Exception {
        String refusal =
                refusal(
                        socket -> {
                            byte[] hello = {22, 3, 1, 1, 0, 1};
                            for (int i = 0; i < 1000; i++) {
                                socket.getOutputStream().write(hello, Math.min(i, 5), 1);
                                java.util.concurrent.TimeUnit.MILLISECONDS.sleep(20);
                            }
                        },
                        SHORT);
        assertThat(refusal).isEqualTo("TLS: the handshake was not completed");
    }

    /** Connects with the JDK's own TLS client, with or without a certificate, in any version. */
    private String jdkClient(String protocol) throws Exception {
        return refusal(socket -> {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustAll()}, null);
            var secured =
                    (javax.net.ssl.SSLSocket)
                            context.getSocketFactory()
                                    .createSocket(socket, "127.0.0.1", endpoint.port(), false);
            secured.setEnabledProtocols(new String[] {protocol});
            secured.startHandshake();
            secured.getInputStream().readAllBytes();
        });
    }

    @Test
    void whoShowsNoCertificateIsRefused() throws Exception {
        assertThat(jdkClient("TLSv1.3")).startsWith("TLS: it presents no certificate signed");
    }

    @Test
    void olderVersionsAreRefused() throws Exception {
        assertThat(jdkClient("TLSv1.2")).startsWith("TLS: it does not support TLS 1.3");
    }

    private static final class TrustAll extends javax.net.ssl.X509ExtendedTrustManager
            implements X509TrustManager {
        @Override
        public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(
                java.security.cert.X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(
                java.security.cert.X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(
                java.security.cert.X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(
                java.security.cert.X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public java.security.cert.X509Certificate[] getAcceptedIssuers() {
            return new java.security.cert.X509Certificate[0];
        }
    }

    private static X509Certificate shown(Connection to) throws IOException {
        return (X509Certificate)
                ((TlsConnection) to).engine().getSession().getPeerCertificates()[0];
    }

    @Test
    void renewedCertificatesAreTakenAtTheNextConnection() throws IOException {
        PemFiles files = authority.issue("server");
        Tls serverSide = Tls.load(files, null);
        Tls clientSide = tls("client");
        X509Certificate before = files.load().chain().getFirst();
        try (Pair pair = connect(clientSide, serverSide)) {
            assertThat(shown(pair.client)).isEqualTo(before);
        }
        authority.issue("server"); // writes the same files
        X509Certificate renewed = files.load().chain().getFirst();
        assertThat(renewed).isNotEqualTo(before);
        try (Pair pair = connect(clientSide, serverSide)) {
            assertThat(shown(pair.client)).isEqualTo(renewed);
        }
    }

    @Test
    void halfRenewedFilesAreNotTakenAndSaidOnce() throws IOException {
        PemFiles files = authority.issue("server");
        Tls serverSide = Tls.load(files, null);
        Tls clientSide = tls("client");
        X509Certificate before = files.load().chain().getFirst();
        byte[] certificate = Files.readAllBytes(files.certificate());
        authority.issue("server");
        byte[] renewed = Files.readAllBytes(files.certificate());
        Files.write(files.certificate(), certificate); // the key is new, the certificate is old
        try (CapturedErr err = new CapturedErr()) {
            for (int i = 0; i < 3; i++) {
                try (Pair pair = connect(clientSide, serverSide)) {
                    assertThat(shown(pair.client)).isEqualTo(before);
                }
            }
            assertThat(err.lines())
                    .singleElement()
                    .asString()
                    .contains("does not belong to", "the previous certificates stay in use");
        }
        Files.write(files.certificate(), renewed);
        try (Pair pair = connect(clientSide, serverSide)) {
            assertThat(shown(pair.client)).isEqualTo(files.load().chain().getFirst());
        }
    }
}
