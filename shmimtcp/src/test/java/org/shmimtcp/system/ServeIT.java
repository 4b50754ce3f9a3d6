package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.ProcField;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.TwoHostSite;

/** Two machines' worth of links in one process each. */
@ExtendWith(ChildProcesses.class)
class ServeIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private static final String CPUS = "Cpus_allowed_list:";

    private final Path config;
    private final ImageDirectory sources;
    private final ImageDirectory copies;

    ServeIT(@ShmDir Path dir) throws IOException {
        config = dir.resolve("site.toml");
        sources = new ImageDirectory(Files.createDirectory(dir.resolve("a")));
        copies = new ImageDirectory(Files.createDirectory(dir.resolve("b")));
    }

    private void write(TwoHostSite site) throws IOException {
        Files.writeString(config, site.toString());
    }

    private ChildProcess serve(String role, ImageDirectory directory) {
        return serve(role, directory, Map.of());
    }

    private ChildProcess serve(
            String role, ImageDirectory directory, Map<String, String> moreEnvironment) {
        Map<String, String> environment = new HashMap<>(moreEnvironment);
        environment.put("MAGAOX_ROLE", role);
        environment.put("SHMIMTCP_CONFIG", config.toString());
        return new Programs(directory.path(), environment).start("shmim", "serve");
    }

    /** Writes into all of them, so many rounds a second. */
    private static void write(List<Image> images, int rounds, int hertz) {
        List<FrameWriter> writers = images.stream().map(Image::newWriter).toList();
        MemorySegment frame = MemorySegment.ofArray(new float[2500]);
        long periodNs = 1_000_000_000L / hertz;
        long nextNs = System.nanoTime();
        for (int round = 0; round < rounds; round++) {
            for (FrameWriter writer : writers) {
                writer.publish(0, frame);
            }
            nextNs = Math.max(nextNs + periodNs, System.nanoTime()); // late is late: no burst
            while (System.nanoTime() - nextNs < 0) {
                LockSupport.parkNanos(nextNs - System.nanoTime());
            }
        }
    }

    private static @Nullable LinkStatus of(ImageDirectory directory, String stream) {
        try {
            return LinkStatuses.read(directory).stream()
                    .filter(s -> s.stream().equals(stream))
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static LinkStatus status(ImageDirectory directory, String stream) {
        LinkStatus status = of(directory, stream);
        if (status == null) {
            throw new AssertionError("'" + stream + "' does not tell of itself");
        }
        return status;
    }

    private static void awaitFrame(Image source, ImageDirectory to, String name) {
        try (Image copy = ForeignImage.awaitOpen(to, name)) {
            long before = copy.cnt0();
            Await.until(
                    DEADLINE,
                    "a frame of " + name,
                    () -> {
                        write(List.of(source), 1, 100);
                        return copy.cnt0() > before;
                    });
        }
    }

    /** A loop may spin on a CPU of its own: whoever else is bound to it hardly ever runs. */
    @Test
    void onlyTheLoopsAreBoundToTheirCpu() throws IOException {
        String all = ProcField.text(Path.of("/proc/self/status"), CPUS);
        String one = all.split("[-,]", -1)[0];
        assumeFalse(one.equals(all), "this machine has one CPU");
        write(new TwoHostSite().with("bound", Programs.freePort()));
        Map<String, String> environment = Map.of("SHMIMTCP_CPUSET", one);
        ChildProcess receiver = serve("B", copies, environment);
        ChildProcess transmitter = serve("A", sources, environment);
        try (Image source = ForeignImage.awaitOpen(sources, "bound")) {
            awaitFrame(source, copies, "bound");
        }
        awaitBound(transmitter, one, "transmit-bound");
        awaitBound(receiver, one, "receive-bound");
    }

    /** A thread that has just started is bound like the loop, until it runs. */
    private static void awaitBound(ChildProcess process, String cpu, String thread) {
        Await.until(
                DEADLINE,
                "only " + thread + " to be bound",
                () -> boundThreads(process, cpu).equals(List.of(thread)));
    }

    /** The names of a process's threads that may use one CPU only; none if one ends meanwhile. */
    private static List<String> boundThreads(ChildProcess process, String cpu) {
        List<String> bound = new ArrayList<>();
        try (var threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
            for (Path thread : threads.toList()) {
                if (ProcField.text(thread.resolve("status"), CPUS).equals(cpu)) {
                    bound.add(ProcField.text(thread.resolve("status"), "Name:"));
                }
            }
        } catch (IOException ended) {
            return List.of();
        }
        return bound;
    }

    /** 100 of them with -Dfull, and the figures of 1, 10 and 100. */
    @Test
    void manyStreams() throws IOException {
        for (int count : Full.isOn() ? new int[] {1, 10, 100} : new int[] {20}) {
            many(count, Full.or(30, 3));
        }
    }

    private void many(int count, int seconds) throws IOException {
        TwoHostSite site = new TwoHostSite();
        for (int i = 0; i < count; i++) {
            site.with(name(count, i), Programs.freePort());
        }
        write(site);
        ChildProcess receivers = serve("B", copies);
        ChildProcess transmitters = serve("A", sources);
        List<Image> from = new ArrayList<>();
        List<Image> to = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                from.add(ForeignImage.awaitOpen(sources, name(count, i)));
            }
            Await.until(
                    DEADLINE,
                    count + " connected links",
                    () ->
                            of(sources, name(count, count - 1)) != null
                                    && connected(sources) == count
                                    && connected(copies) == count);
            write(from, 1, 100);
            for (int i = 0; i < count; i++) {
                to.add(ForeignImage.awaitOpen(copies, name(count, i)));
                awaitAll(name(count, i), from.get(i).cnt0());
            }
            long[] before = to.stream().mapToLong(Image::cnt0).toArray();
            double cpuBefore = cpuSeconds(receivers) + cpuSeconds(transmitters);
            long beganNs = System.nanoTime();
            write(from, 100 * seconds, 100);
            double elapsed = (System.nanoTime() - beganNs) / 1e9;
            double cpu = cpuSeconds(receivers) + cpuSeconds(transmitters) - cpuBefore;
            long arrived = 0;
            for (int i = 0; i < count; i++) {
                Image copy = to.get(i);
                awaitAll(name(count, i), from.get(i).cnt0());
                arrived += copy.cnt0() - before[i];
            }
            long sent = 100L * seconds * count;
            System.out.printf(
                    Locale.ROOT,
                    "%d streams 50x50 f32, 100 Hz, %.1f s: %.2f %% of the frames arrived, both"
                            + " processes %.1f %% of a core, %d + %d MB resident, load %s%n",
                    count,
                    elapsed,
                    100.0 * arrived / sent,
                    100 * cpu / elapsed,
                    residentMb(transmitters),
                    residentMb(receivers),
                    Files.readString(Path.of("/proc/loadavg")).split(" ", -1)[0]);
            assertThat(arrived).as("of %d frames", sent).isBetween(sent / 2, sent);
        } finally {
            from.forEach(Image::close);
            to.forEach(Image::close);
            for (ChildProcess server : List.of(transmitters, receivers)) {
                server.terminate();
                server.awaitExit(DEADLINE);
            }
        }
        assertThat(LinkStatuses.read(sources)).isEmpty();
        assertThat(LinkStatuses.read(copies)).isEmpty();
    }

    /** Fresh streams in each round. */
    private static String name(int count, int i) {
        return "s%d_%02d".formatted(count, i);
    }

    /** Each frame came, the last one too, or is counted as skipped for a newer one. */
    private void awaitAll(String name, long frames) {
        Await.until(
                DEADLINE,
                frames + " frames of " + name,
                () -> {
                    LinkStatus status = of(copies, name);
                    return status != null && status.framesIn() == frames;
                });
    }

    private static long connected(ImageDirectory directory) {
        try {
            return LinkStatuses.read(directory).stream().filter(LinkStatus::works).count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** User and system time of a process, from its stat file in ticks of 10 ms. */
    private static double cpuSeconds(ChildProcess process) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
    }

    private static long residentMb(ChildProcess process) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1000)
                .findFirst()
                .orElse(0);
    }

    /**
     * A publisher on one machine, a subscription on the other, no links; then both are taken out.
     */
    @Test
    void publishersAndSubscriptionsRunBesideTheLinks() throws IOException {
        int port = Programs.freePort();
        TwoHostSite publisher =
                new TwoHostSite()
                        .with(
                                """
                                [publish.viewers]
                                on = "A"
                                port = %d
                                streams = ["cam*"]
                                fps = 1000
                                [subscribe.cams]
                                on = "B"
                                host = "127.0.0.1"
                                port = %d
                                streams = ["cam1/cam1_a"]
                                """
                                        .formatted(port, port));
        write(publisher);
        ChildProcess here = serve("A", sources);
        ChildProcess there = serve("B", copies);
        try (Image cam =
                Image.create(sources, ImageSpec.of("cam1", DataType.FLOAT, Shape.of(50, 50)))) {
            write(List.of(cam), 1, 100);
            write(List.of(cam), 1, 100);
            Await.until(DEADLINE, "the copy", () -> copies.has("cam1_a"));
            awaitFrame(cam, copies, "cam1_a");
            here.awaitOutput("publisher", DEADLINE);
            write(new TwoHostSite().with("other", Programs.freePort()));
            here.awaitOutput("end: port " + port, DEADLINE);
            there.awaitOutput("end: cam1_a", DEADLINE);
            write(publisher); // both come back
            awaitFrame(cam, copies, "cam1_a");
        }
        long server = here.pid();
        List<ProcessHandle> children = ProcessHandle.of(server).orElseThrow().children().toList();
        assertThat(children).hasSize(1);
        here.kill9();
        Await.until(DEADLINE, "the publisher to end", () -> !children.getFirst().isAlive());
    }

    @Test
    void onlyWhatChangedIsTouched() throws IOException {
        int port = Programs.freePort();
        int otherPort = Programs.freePort();
        write(new TwoHostSite().with("stays", port).with("goes", otherPort));
        ChildProcess receivers = serve("B", copies);
        ChildProcess transmitters = serve("A", sources);
        try (Image stays = ForeignImage.awaitOpen(sources, "stays")) {
            awaitFrame(stays, copies, "stays");
            Await.until(DEADLINE, "both", () -> connected(copies) == 2);
            LinkStatus before = status(copies, "stays");

            // A file with a mistake changes nothing, and is explained.
            write(new TwoHostSite().with("[streams.stays]\nprot = 1\n"));
            for (ChildProcess server : List.of(receivers, transmitters)) {
                server.awaitOutput("the links stay as they are: " + config + ":8:1: ", DEADLINE);
            }
            assertThat(connected(copies)).isEqualTo(2);

            // One goes and one comes.
            write(new TwoHostSite().with("stays", port).with("comes", Programs.freePort()));
            Await.until(
                    DEADLINE,
                    "the new one",
                    () ->
                            of(copies, "comes") != null
                                    && of(copies, "goes") == null
                                    && of(sources, "goes") == null);
            awaitFrame(stays, copies, "stays");
            LinkStatus after = status(copies, "stays");
            assertThat(after.sinceMs()).isEqualTo(before.sinceMs());
            assertThat(after.reconnections()).isZero();

            // SIGHUP reads it, too.
            receivers.signal("HUP");
            Await.until(
                    DEADLINE,
                    "another reading",
                    () -> receivers.errors().contains("serving 2 links: 0 started, 0 ended"));
            assertThat(status(copies, "stays").sinceMs()).isEqualTo(before.sinceMs());
        }
    }

    @Test
    void oneLinkIsRestartedOfMany() throws IOException {
        write(
                new TwoHostSite()
                        .with("stays", Programs.freePort())
                        .with("again", Programs.freePort()));
        serve("B", copies);
        serve("A", sources);
        try (Image again = ForeignImage.awaitOpen(sources, "again")) {
            awaitFrame(again, copies, "again");
            Await.until(DEADLINE, "both", () -> connected(copies) == 2);
            LinkStatus before = status(copies, "stays");
            int restarts = 0;
            for (ImageDirectory end : List.of(copies, sources)) {
                new Programs(end.path()).start("shmim", "restart", "again").awaitSuccess(DEADLINE);
                int count = ++restarts;
                Await.until(
                        DEADLINE,
                        count + " reconnections",
                        () -> status(copies, "again").reconnections() == count);
                awaitFrame(again, copies, "again");
            }
            assertThat(status(copies, "stays").sinceMs()).isEqualTo(before.sinceMs());
            assertThat(status(copies, "stays").reconnections()).isZero();
        }
    }

    @Test
    void oneThatFailsDisturbsNoOtherAndMendsItself() throws IOException {
        int port = Programs.freePort();
        int takenPort = Programs.freePort();
        write(new TwoHostSite().with("well", port).with("ill", takenPort));
        ChildProcess blocker =
                new Programs(copies.path()).receive(takenPort, "-p", "0", "--only", "nothing");
        ChildProcess receivers = serve("B", copies);
        serve("A", sources);
        try (Image well = ForeignImage.awaitOpen(sources, "well");
                Image ill = ForeignImage.awaitOpen(sources, "ill")) {
            awaitFrame(well, copies, "well");
            Await.until(
                    DEADLINE,
                    "the state of the other",
                    () -> {
                        LinkStatus status = of(copies, "ill");
                        return status != null && status.state().equals("failed");
                    });
            assertThat(status(copies, "ill").lastError()).contains("address already in use");
            blocker.terminate();
            awaitFrame(ill, copies, "ill");

            // The whole process is killed and started again.
            receivers.kill9();
            Await.until(DEADLINE, "its absence", () -> connected(copies) == 0);
            serve("B", copies);
            awaitFrame(well, copies, "well");
            awaitFrame(ill, copies, "ill");
        }
    }
}
