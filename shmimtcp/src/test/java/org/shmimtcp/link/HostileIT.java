package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.GoldenWire;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.ProcField;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.Sender;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.SteadySource;

/**
 * Thousands of hostile connections to the real receiver: 2,000, or 100,000 with {@code -Dfull}.
 * Half of them come while it is idle, half while a good transmitter is connected.
 */
@Alone
@ExtendWith(ChildProcesses.class)
class HostileIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    private static final Shape SHAPE = Shape.of(7, 5);

    /** What the compiler and the C library may still want after the first connections. */
    private static final long GROWTH_KB = 32 * 1024;

    /** Threads that the virtual machine makes for itself as it likes. */
    private static final int JVM_THREADS = 4;

    /** All of the heap is there from the start: what grows then is not the heap. */
    private static final Map<String, String> SMALL_HEAP =
            Map.of("SHMIMTCP_JAVA_OPTS", "-Xms64m -Xmx64m -XX:+AlwaysPreTouch");

    /** How the visitors come past --max-rate, or don't. */
    enum Flood {
        WITHOUT_RATE_LIMIT(900, 45_000, "0", false),
        FROM_ONE_ADDRESS(400, 20_000, "100", false),
        FROM_MANY_ADDRESSES(700, 35_000, "100", true);

        private final int connections;
        private final String maxRate;
        private final boolean manyAddresses;

        Flood(int ordinary, int full, String maxRate, boolean manyAddresses) {
            this.connections = Full.or(full, ordinary);
            this.maxRate = maxRate;
            this.manyAddresses = manyAddresses;
        }
    }

    private record Use(long rssKb, long threads, long descriptors) {
        static Use of(ChildProcess process) {
            Path proc = Path.of("/proc", Long.toString(process.pid()));
            try (Stream<Path> descriptors = Files.list(proc.resolve("fd"))) {
                return new Use(
                        ProcField.ofStatus(process.pid(), "VmRSS:"),
                        ProcField.ofStatus(process.pid(), "Threads:"),
                        descriptors.count());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private final int port = Programs.freePort();
    private final Path root;
    private final ImageDirectory sources;
    private final ImageDirectory copies;
    private final Path outside;

    HostileIT(@ShmDir Path root) throws IOException {
        this.root = root;
        sources = new ImageDirectory(Files.createDirectory(root.resolve("sources")));
        copies = new ImageDirectory(Files.createDirectory(root.resolve("copies")));
        // What a head of the visitors' would fit into, were the link followed.
        var elsewhere = new ImageDirectory(Files.createDirectory(root.resolve("elsewhere")));
        Image.create(elsewhere, ImageSpec.of("link", DataType.FLOAT, Shape.of(7, 5))).close();
        outside = elsewhere.file("link");
        Files.createSymbolicLink(copies.file("link"), outside);
    }

    private ChildProcess receive(Flood flood) {
        return new Programs(copies.path(), SMALL_HEAP)
                .receive(
                        port,
                        "--only=good",
                        "--only=h_*",
                        "--only=link",
                        "--max-size=20",
                        "--head-timeout=1",
                        "--max-rate=" + flood.maxRate);
    }

    @ParameterizedTest
    @EnumSource
    void standsAndServes(Flood flood) throws IOException {
        long seed = new SplittableRandom().nextLong();
        ImageSpec spec = ImageSpec.of("good", DataType.FLOAT, Shape.of(50, 50));
        Image.create(copies, spec.withName("foreign")).close();
        byte[] beyond = Files.readAllBytes(outside);
        byte[] foreign = Files.readAllBytes(copies.file("foreign"));
        var visitors = new HostileVisitors(port, flood.manyAddresses, "127.0.0.66");
        int quarter = flood.connections / 4;
        long startNs = System.nanoTime();
        try (Image source = Image.create(sources, spec)) {
            NumberedFrames.publish(source, source.newWriter(), 1);
            ChildProcess receiver = receive(flood);
            serve(source, receiver); // so that this, too, was loaded once
            Use before = Use.of(receiver);
            visitors.visit(quarter, seed);
            settle(receiver, before);
            Use warm = Use.of(receiver);
            visitors.visit(quarter, seed + 1);
            ChildProcess transmitter = transmit(source);
            try (CopyWatch watch = new CopyWatch(copies, "good", false);
                    SteadySource steady = new SteadySource(source)) {
                watch.secondsToNextFrame(SOON);
                long framesBefore = watch.frames();
                visitors.visit(2 * quarter, seed + 2);
                watch.secondsToNextFrame(SOON);
                steady.stop();
                assertThat(watch.isFaultless()).as(watch.toString()).isTrue();
                assertThat(watch.frames()).as(watch.toString()).isGreaterThan(framesBefore + 20);
            }
            lockStep(source);
            assertThat(transmitter.errors()).as(transmitter.report()).doesNotContain("lost");
            end(transmitter, receiver);
            settle(receiver, before);
            double seconds = (System.nanoTime() - startNs) / 1e9;
            Use after = Use.of(receiver);
            long lines = receiver.errors().lines().count();
            System.out.printf(
                    "%s seed=%d connections=%d seconds=%.0f before=%s warm=%s after=%s lines=%d%n",
                    flood, seed, 4 * quarter, seconds, before, warm, after, lines);
            assertThat(after.rssKb - warm.rssKb).isLessThan(GROWTH_KB);
            // Three lines of a kind a second, bursts of 10, 30 and 60, the lines of rates.
            assertThat(lines).as(receiver.report()).isLessThan(300 + (long) (4 * seconds));
            receiver.terminate();
            assertThat(receiver.awaitExit(SOON)).as(receiver.report()).isEqualTo(143);
        }
        assertThat(copies.file("foreign")).hasBinaryContent(foreign);
        assertThat(outside).hasBinaryContent(beyond);
        assertThat(copies.file("link")).isSymbolicLink();
        try (Stream<Path> files = Files.list(root)) {
            assertThat(files.map(Path::getFileName).map(Path::toString))
                    .containsExactlyInAnyOrder("sources", "copies", "elsewhere");
        }
        try (Stream<Path> files = Files.list(copies.path())) {
            assertThat(files.map(Path::getFileName).map(Path::toString))
                    .allMatch(name ->
                            name.matches("(good|foreign|link|h_.*)\\.im\\.shm|processinfo.*"));
        }
    }

    /**
     * 384 bytes that anybody can send, in the C programs' form: they replace no stream, not even
     * one that {@code --only} names, and hold the port for no longer than a transmitter needs to
     * wait.
     */
    @Test
    void aHeadAloneReplacesNothingAndHoldsNoPort() throws IOException {
        byte[] head = new GoldenWire("50x50-float-5").head();
        byte[] name = java.util.Arrays.copyOf("good".getBytes(StandardCharsets.US_ASCII), 80);
        System.arraycopy(name, 0, head, 32, name.length);
        ImageSpec spec = ImageSpec.of("good", DataType.FLOAT, SHAPE);
        ChildProcess receiver = receive(Flood.WITHOUT_RATE_LIMIT);
        List<Sender> heads = new ArrayList<>();
        try (Image mirror = Image.create(copies, spec);
                Image source = Image.create(sources, spec)) {
            for (int i = 0; i < 70; i++) {
                heads.add(new Sender(port).send(head));
            }
            receiver.awaitOutput("sends 'good', 50x50 f32", SOON);
            NumberedFrames.publish(source, source.newWriter(), 1);
            ChildProcess transmitter = transmit(source);
            Await.until(SOON, "a frame", () -> mirror.cnt0() == 1);
            assertThat(mirror.isReplaced()).isFalse();
            assertThat(receiver.errors()).doesNotContain("replacing it");
            transmitter.terminate();
            transmitter.awaitExit(SOON);
        }
        heads.forEach(Sender::close);
        receiver.terminate();
        assertThat(receiver.awaitExit(SOON)).as(receiver.report()).isEqualTo(143);
    }

    /** A receiver that says HOLD for ever takes no CPU, and keeps nobody from stopping. */
    @Test
    void aFloodOfHoldTakesNoCpu() throws IOException {
        try (Image source = Image.create(sources, ImageSpec.of("good", DataType.FLOAT, SHAPE));
                ServerSocket server =
                        new ServerSocket(port, 16, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform()
                    .daemon()
                    .start(() -> {
                        byte[] holds = new byte[16 * 1024];
                        for (int at = 0; at < holds.length; at += 16) {
                            System.arraycopy(
                                    ProtocolPage.empty(ProtocolPage.HOLD), 0, holds, at, 16);
                        }
                        while (!server.isClosed()) {
                            try (Socket socket = server.accept()) {
                                while (true) {
                                    socket.getOutputStream().write(holds);
                                }
                            } catch (IOException gone) {
                                // the next one, then
                            }
                        }
                    });
            ChildProcess transmitter = transmitTo(source);
            transmitter.awaitOutput("none of them a welcome", SOON);
            long startNs = System.nanoTime();
            transmitter.terminate();
            assertThat(transmitter.awaitExit(SOON)).as(transmitter.report()).isEqualTo(143);
            assertThat(System.nanoTime() - startNs).isLessThan(SOON.toNanos() / 2);
        }
    }

    private ChildProcess transmitTo(Image source) {
        return new Programs(sources.path()).transmit(source.name(), port);
    }

    private ChildProcess transmit(Image source) {
        return transmitTo(source).awaitOutput(": connected", SOON);
    }

    private void lockStep(Image source) {
        try (Image copy = ForeignImage.awaitOpen(copies, "good")) {
            Await.until(
                    SOON, "the newest frame", () -> NumberedFrames.numberIn(copy) == source.cnt0());
            int next = Math.toIntExact(source.cnt0() + 1);
            NumberedFrames.lockStep(source, copy, next, next + 99);
        }
    }

    private void serve(Image source, ChildProcess receiver) {
        ChildProcess transmitter = transmit(source);
        lockStep(source);
        end(transmitter, receiver);
    }

    private static void end(ChildProcess transmitter, ChildProcess receiver) {
        long before = endings(receiver);
        transmitter.terminate();
        transmitter.awaitExit(SOON);
        Await.until(SOON, "its end is known", () -> endings(receiver) > before);
    }

    private static long endings(ChildProcess receiver) {
        return receiver.errors().lines().filter(l -> l.contains("'good' from")).count();
    }

    /** Nobody is left of the visitors: no thread, no descriptor. */
    private static void settle(ChildProcess receiver, Use before) {
        Await.until(
                SOON,
                "no visitor's thread or descriptor after " + before,
                () -> {
                    Use now = Use.of(receiver);
                    return now.threads <= before.threads + JVM_THREADS
                            && now.descriptors <= before.descriptors;
                });
    }
}
