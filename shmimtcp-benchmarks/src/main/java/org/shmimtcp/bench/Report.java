package org.shmimtcp.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import tools.jackson.jr.ob.JSON;

/** Collects the runs, compares the pairs, keeps it all. */
final class Report {
    private final List<Pair> pairs;
    private final List<Result> results = new ArrayList<>();
    private final List<Ratio> ratios = new ArrayList<>();
    private final List<String> ratioLines = new ArrayList<>();
    private final List<Floor> floors = new ArrayList<>();
    private final List<LatencyBreakdown> breakdowns = new ArrayList<>();
    private final Map<String, Map<String, Histogram>> latencies = new LinkedHashMap<>();

    /** A pair's figures divided by the C pair's, over the rounds. */
    record Ratio(String load, String pair, Spread p50, Spread p99, Spread fps, Spread cpu) {}

    /** A bare TCP exchange of a frame's size: there, and a byte back. */
    record Floor(String load, double mbPerSecond, double p50, double p99) {}

    void add(LatencyBreakdown breakdown) {
        breakdowns.add(breakdown);
    }

    void add(Floor floor) {
        floors.add(floor);
    }

    static String line(Floor f) {
        return String.format(
                Locale.ROOT,
                "  %-22s %9s %6s %5s %8.0f %8s %8.0f %8s %8s %8s %9.1f",
                "bare TCP, and back",
                "",
                "",
                "",
                f.p50,
                "",
                f.p99,
                "",
                "",
                "",
                f.mbPerSecond);
    }

    Report(List<Pair> pairs) {
        this.pairs = pairs;
    }

    void add(Result result, Histogram latenciesUs) {
        results.add(result);
        latencies
                .computeIfAbsent(result.load(), load -> new LinkedHashMap<>())
                .merge(
                        result.pair(),
                        latenciesUs,
                        (all, more) -> {
                            all.add(more);
                            return all;
                        });
    }

    static String heading(Load load) {
        return String.format(
                Locale.ROOT,
                "%n%s (%d B)%n  %-22s %9s %6s %5s %8s %8s %8s %8s %8s %8s %9s %6s %5s %6s",
                load.name(),
                load.frameBytes(),
                "pair",
                "frames",
                "lost",
                "torn",
                "p50/us",
                "p90",
                "p99",
                "p99.9",
                "max",
                "frames/s",
                "MB/s",
                "cpu",
                "MB",
                "steal");
    }

    static String line(Result r) {
        return String.format(
                Locale.ROOT,
                "  %-22s %9d %6d %5d %8.0f %8.0f %8.0f %8.0f %8.0f %8.0f %9.1f %5.0f%% %5.0f"
                        + " %5.1f%%",
                r.pair(),
                r.frames(),
                r.lost(),
                r.torn(),
                r.p50(),
                r.p90(),
                r.p99(),
                r.p999(),
                r.max(),
                r.fps(),
                r.mbPerSecond(),
                100 * r.cpuSeconds() / r.seconds(),
                r.residentMb(),
                r.stealPercent());
    }

    /** A line for each pair that is not the C pair. */
    List<String> ratios(Load load) {
        List<String> lines = new ArrayList<>();
        for (Pair pair : pairs) {
            if (pair.isLink() && !pair.equals(Pair.C)) {
                Ratio r =
                        new Ratio(
                                load.name(),
                                pair.name(),
                                ratio(load, pair, Result::p50),
                                ratio(load, pair, Result::p99),
                                ratio(load, pair, Result::fps),
                                ratio(load, pair, x -> x.cpuSeconds() / x.seconds()));
                ratios.add(r);
                String line =
                        String.format(
                                Locale.ROOT,
                                "  %-22s to C: p50 %s  p99 %s  frames/s %s  cpu %s",
                                r.pair(),
                                r.p50().text(),
                                r.p99().text(),
                                r.fps().text(),
                                r.cpu().text());
                lines.add(line);
                ratioLines.add(load.name() + line);
            }
        }
        return lines;
    }

    /** A table of all ratios: a line for each load and pair. */
    List<String> table() {
        List<String> lines = new ArrayList<>();
        lines.add(row("ratios to C: median", "pair", "p50", "p99", "frames/s", "cpu"));
        for (Ratio r : ratios) {
            lines.add(
                    row(
                            r.load(),
                            r.pair(),
                            r.p50().text(),
                            r.p99().text(),
                            r.fps().text(),
                            r.cpu().text()));
        }
        return lines;
    }

    private static String row(
            String load, String pair, String p50, String p99, String fps, String cpu) {
        return String.format(
                        Locale.ROOT,
                        "%-24s %-22s %-22s %-22s %-22s %s",
                        load,
                        pair,
                        p50,
                        p99,
                        fps,
                        cpu)
                .stripTrailing();
    }

    /** The median and the range over the rounds of this pair's figure divided by the C pair's. */
    private Spread ratio(Load load, Pair pair, ToDoubleFunction<Result> figure) {
        double[] each =
                of(load, pair).stream()
                        .mapToDouble(ours -> {
                            Result c =
                                    of(load, Pair.C).stream()
                                            .filter(r -> r.round() == ours.round())
                                            .findFirst()
                                            .orElseThrow();
                            return figure.applyAsDouble(ours) / figure.applyAsDouble(c);
                        })
                        .toArray();
        return Spread.of(each);
    }

    private List<Result> of(Load load, Pair pair) {
        return results.stream()
                .filter(r -> r.load().equals(load.name()) && r.pair().equals(pair.name()))
                .toList();
    }

    /** Writes everything as JSON, and the distributions as pictures and as one page. */
    Path save(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path file = directory.resolve("results.json");
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("machine", Machine.describe());
        all.put("conditions", Machine.conditions());
        all.put("ratiosToC", ratios);
        all.put("floors", floors);
        all.put("steps", breakdowns);
        all.put("runs", results);
        JSON json = JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT);
        Files.writeString(file, json.asString(all));
        Files.writeString(
                directory.resolve("distributions.html"),
                DistributionPage.of(
                        List.of(Machine.describe(), Machine.conditions()), latencies, ratioLines));
        for (var load : latencies.entrySet()) {
            Distributions.draw(
                    load.getKey(), load.getValue(), directory.resolve(load.getKey() + ".png"));
        }
        for (LatencyBreakdown breakdown : breakdowns) {
            String name =
                    (breakdown.load() + "-steps-" + breakdown.pair()).replaceAll("[^\\w.-]+", "_");
            Distributions.draw(breakdown, directory.resolve(name + ".png"));
        }
        return file;
    }
}
