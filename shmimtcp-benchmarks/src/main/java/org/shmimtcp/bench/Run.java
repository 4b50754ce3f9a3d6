package org.shmimtcp.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.Programs;

/** One load through one pair, in directories of its own; source and sink are C. */
final class Run {
    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration AT_MOST = Duration.ofMinutes(5);
    private static final String STREAM = "bench";
    private static final String STEPS = "steps.csv";
    static final String READERS_SEMAPHORE = "3";

    /** Source and sink are as punctual as a camera's and a mirror's own processes. */
    static final String SOURCE_PRIORITY = "90";

    static final String SINK_PRIORITY = "70";

    /** How long the reader waits for one more frame. */
    static final String IDLE_S = "2";

    private static final int MAX_LATENCY_US = 10_000_000;
    private static final int DIGITS = 3;

    private final Load load;
    private final Pair pair;
    private final Conditions conditions;
    private final boolean withSteps;
    private final Histogram latenciesUs = new Histogram(MAX_LATENCY_US, DIGITS);
    private @Nullable LatencyBreakdown breakdown;

    Run(Load load, Pair pair, Conditions conditions) {
        this(load, pair, conditions, false);
    }

    /** Where both ends are ours, they note the time of each frame's steps. */
    static Run withSteps(Load load, Pair pair, Conditions conditions) {
        return new Run(load, pair, conditions, true);
    }

    private Run(Load load, Pair pair, Conditions conditions, boolean withSteps) {
        this.load = load;
        this.pair = pair;
        this.conditions = conditions;
        this.withSteps = withSteps;
    }

    /** What each step took; null if nobody asked. */
    @Nullable LatencyBreakdown breakdown() {
        return breakdown;
    }

    /** All latencies, us. */
    Histogram latenciesUs() {
        return latenciesUs;
    }

    Result go(int round) throws IOException {
        Path root = Files.createTempDirectory(Path.of("/dev/shm"), "shmimtcp-bench");
        Path sources = Files.createDirectory(root.resolve("sources"));
        Path copies = Files.createDirectory(root.resolve("copies"));
        List<ChildProcess> started = new ArrayList<>();
        try {
            create(sources);
            Path seen = pair.isLink() ? copies : sources;
            List<ChildProcess> ends = pair.isLink() ? ends(sources, copies, started) : List.of();
            Path sightings = root.resolve("sightings");
            CpuTimes timesBefore = CpuTimes.now();
            List<Usage> before = usages(ends);
            List<ChildProcess> work = source(sources, seen, sightings);
            started.addAll(work);
            long beganNs = System.nanoTime();
            if (load.warmUp() > 0) { // else the very looking would be in the way
                awaitWarmUp(sources);
                beganNs = System.nanoTime();
                before = usages(ends);
            }
            String report = "";
            for (ChildProcess one : work) {
                report = one.awaitSuccess(AT_MOST);
            }
            double seconds = (System.nanoTime() - beganNs) / 1e9;
            double stealPercent = CpuTimes.now().stealPercentSince(timesBefore);
            List<Usage> after = usages(ends);
            List<Sighting> seenFrames = Sighting.read(sightings);
            record(seenFrames);
            if (withSteps) {
                ends.forEach(ChildProcess::terminate);
                ends.forEach(e -> e.awaitExit(START));
                breakdown =
                        LatencyBreakdown.of(
                                load.name(),
                                pair.name(),
                                seenFrames,
                                sources.resolve(STEPS),
                                copies.resolve(STEPS));
            }
            return result(round, Peer.fields(report), seconds, stealPercent, before, after);
        } finally {
            started.forEach(ChildProcess::kill9);
            delete(root);
        }
    }

    private List<ChildProcess> ends(Path sources, Path copies, List<ChildProcess> started)
            throws IOException {
        int port = Programs.freePort();
        ChildProcess receiver = receiver(copies, port);
        started.add(receiver);
        ChildProcess transmitter = transmitter(sources, port);
        started.add(transmitter);
        Path copy = copies.resolve(STREAM + ".im.shm");
        Await.until(START, "the copy", () -> Files.exists(copy));
        return List.of(transmitter, receiver);
    }

    private void create(Path sources) {
        Peer.run(
                sources,
                "create",
                STREAM,
                Integer.toString(load.type()),
                Integer.toString(load.width()),
                Integer.toString(load.height()),
                "kw=" + load.keywords());
    }

    private ChildProcess receiver(Path copies, int port) {
        if (pair.receiver() == End.C) {
            return Peer.receiveBehind(
                    conditions.atCopy(),
                    pair.programOfC(),
                    copies,
                    port,
                    conditions.endOfC("rx", Integer.toString(port)));
        }
        List<String> options = options(copies);
        options.addAll(List.of("--bind", "127.0.0.1"));
        return new Programs(copies)
                .behind(conditions.atCopy())
                .receive(port, options.toArray(String[]::new));
    }

    private ChildProcess transmitter(Path sources, int port) {
        if (pair.transmitter() == End.C) {
            return Peer.startBehind(
                    conditions.atSource(),
                    pair.programOfC(),
                    sources,
                    conditions.endOfC("tx", STREAM, "127.0.0.1", Integer.toString(port)));
        }
        return new Programs(sources)
                .behind(conditions.atSource())
                .transmit(STREAM, port, options(sources).toArray(String[]::new))
                .awaitOutput("connected", START);
    }

    private List<String> options(Path directory) {
        List<String> options = new ArrayList<>(conditions.options(pair.options()));
        if (withSteps) {
            options.addAll(List.of("--steps", directory.resolve(STEPS).toString()));
        }
        return options;
    }

    private static List<Usage> usages(List<ChildProcess> ends) {
        return ends.stream().map(e -> Usage.of(e.pid())).toList();
    }

    private void awaitWarmUp(Path sources) {
        try (Image source = Image.open(new ImageDirectory(sources), STREAM)) {
            Await.until(AT_MOST, "the warm-up", () -> source.cnt0() >= load.warmUp());
        }
    }

    /** Has all frames written and read; the last of these programs reports in the end. */
    private List<ChildProcess> source(Path sources, Path copies, Path sightings) {
        String frames = Integer.toString(load.frames());
        String warmUp = Integer.toString(load.warmUp());
        if (load.lockStep()) {
            ChildProcess pump =
                    Peer.start( // it is source and sink at once: on any CPU
                            sources,
                            conditions.sourceOrSink(
                                    SINK_PRIORITY,
                                    "pump",
                                    STREAM,
                                    copies.resolve(STREAM).toString(),
                                    frames,
                                    READERS_SEMAPHORE,
                                    warmUp,
                                    sightings.toString()));
            return List.of(pump);
        }
        String all = Integer.toString(load.frames() + load.warmUp());
        ChildProcess reader =
                Peer.startBehind(
                        conditions.atCopy(),
                        copies,
                        conditions.sourceOrSink(
                                SINK_PRIORITY,
                                "read",
                                STREAM,
                                all,
                                READERS_SEMAPHORE,
                                IDLE_S,
                                warmUp,
                                sightings.toString()));
        String hz = Integer.toString(load.hz());
        String[] write = {"write", STREAM, all, hz, Integer.toString(load.changing())};
        String[] words =
                load.hz() > 0
                        ? conditions.sourceOrSink(SOURCE_PRIORITY, write)
                        : write; // it never sleeps
        ChildProcess writer = Peer.startBehind(conditions.atSource(), sources, words);
        return List.of(writer, reader);
    }

    private void record(List<Sighting> sightings) {
        for (Sighting s : sightings) {
            latenciesUs.recordValue(Math.clamp(s.latencyNs() / 1000, 0, MAX_LATENCY_US));
        }
    }

    private Result result(
            int round,
            Map<String, String> report,
            double seconds,
            double stealPercent,
            List<Usage> before,
            List<Usage> after) {
        double cpu = 0;
        long residentKb = 0;
        for (int i = 0; i < before.size(); i++) {
            cpu += after.get(i).cpuSeconds() - before.get(i).cpuSeconds();
            residentKb = Math.max(residentKb, after.get(i).residentKb());
        }
        return new Result(
                load.name(),
                pair.name(),
                round,
                Long.parseLong(report.get("frames")),
                Long.parseLong(report.get("lost")),
                Long.parseLong(report.getOrDefault("torn", "0")),
                Long.parseLong(report.getOrDefault("reordered", "0")),
                Double.parseDouble(report.get("fps")),
                Double.parseDouble(report.get("MB/s")),
                latenciesUs.getValueAtPercentile(50),
                latenciesUs.getValueAtPercentile(90),
                latenciesUs.getValueAtPercentile(99),
                latenciesUs.getValueAtPercentile(99.9),
                latenciesUs.getMaxValue(),
                cpu,
                seconds,
                residentKb / 1e3,
                stealPercent);
    }

    static void delete(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
