package org.shmimtcp.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.HdrHistogram.Histogram;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.Programs;

/**
 * Many streams of 50 x 50 floats at once: through one pair of {@code shmim serve}, or through a
 * pair of C programs for each.
 */
final class ManyStreams {
    /** So much that a JVM has compiled what there is to compile, whatever the streams' number. */
    private static final int WARM_UP_HZ = 4000;

    private static final int WARM_UP_S = 30;

    /** At the start and at the end of the writing, of which no CPU is measured. */
    private static final int MARGIN_S = 2;

    private static final int MEASURED_S = 10;
    private static final int IDLE_S = 5;
    private static final int MOST_US = 10_000_000;
    private static final double PERCENT = 100;
    private static final String PREFIX = "s";
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private final End whose;
    private final int streams;
    private final int hz;
    private final List<ChildProcess> started = new ArrayList<>();

    /**
     * What it took.
     *
     * @param cpu of all ends together, in percent of a core, while frames came
     * @param idleCpu the same while none came
     * @param cpuUs of all ends together, for each frame that was written
     * @param mb of memory, of all ends together; shared pages count in part (PSS)
     * @param threads of all ends together
     * @param p50 from when a frame was due to when a reader of the copy had it, us
     * @param p99 the same
     * @param lost frames that a reader of the copy did not see, in 1000
     */
    record Result(
            String pair,
            int streams,
            int hz,
            double cpu,
            double idleCpu,
            double cpuUs,
            double mb,
            long threads,
            double p50,
            double p99,
            double max,
            double lost,
            long torn) {}

    ManyStreams(End whose, int streams, int hz) {
        this.whose = whose;
        this.streams = streams;
        this.hz = hz;
    }

    Result go() throws IOException {
        Path root = Files.createTempDirectory(Path.of("/dev/shm"), "shmimtcp-streams");
        Path sources = Files.createDirectory(root.resolve("sources"));
        Path copies = Files.createDirectory(root.resolve("copies"));
        try {
            for (int i = 0; i < streams; i++) {
                Peer.run(sources, "create", PREFIX + i, "9", "50", "50", "kw=10");
            }
            List<ChildProcess> ends =
                    whose == End.C ? pairs(sources, copies) : servers(root, sources, copies);
            Await.until(
                    DEADLINE,
                    "all copies",
                    () -> {
                        for (int i = 0; i < streams; i++) {
                            if (!Files.exists(copies.resolve(PREFIX + i + ".im.shm"))) {
                                return false;
                            }
                        }
                        return true;
                    });
            return measure(root, sources, copies, ends);
        } finally {
            started.forEach(ChildProcess::kill9);
            Run.delete(root);
        }
    }

    private Result measure(Path root, Path sources, Path copies, List<ChildProcess> ends) {
        int quick = Math.max(1, WARM_UP_HZ / streams);
        writer(sources, WARM_UP_S * quick, quick).awaitSuccess(DEADLINE);
        Await.time(Duration.ofSeconds(MARGIN_S));
        double idle = cpuSecondsWithin(ends, IDLE_S);
        int count = (MARGIN_S + MEASURED_S + MARGIN_S) * hz;
        Path sightings = root.resolve("sightings");
        ChildProcess readers =
                run(
                        Peer.start(
                                copies,
                                "-f",
                                Run.SINK_PRIORITY,
                                "readall",
                                PREFIX,
                                Integer.toString(streams),
                                Integer.toString(count),
                                Run.READERS_SEMAPHORE,
                                Run.IDLE_S,
                                Integer.toString(MARGIN_S * hz),
                                sightings.toString()));
        readers.awaitOutput("reading", DEADLINE);
        ChildProcess writer = writer(sources, count, hz);
        Await.time(Duration.ofSeconds(MARGIN_S));
        double cpuSeconds = cpuSecondsWithin(ends, MEASURED_S);
        List<Usage> usages = ends.stream().map(e -> Usage.of(e.pid())).toList();
        writer.awaitSuccess(DEADLINE);
        Map<String, String> report = Peer.fields(readers.awaitSuccess(DEADLINE));
        Histogram us = new Histogram(MOST_US, 3);
        try {
            Sighting.read(sightings)
                    .forEach(s -> us.recordValue(Math.clamp(s.latencyNs() / 1000, 0, MOST_US)));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        double lost = Double.parseDouble(report.get("lost"));
        return new Result(
                whose == End.C ? "C" : "ours",
                streams,
                hz,
                PERCENT * cpuSeconds / MEASURED_S,
                PERCENT * idle / IDLE_S,
                1e6 * cpuSeconds / ((double) MEASURED_S * hz * streams),
                usages.stream().mapToDouble(Usage::proportionalKb).sum() / 1e3,
                usages.stream().mapToLong(Usage::threads).sum(),
                us.getValueAtPercentile(50),
                us.getValueAtPercentile(99),
                us.getMaxValue(),
                1e3 * lost / ((MEASURED_S + (double) MARGIN_S) * hz * streams),
                Long.parseLong(report.get("torn")));
    }

    private ChildProcess writer(Path sources, int count, int timesASecond) {
        return run(
                Peer.start(
                        sources,
                        "-f",
                        Run.SOURCE_PRIORITY,
                        "writeall",
                        PREFIX,
                        Integer.toString(streams),
                        Integer.toString(count),
                        Integer.toString(timesASecond)));
    }

    private static double cpuSecondsWithin(List<ChildProcess> ends, int seconds) {
        double before = cpuSeconds(ends);
        long beganNs = System.nanoTime();
        Await.time(Duration.ofSeconds(seconds));
        double used = cpuSeconds(ends) - before;
        return used * seconds / ((System.nanoTime() - beganNs) / 1e9);
    }

    private static double cpuSeconds(List<ChildProcess> ends) {
        return ends.stream().mapToDouble(e -> Usage.cpuSeconds(e.pid())).sum();
    }

    private ChildProcess run(ChildProcess process) {
        started.add(process);
        return process;
    }

    private static List<Integer> freePorts(int count) {
        Set<Integer> ports = new HashSet<>();
        while (ports.size() < count) {
            ports.add(Programs.freePort());
        }
        return List.copyOf(ports);
    }

    private List<ChildProcess> pairs(Path sources, Path copies) {
        List<Integer> ports = freePorts(streams);
        List<ChildProcess> ends = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            ends.add(run(Peer.receive(copies, ports.get(i))));
        }
        for (int i = 0; i < streams; i++) {
            String port = Integer.toString(ports.get(i));
            ends.add(run(Peer.start(sources, "tx", PREFIX + i, "127.0.0.1", port)));
        }
        return ends;
    }

    private List<ChildProcess> servers(Path root, Path sources, Path copies) throws IOException {
        Path config = root.resolve("site.toml");
        StringBuilder site = new StringBuilder("replace = true\n");
        for (String host : List.of("A", "B")) {
            site.append(
                    "[hosts.%s]\naddress = \"127.0.0.1\"\nssh = \"%s\"\n".formatted(host, host));
        }
        List<Integer> ports = freePorts(streams);
        for (int i = 0; i < streams; i++) {
            site.append(
                    "[streams.%s%d]\nfrom = \"A\"\nto = \"B\"\nport = %d\nwait = \"block\"\n"
                            .formatted(PREFIX, i, ports.get(i)));
        }
        Files.writeString(config, site);
        List<ChildProcess> ends = List.of(serve(config, "B", copies), serve(config, "A", sources));
        Await.until(
                DEADLINE,
                "all links",
                () -> {
                    try {
                        return LinkStatuses.read(new ImageDirectory(copies)).stream()
                                        .filter(s -> s.state().equals("connected"))
                                        .count()
                                == streams;
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
        return ends;
    }

    private ChildProcess serve(Path config, String role, Path directory) {
        Map<String, String> environment =
                Map.of("MAGAOX_ROLE", role, "SHMIMTCP_CONFIG", config.toString());
        return run(new Programs(directory, environment).start("shmim", "serve"));
    }
}
