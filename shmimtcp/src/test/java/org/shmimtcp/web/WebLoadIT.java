package org.shmimtcp.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/** The effect of browsers on a link. */
@Alone
@ExtendWith(ChildProcesses.class)
class WebLoadIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int BROWSERS = 10;

    /** As the page does: at most fifteen pictures a second. */
    private static final long PICTURE_MS = 66;

    private final Path dir;
    private final Programs programs;
    private final int port = Programs.freePort();
    private final int linkPort = Programs.freePort();

    WebLoadIT(@ShmDir Path dir) {
        this.dir = dir;
        this.programs = new Programs(dir);
    }

    /** Medians of the values that the receiver reported each second. */
    private record Ages(double p50Us, double p99Us, double outPerS, long skipped) {}

    private Optional<LinkStatus> status() {
        try {
            return LinkStatuses.read(new ImageDirectory(dir)).stream()
                    .filter(status -> !status.transmits())
                    .findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private LinkStatus receiver() {
        return status().orElseThrow(() -> new AssertionError("the receiver is gone"));
    }

    private Ages measure(int seconds) {
        List<Double> p50 = new ArrayList<>();
        List<Double> p99 = new ArrayList<>();
        List<Double> rate = new ArrayList<>();
        LinkStatus[] last = {receiver()};
        long skipped = last[0].skipped();
        for (int i = 0; i < seconds; i++) {
            long updatedMs = last[0].updatedMs();
            Await.until(
                    DEADLINE,
                    "what the receiver says of the next second",
                    () -> {
                        last[0] = receiver();
                        return last[0].updatedMs() > updatedMs && last[0].ageP50Us() != null;
                    });
            p50.add(known(last[0].ageP50Us()));
            p99.add(known(last[0].ageP99Us()));
            rate.add(last[0].outPerS());
        }
        return new Ages(median(p50), median(p99), median(rate), last[0].skipped() - skipped);
    }

    private static double known(@org.jspecify.annotations.Nullable Double value) {
        return value == null ? Double.NaN : value;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static void send(Socket socket, String path) throws IOException {
        String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }

    /** Reads events, and requests pictures as often as the page does. */
    private void browse(Socket events, AtomicLong pictures) {
        try {
            send(events, "/api/events");
            Thread.ofVirtual()
                    .start(() -> {
                        try (InputStream in = events.getInputStream()) {
                            in.transferTo(java.io.OutputStream.nullOutputStream());
                        } catch (IOException closed) {
                            // the test has closed the socket
                        }
                    });
            while (!events.isClosed()) {
                if (Http.bytes(port, "/api/frame?name=copy").statusCode() == 200) {
                    pictures.incrementAndGet();
                }
                Await.time(Duration.ofMillis(PICTURE_MS));
            }
        } catch (IOException gone) {
            // the test has closed the socket
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return socket;
    }

    /** Ten browsers that read, and ten more that send requests and never read. */
    @Test
    void tenBrowsersLeaveALinkAlone() throws IOException {
        for (int priority : Full.isOn() ? new int[] {0, 80} : new int[] {0}) {
            beside(priority);
        }
    }

    private void beside(int priority) throws IOException {
        String p = Integer.toString(priority);
        int seconds = Full.or(12, 2);
        ChildProcess source =
                programs.start(
                        "shmim",
                        "write",
                        "dm",
                        "--create",
                        "50x50",
                        "--pattern",
                        "turbulence",
                        "--rate",
                        "500",
                        "--seconds",
                        "300");
        Await.until(DEADLINE, "stream dm", () -> new ImageDirectory(dir).has("dm"));
        ChildProcess receiver = programs.receive(linkPort, "-p", p, "--name", "copy");
        ChildProcess transmitter = programs.transmit("dm", linkPort, "-p", p);
        ChildProcess web =
                programs.start("shmim", "web", Integer.toString(port))
                        .awaitOutput("http://localhost:" + port, DEADLINE);
        Await.until(
                DEADLINE,
                "ages",
                () -> status().filter(there -> there.ageP50Us() != null).isPresent());
        measure(Full.or(2, 1)); // warm-up: until the JIT has compiled the code
        Ages alone = measure(seconds);
        List<Socket> browsers = new ArrayList<>();
        AtomicLong pictures = new AtomicLong();
        Ages watched;
        try {
            for (int i = 0; i < BROWSERS; i++) {
                Socket looks = connect();
                Socket dead = connect();
                browsers.addAll(List.of(looks, dead));
                Thread.ofPlatform().daemon().start(() -> browse(looks, pictures));
                send(dead, i % 2 == 0 ? "/api/events" : "/api/frame?name=copy");
            }
            measure(Full.or(2, 1));
            // The server gives way to whatever else runs here.
            Await.until(DEADLINE, "pictures", () -> pictures.get() > seconds);
            long before = pictures.get();
            watched = measure(seconds);
            Figure.print(
                    "link of 50x50 f32 at 500 Hz, priority %d, %d s each: age p50 %.0f us, p99 %.0f"
                            + " us, %.0f frames/s, %d skipped without a browser; p50 %.0f us, p99"
                            + " %.0f us, %.0f frames/s, %d skipped with %d that take %.0f"
                            + " pictures/s in all, and as many that never read",
                    priority,
                    seconds,
                    alone.p50Us,
                    alone.p99Us,
                    alone.outPerS,
                    alone.skipped,
                    watched.p50Us,
                    watched.p99Us,
                    watched.outPerS,
                    watched.skipped,
                    BROWSERS,
                    (pictures.get() - before) / (double) seconds);
            if (Full.isOn()) {
                assertThat(pictures.get()).as("pictures taken").isGreaterThan(before + seconds);
            }
        } finally {
            for (Socket browser : browsers) {
                browser.close();
            }
            for (ChildProcess child : List.of(web, transmitter, receiver, source)) {
                child.terminate();
                child.awaitExit(DEADLINE);
            }
        }
        // The clients share the cores with the link, so this only checks that the link keeps
        // running.
        assertThat(watched.outPerS)
                .as("frames a second")
                .isGreaterThan((Full.isOn() ? 0.8 : 0.2) * alone.outPerS);
        assertThat(watched.p50Us).as("median age").isLessThan(Full.slack() * (alone.p50Us + 4000));
    }
}
