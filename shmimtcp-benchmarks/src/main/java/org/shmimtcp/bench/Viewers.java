package org.shmimtcp.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.Shape;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.synthetic.TurbulenceSource;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ZmtpPeer;
import org.shmimtcp.xrif.Xrif;

/**
 * What viewers cost: {@code shmim publish} with more and more clients, and a control link beside it
 * on the same machine. The clients run in this process.
 */
final class Viewers {
    private static final int SIDE = 512;
    private static final String CAMERA = "cam";
    private static final String CAMERA_HZ = "20";
    private static final String MIRROR = "dm";
    private static final String MIRROR_HZ = "1000";
    private static final int WARM_UP_S = 5;
    private static final int MEASURED_S = 10;
    private static final double PERCENT = 100;
    private static final Duration DEADLINE = Duration.ofMinutes(1);
    private static final long COMPRESS_NS = 1_000_000_000L;
    private static final int PIXEL_LEVEL = 1000;

    private final Path root;
    private final Programs sources;
    private final ImageDirectory copies;
    private final @Nullable String server;
    private final List<ChildProcess> started = new ArrayList<>();

    /** Clients of one measurement, each with a thread that requests frames. */
    private static final class Clients implements AutoCloseable {
        private final List<ZmtpPeer> peers = new ArrayList<>();
        private final LongAdder frames = new LongAdder();
        private volatile boolean closing;

        Clients(int port, int count) {
            for (int i = 0; i < count; i++) {
                ZmtpPeer peer = ZmtpPeer.client(port);
                peers.add(peer);
                Thread.ofPlatform().daemon().name("client-" + i).start(() -> view(peer));
            }
        }

        private void view(ZmtpPeer peer) {
            try {
                while (!closing) {
                    peer.ask(CAMERA);
                    peer.receive();
                    frames.increment();
                }
            } catch (UncheckedIOException closed) {
                if (!closing) {
                    throw closed;
                }
            }
        }

        @Override
        public void close() {
            closing = true;
            peers.forEach(ZmtpPeer::close);
        }
    }

    private Viewers(Path root, @Nullable String server) throws IOException {
        this.root = root;
        this.server = server;
        this.sources = new Programs(Files.createDirectory(root.resolve("sources")));
        this.copies = new ImageDirectory(Files.createDirectory(root.resolve("copies")));
    }

    /**
     * Measures the cost of compression, then each number of clients.
     *
     * @param server command of another server; null for {@code shmim publish}
     */
    static void run(List<Integer> counts, @Nullable String server, PrintStream out)
            throws IOException {
        out.printf(
                Locale.ROOT,
                "-x, %d x %d u16: %-16s %9s %9s %10s%n",
                SIDE,
                SIDE,
                "scene",
                "bytes",
                "of raw",
                "CPU ms");
        compress("flat", noise(0), out);
        compress("noise of 3", noise(3), out);
        compress("noise of 30", noise(30), out);
        compress("turbulence", turbulence(), out);
        Path root = Files.createTempDirectory(Path.of("/dev/shm"), "shmimtcp-viewers");
        Viewers viewers = new Viewers(root, server);
        try {
            viewers.clients(counts, out);
        } finally {
            viewers.started.forEach(ChildProcess::kill9);
            Run.delete(root);
        }
    }

    private static short[] noise(double counts) {
        var random = new Random(1);
        short[] pixels = new short[SIDE * SIDE];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (short) Math.round(PIXEL_LEVEL + counts * random.nextGaussian());
        }
        return pixels;
    }

    private static short[] turbulence() {
        short[] pixels = new short[SIDE * SIDE];
        new TurbulenceSource(Shape.of(SIDE, SIDE), DataType.UINT16, 1)
                .fill(MemorySegment.ofArray(pixels), 1);
        return pixels;
    }

    /** Counts the thread's CPU time, so that a busy machine hardly matters. */
    private static void compress(String scene, short[] pixels, PrintStream out) {
        Xrif xrif = new Xrif(pixels.length);
        byte[] to = new byte[Xrif.maxCompressedBytes(pixels.length)];
        MemorySegment image = MemorySegment.ofArray(pixels);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        int bytes = 0;
        double ms = 0;
        for (int round = 0; round < 2; round++) { // the first one warms up
            int frames = 0;
            long beganNs = threads.getCurrentThreadCpuTime();
            long usedNs = 0;
            while (usedNs < COMPRESS_NS) {
                bytes = xrif.compress(image, to, 0);
                frames++;
                usedNs = threads.getCurrentThreadCpuTime() - beganNs;
            }
            ms = usedNs / 1e6 / frames;
        }
        out.printf(
                Locale.ROOT,
                "                  %-16s %9d %8.1f%% %10.2f%n",
                scene,
                bytes,
                PERCENT * bytes / image.byteSize(),
                ms);
    }

    private void clients(List<Integer> counts, PrintStream out) {
        int linkPort = Programs.freePort();
        start(new Programs(copies.path()), "shmimTCPreceive", Integer.toString(linkPort));
        write(CAMERA, SIDE + "x" + SIDE + ",ui16", CAMERA_HZ);
        write(MIRROR, "50x50", MIRROR_HZ);
        started.add(sources.transmit(MIRROR, linkPort));
        Await.until(DEADLINE, "the link", () -> receiver().filter(LinkStatus::works).isPresent());
        out.printf(
                Locale.ROOT,
                "%d x %d u16, %d frames a second to each client; a link of 50 x 50 at %s Hz%n",
                SIDE,
                SIDE,
                10,
                MIRROR_HZ);
        out.printf(
                Locale.ROOT,
                "  %7s %9s %8s %8s %10s %9s %9s%n",
                "clients",
                "frames/s",
                "cpu",
                "MB",
                "link p50",
                "p99/us",
                "skipped");
        Await.time(Duration.ofSeconds(WARM_UP_S));
        counts.forEach(count -> measure(count, out));
    }

    private void measure(int count, PrintStream out) {
        int port = Programs.freePort();
        ChildProcess publisher = serve(port);
        try (Clients clients = new Clients(port, count)) {
            Await.time(Duration.ofSeconds(WARM_UP_S));
            long frames = clients.frames.sum();
            double cpuSeconds = Usage.cpuSeconds(publisher.pid());
            long beganNs = System.nanoTime();
            List<Double> p50 = new ArrayList<>();
            List<Double> p99 = new ArrayList<>();
            LinkStatus last = link();
            long skipped = last.skipped();
            for (int i = 0; i < MEASURED_S; i++) {
                last = linkAfter(last.updatedMs());
                p50.add(known(last.ageP50Us()));
                p99.add(known(last.ageP99Us()));
            }
            double seconds = (System.nanoTime() - beganNs) / 1e9;
            out.printf(
                    Locale.ROOT,
                    "  %7d %9.1f %7.1f%% %8.1f %10.0f %9.0f %9d%n",
                    count,
                    (clients.frames.sum() - frames) / seconds,
                    PERCENT * (Usage.cpuSeconds(publisher.pid()) - cpuSeconds) / seconds,
                    Usage.of(publisher.pid()).residentKb() / 1e3,
                    median(p50),
                    median(p99),
                    last.skipped() - skipped);
        } finally {
            publisher.kill9();
        }
    }

    private ChildProcess serve(int port) {
        if (server == null) {
            return start(sources, "shmim", "publish", "-p", "" + port, CAMERA)
                    .awaitOutput("on port " + port, DEADLINE);
        }
        List<String> command = List.of(server.replace("PORT", "" + port).split(" +"));
        Map<String, String> environment =
                Map.of(ImageDirectory.VARIABLE, sources.directory().toString());
        ChildProcess other = ChildProcess.start(environment, command);
        started.add(other);
        Await.until(DEADLINE, server, () -> listens(port));
        return other;
    }

    private static boolean listens(int port) {
        try {
            ZmtpPeer.silent(port, 0).close();
            return true;
        } catch (UncheckedIOException notYet) {
            return false;
        }
    }

    private ChildProcess start(Programs programs, String program, String... arguments) {
        ChildProcess process = programs.start(program, arguments);
        started.add(process);
        return process;
    }

    private void write(String stream, String size, String hz) {
        start(
                sources,
                "shmim",
                "write",
                stream,
                "--create",
                size,
                "--pattern",
                "counter",
                "--rate",
                hz);
        Path file = new ImageDirectory(sources.directory()).file(stream);
        Await.until(DEADLINE, file.toString(), () -> Files.exists(file));
    }

    private Optional<LinkStatus> receiver() {
        try {
            return LinkStatuses.read(copies).stream().filter(LinkStatus::receives).findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(root.toString(), e);
        }
    }

    private LinkStatus link() {
        return receiver().orElseThrow(() -> new AssertionError("the receiver is gone"));
    }

    private LinkStatus linkAfter(long updatedMs) {
        Await.until(
                DEADLINE,
                "the ages of the next second",
                () -> {
                    LinkStatus now = link();
                    return now.updatedMs() > updatedMs && now.ageP99Us() != null;
                });
        return link();
    }

    private static double known(@Nullable Double value) {
        return value == null ? Double.NaN : value;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
