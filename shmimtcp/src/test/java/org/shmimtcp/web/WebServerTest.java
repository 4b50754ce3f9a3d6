package org.shmimtcp.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ShmDir;

/** The server's answers, and who gets them. */
class WebServerTest {
    private static final String TOKEN = "0123456789abcdef0123";

    private final ImageDirectory directory;

    WebServerTest(@ShmDir Path dir) {
        this.directory = new ImageDirectory(dir);
    }

    private WebServer start(@Nullable String token) throws IOException {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return WebServer.start(address, directory, token);
    }

    /** Creates a 6 × 4 image whose pixels count from 0. */
    private void image(String name, DataType type) {
        try (Image image = Image.create(directory, ImageSpec.of(name, type, Shape.of(6, 4)))) {
            image.keywords().put("GAIN", 0.5, "of the loop");
            FrameWriter writer = image.newWriter();
            writer.begin();
            for (int i = 0; i < 24; i++) {
                switch (type) {
                    case UINT16 -> image.pixels().setAtIndex(ValueLayout.JAVA_SHORT, i, (short) i);
                    case DOUBLE -> image.pixels().setAtIndex(ValueLayout.JAVA_DOUBLE, i, i + 1e-12);
                    default -> throw new IllegalArgumentException(type.toString());
                }
            }
            writer.commit(0);
        }
    }

    private static String head(byte[] picture) {
        int length = ByteBuffer.wrap(picture).order(ByteOrder.LITTLE_ENDIAN).getInt();
        return new String(picture, 4, length, StandardCharsets.UTF_8);
    }

    private static ByteBuffer cells(byte[] picture) {
        ByteBuffer all = ByteBuffer.wrap(picture).order(ByteOrder.LITTLE_ENDIAN);
        int start = 4 + all.getInt();
        assertThat(start % 8).as("start of the cells").isZero();
        return all.position(start).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void aFrameIsSentPixelByPixel() throws IOException {
        image("x", DataType.UINT16);
        try (WebServer server = start(null)) {
            byte[] picture = Http.bytes(server.port(), "/api/frame?name=x").body();
            assertThat(head(picture))
                    .contains(
                            "\"nx\":6", "\"ny\":4", "\"min\":0.0", "\"max\":23.0", "\"mean\":11.5");
            ByteBuffer cells = cells(picture);
            assertThat(cells.remaining()).isEqualTo(24 * Float.BYTES);
            for (int i = 0; i < 24; i++) {
                assertThat(cells.getFloat()).isEqualTo(i);
            }
        }
    }

    @Test
    void aPartOfDoublesKeepsAllDigits() throws IOException {
        image("x", DataType.DOUBLE);
        try (WebServer server = start(null)) {
            String path = "/api/frame?name=x&x=2&y=1&width=2&height=99";
            byte[] picture = Http.bytes(server.port(), path).body();
            ByteBuffer cells = cells(picture);
            double[] expected = {8, 9, 14, 15, 20, 21};
            for (double value : expected) {
                assertThat(cells.getDouble()).isEqualTo(value + 1e-12);
            }
            assertThat(cells.remaining()).isZero();
        }
    }

    @Test
    void aLargeFrameIsShrunkToMeans() throws IOException {
        image("x", DataType.UINT16);
        try (WebServer server = start(null)) {
            byte[] picture = Http.bytes(server.port(), "/api/frame?name=x&cells=2").body();
            assertThat(head(picture)).contains("\"step\":3", "\"columns\":2", "\"rows\":2");
            ByteBuffer cells = cells(picture);
            assertThat(cells.getFloat()).isEqualTo((0 + 1 + 2 + 6 + 7 + 8 + 12 + 13 + 14) / 9f);
            assertThat(cells.getFloat()).isEqualTo((3 + 4 + 5 + 9 + 10 + 11 + 15 + 16 + 17) / 9f);
            assertThat(cells.getFloat()).isEqualTo(19f);
            assertThat(cells.getFloat()).isEqualTo(22f);
        }
    }

    @Test
    void nothingIsSentAgainThatTheBrowserHas() throws IOException {
        image("x", DataType.UINT16);
        try (WebServer server = start(null)) {
            assertThat(Http.bytes(server.port(), "/api/frame?name=x&has=1").statusCode())
                    .isEqualTo(204);
        }
    }

    @Test
    void overviewDetailsMetricsAndHealth() throws IOException {
        image("x", DataType.UINT16);
        try (WebServer server = start(null)) {
            int port = server.port();
            assertThat(Http.get(port, "/api/overview").body())
                    .contains("\"name\":\"x\"", "\"size\":\"6x4\"", "\"type\":\"ui16\"");
            assertThat(Http.get(port, "/api/details?name=x").body())
                    .contains("\"name\":\"GAIN\"", "\"value\":0.5", "of the loop");
            HttpResponse<String> metrics = Http.get(port, "/metrics");
            assertThat(metrics.headers().firstValue("content-type").orElse(""))
                    .startsWith("text/plain; version=0.0.4");
            assertThat(metrics.body())
                    .contains("# TYPE shmimtcp_stream_frames_total counter")
                    .contains("shmimtcp_stream_usable{stream=\"x\"} 1.0");
            assertThat(Http.get(port, "/health").body()).contains("\"ok\"");
            assertThat(Http.get(port, "/health?links").statusCode()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/api/frame, 400, is missing",
        "/api/frame?name=none, 404, no stream 'none'",
        "/api/frame?name=../x, 404, stream name",
        "/api/frame?name=x&slice=5, 404, has no slice 5",
        "/api/frame?name=x&cells=many, 400, whole number",
        "/api/details?name=none, 404, no stream 'none'",
        "/api/history?id=none, 404, no such link",
        "/nothing, 404, no page",
    })
    void whatMakesNoSenseIsRefusedWithAReason(String path, int status, String reason)
            throws IOException {
        image("x", DataType.UINT16);
        try (WebServer server = start(null)) {
            HttpResponse<String> answer = Http.get(server.port(), path);
            assertThat(answer.statusCode()).isEqualTo(status);
            assertThat(answer.body()).contains(reason);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/app.js", "/picture.js", "/style.css", "/uplot.js", "/uplot.css"})
    void thePageIsWhole(String path) throws IOException {
        try (WebServer server = start(null)) {
            HttpResponse<String> answer = Http.get(server.port(), path);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isNotEmpty().doesNotContain("http://cdn", "https://cdn");
            assertThat(answer.headers().firstValue("content-security-policy").orElse(""))
                    .contains("default-src 'self'");
        }
    }

    @Test
    void aPageOfAnotherSiteIsRefused() throws IOException {
        try (WebServer server = start(null)) {
            assertThat(raw(server.port(), "Host: evil.example:" + server.port()))
                    .startsWith("HTTP/1.1 403");
            assertThat(raw(server.port(), "Host: localhost\r\nOrigin: http://evil.example"))
                    .startsWith("HTTP/1.1 403");
            assertThat(raw(server.port(), "Host: localhost\r\nOrigin: http://localhost"))
                    .startsWith("HTTP/1.1 200");
        }
    }

    /** Sends the headers as given: the JDK's client does not permit setting Host. */
    private static String raw(int port, String headers) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            String request =
                    "GET /api/overview HTTP/1.1\r\n" + headers + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void withATokenOnlyWhoHasItComesIn() throws IOException {
        try (WebServer server = start(TOKEN)) {
            int port = server.port();
            assertThat(Http.get(port, "/api/overview").statusCode()).isEqualTo(401);
            assertThat(Http.get(port, "/metrics", "Authorization", "Bearer wrong").statusCode())
                    .isEqualTo(401);
            assertThat(Http.get(port, "/metrics", "Authorization", "Bearer " + TOKEN).statusCode())
                    .isEqualTo(200);
            assertThat(Http.get(port, "/").body()).contains("Token");
            assertThat(Http.get(port, "/?token=wrong").body()).contains("wrong");
            HttpResponse<String> entered = Http.get(port, "/?token=" + TOKEN);
            assertThat(entered.statusCode()).isEqualTo(303);
            String cookie = entered.headers().firstValue("set-cookie").orElse("");
            assertThat(cookie)
                    .containsIgnoringCase("httponly")
                    .containsIgnoringCase("samesite=strict");
            String pair = cookie.split(";", 2)[0];
            assertThat(Http.get(port, "/api/overview", "Cookie", pair).statusCode()).isEqualTo(200);
            assertThat(Http.get(port, "/health").statusCode()).isIn(200, 503);
        }
    }

    @Test
    void withoutATokenOnlyThisMachineComesIn() throws IOException {
        InetAddress any = InetAddress.getByAddress(new byte[4]);
        assertThatThrownBy(() -> WebServer.start(new InetSocketAddress(any, 0), directory, null))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aPortThatIsTakenIsSaid() throws IOException {
        try (WebServer server = start(null)) {
            var taken = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
            assertThatThrownBy(() -> WebServer.start(taken, directory, null))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + server.port());
        }
    }

    @Test
    void aRemovedStreamLeavesTheOverview() throws IOException {
        image("x", DataType.UINT16);
        try (WebServer server = start(null)) {
            assertThat(Http.get(server.port(), "/api/overview").body()).contains("\"x\"");
            directory.remove("x");
            Await.until(
                    Duration.ofSeconds(10),
                    "an overview without it",
                    () -> {
                        try {
                            return !Http.get(server.port(), "/api/overview")
                                    .body()
                                    .contains("\"x\"");
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    });
        }
    }

    /** Each client sends a byte now and then, so that its connection is never idle for long. */
    @Test
    void thoseWhoNeverEndTheirRequestKeepNobodyOut() throws IOException {
        List<Socket> slow = new ArrayList<>();
        try (WebServer server = start(TOKEN)) {
            for (int i = 0; i < 200; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
                slow.add(socket);
                drip(socket);
            }
            Await.until(
                    Duration.ofSeconds(20),
                    "the first look",
                    () -> {
                        try {
                            return Http.get(server.port(), "/health").statusCode() == 200;
                        } catch (IOException e) {
                            throw new AssertionError("/health is not answered", e);
                        }
                    });
            Await.until(
                    Duration.ofSeconds(60),
                    "all of them sent away",
                    () -> {
                        slow.removeIf(socket -> !drip(socket));
                        return slow.isEmpty();
                    });
            assertThat(Http.get(server.port(), "/api/overview").statusCode()).isEqualTo(401);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    /** Sends one byte; returns false if the server has closed the connection. */
    private static boolean drip(Socket socket) {
        try {
            socket.setSoTimeout(1);
            socket.getOutputStream().write('G');
            return socket.getInputStream().read() >= 0;
        } catch (SocketTimeoutException nothingSaid) {
            return true;
        } catch (IOException closed) {
            return false;
        }
    }

    /** Long-lived requests are limited, and health still answers. */
    @Test
    void requestsThatLastAreLimited() throws IOException {
        List<Socket> watching = new ArrayList<>();
        try (WebServer server = start(null)) {
            String request = "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
            Await.until(
                    Duration.ofSeconds(60),
                    "a refusal",
                    () -> {
                        try {
                            for (int i = 0; i < 20; i++) {
                                Socket socket =
                                        new Socket(InetAddress.getLoopbackAddress(), server.port());
                                socket.getOutputStream()
                                        .write(request.getBytes(StandardCharsets.US_ASCII));
                                watching.add(socket);
                            }
                            return Http.get(server.port(), "/api/overview").statusCode() == 503;
                        } catch (IOException e) {
                            throw new AssertionError("not answered", e);
                        }
                    });
            assertThat(watching).hasSizeGreaterThan(80);
            assertThat(Http.get(server.port(), "/health").statusCode()).isEqualTo(200);
        } finally {
            for (Socket socket : watching) {
                socket.close();
            }
        }
    }
}
