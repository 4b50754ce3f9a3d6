package org.shmimtcp.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import tools.jackson.jr.ob.JSON;

/** How cost and latency grow with the number of streams. */
final class Scale {
    private static final int SECONDS_A_RUN = 65;
    private static final int WIDTH = 500;
    private static final int HEIGHT = 400;

    private final List<ManyStreams.Result> results = new ArrayList<>();

    /** Measures each number of streams, ours and the C pairs, and saves the curves. */
    static void run(List<Integer> counts, int hz, Path output, PrintStream out) throws IOException {
        var scale = new Scale();
        out.printf(
                Locale.ROOT,
                "streams of 50 x 50 floats at %d Hz each, ours in one pair of shmim serve, the C"
                        + " programs in a pair for each; some %d minutes%n",
                hz,
                Math.ceilDiv(2 * counts.size() * SECONDS_A_RUN, 60));
        out.printf(
                Locale.ROOT,
                "  %-5s %7s %8s %9s %9s %8s %8s %8s %8s %8s %6s %5s%n",
                "pair",
                "streams",
                "cpu",
                "us/frame",
                "idle cpu",
                "MB",
                "threads",
                "p50/us",
                "p99",
                "max",
                "lost",
                "torn");
        for (int count : counts) {
            for (End whose : List.of(End.C, End.OURS)) {
                ManyStreams.Result r = new ManyStreams(whose, count, hz).go();
                scale.results.add(r);
                out.println(line(r));
            }
        }
        out.println("results: " + scale.save(output));
    }

    private static String line(ManyStreams.Result r) {
        return String.format(
                Locale.ROOT,
                "  %-5s %7d %7.1f%% %9.1f %8.2f%% %8.1f %8d %8.0f %8.0f %8.0f %5.1f‰ %5d",
                r.pair(),
                r.streams(),
                r.cpu(),
                r.cpuUs(),
                r.idleCpu(),
                r.mb(),
                r.threads(),
                r.p50(),
                r.p99(),
                r.max(),
                r.lost(),
                r.torn());
    }

    private Path save(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path file = directory.resolve("scale.json");
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("machine", Machine.describe());
        all.put("runs", results);
        JSON json = JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT);
        Files.writeString(file, json.asString(all));
        System.setProperty("java.awt.headless", "true");
        List<XYChart> charts =
                List.of(
                        curve("CPU, % of a core", r -> Math.max(0.1, r.cpu())),
                        curve("memory, MB", ManyStreams.Result::mb),
                        curve("p99, us", ManyStreams.Result::p99));
        try (OutputStream out = Files.newOutputStream(directory.resolve("scale.png"))) {
            BitmapEncoder.saveBitmap(charts, 1, charts.size(), out, BitmapEncoder.BitmapFormat.PNG);
        }
        return file;
    }

    private XYChart curve(String title, ToDoubleFunction<ManyStreams.Result> figure) {
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title(title)
                        .xAxisTitle("streams")
                        .build();
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
        for (String pair : List.of("C", "ours")) {
            List<ManyStreams.Result> of =
                    results.stream().filter(r -> r.pair().equals(pair)).toList();
            chart.addSeries(
                    pair,
                    of.stream().map(r -> (double) r.streams()).toList(),
                    of.stream().map(figure::applyAsDouble).toList());
        }
        return chart;
    }
}
