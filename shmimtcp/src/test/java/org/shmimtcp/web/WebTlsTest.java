package org.shmimtcp.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Certificates;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.transport.PemFiles;
import org.shmimtcp.transport.Tls;

/** Access control over https. */
class WebTlsTest {
    private static final String TOKEN = "0123456789abcdef0123";

    private final ImageDirectory directory;
    private final Path dir;
    private final Certificates authority;
    private final PemFiles own;

    WebTlsTest(@ShmDir Path streams, @TempDir Path dir) {
        this.directory = new ImageDirectory(streams);
        this.dir = dir;
        this.authority = new Certificates(dir, "ca");
        this.own = authority.issue("rtc");
    }

    private WebServer start(@Nullable String token, @Nullable String peerName) throws IOException {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return WebServer.start(
                address,
                directory,
                token,
                Tls.load(own, peerName),
                () -> AlertRules.DEFAULT,
                List::of);
    }

    /** A client that trusts the authority and has no certificate of its own. */
    private SSLContext withoutCertificate() throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(authority.authority())) {
            trusted.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static SSLContext with(PemFiles files) {
        return Tls.load(files, null).context();
    }

    private static HttpResponse<String> get(
            SSLContext context, WebServer server, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + path))
                        .timeout(Duration.ofSeconds(20));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try (HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void whoShowsACertificateComesIn() throws Exception {
        try (WebServer server = start(null, null)) {
            SSLContext operator = with(authority.issue("operator"));
            assertThat(get(operator, server, "/api/overview").statusCode()).isEqualTo(200);
            HttpResponse<String> refused = get(withoutCertificate(), server, "/");
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(refused.body()).contains("a certificate is needed");
            assertThat(get(withoutCertificate(), server, "/health").statusCode()).isIn(200, 503);
        }
    }

    @Test
    void aTokenDoesToo() throws Exception {
        try (WebServer server = start(TOKEN, null)) {
            SSLContext operator = with(authority.issue("operator"));
            assertThat(get(operator, server, "/api/overview").statusCode()).isEqualTo(200);
            SSLContext none = withoutCertificate();
            assertThat(get(none, server, "/api/overview").statusCode()).isEqualTo(401);
            String bearer = "Bearer " + TOKEN;
            assertThat(get(none, server, "/api/overview", "Authorization", bearer).statusCode())
                    .isEqualTo(200);
            assertThat(
                            get(none, server, "/?token=" + TOKEN)
                                    .headers()
                                    .firstValue("set-cookie")
                                    .orElse(""))
                    .containsIgnoringCase("secure");
        }
    }

    @Test
    void onlyTheNameThatIsMeant() throws Exception {
        SSLContext operator = with(authority.issue("operator")); // issued for rtc.example.org
        try (WebServer server = start(null, "rtc.example.org")) {
            assertThat(get(operator, server, "/api/overview").statusCode()).isEqualTo(200);
        }
        try (WebServer server = start(null, "dm")) {
            assertThat(get(operator, server, "/api/overview").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void anotherAuthoritysCertificateIsNone() throws Exception {
        PemFiles foreign =
                new Certificates(Files.createDirectory(dir.resolve("other")), "ca").issue("rtc");
        try (WebServer server = start(null, null)) {
            SSLContext stranger =
                    with(new PemFiles(foreign.certificate(), foreign.key(), own.authority()));
            try {
                // The JDK's client sends no certificate if the server's requested authorities did
                // not issue its own.
                assertThat(get(stranger, server, "/api/overview").statusCode()).isEqualTo(401);
            } catch (SSLException refused) {
                assertThat(refused).hasMessageContaining("certificate");
            }
        }
    }

    @Test
    void whoForgetsTheSIsTold() throws Exception {
        try (WebServer server = start(TOKEN, null)) {
            HttpResponse<String> told = Http.get(server.port(), "/?token=" + TOKEN);
            assertThat(told.statusCode()).isEqualTo(426);
            assertThat(told.body()).contains("open https://127.0.0.1:" + server.port() + "/");
            assertThat(told.headers().firstValue("set-cookie")).isEmpty();
        }
    }

    @Test
    void aRenewedCertificateIsTakenWithoutARestart() throws Exception {
        try (WebServer server = start(TOKEN, null)) {
            SSLContext none = withoutCertificate();
            X509Certificate before = shown(get(none, server, "/health"));
            PemFiles renewed = authority.issue("renewed");
            Files.move(renewed.key(), own.key(), StandardCopyOption.REPLACE_EXISTING);
            Files.move(
                    renewed.certificate(), own.certificate(), StandardCopyOption.REPLACE_EXISTING);
            assertThat(shown(get(none, server, "/health")))
                    .isNotEqualTo(before)
                    .extracting(c -> c.getSubjectX500Principal().getName())
                    .isEqualTo("CN=renewed");
        }
    }

    private static X509Certificate shown(HttpResponse<String> answer) throws Exception {
        return (X509Certificate) answer.sslSession().orElseThrow().getPeerCertificates()[0];
    }

    @Test
    void othersGetInWithNeitherOnlyIfThisIsLoopback() throws IOException {
        InetAddress any = InetAddress.getByAddress(new byte[4]);
        assertThatThrownBy(() ->
                        WebServer.start(
                                new InetSocketAddress(any, 0),
                                directory,
                                null,
                                null,
                                () -> AlertRules.DEFAULT,
                                List::of))
                .isInstanceOf(IllegalArgumentException.class);
        WebServer.start(
                        new InetSocketAddress(any, 0),
                        directory,
                        null,
                        Tls.load(own, null),
                        () -> AlertRules.DEFAULT,
                        List::of)
                .close();
    }
}
