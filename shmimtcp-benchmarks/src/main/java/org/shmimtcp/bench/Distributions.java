package org.shmimtcp.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** How many frames were slower than so much, a line for each pair. */
final class Distributions {
    private static final int TICKS_PER_HALF_DISTANCE = 5;
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 600;

    private Distributions() {}

    static void draw(String load, Map<String, Histogram> latenciesUs, Path file)
            throws IOException {
        System.setProperty("java.awt.headless", "true");
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title(load)
                        .xAxisTitle("latency, us, from when the frame was due")
                        .yAxisTitle("part of the frames that took longer")
                        .build();
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
        latenciesUs.forEach((pair, histogram) -> {
            List<Double> us = new ArrayList<>();
            List<Double> slower = new ArrayList<>();
            for (HistogramIterationValue v : histogram.percentiles(TICKS_PER_HALF_DISTANCE)) {
                double part = 1 - v.getPercentileLevelIteratedTo() / 100;
                if (part > 0) {
                    us.add((double) Math.max(1, v.getValueIteratedTo()));
                    slower.add(part);
                }
            }
            chart.addSeries(pair, us, slower).setMarker(SeriesMarkers.NONE);
        });
        ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", file.toFile());
    }

    /** What the steps of a frame's way took, one upon the other. */
    static void draw(LatencyBreakdown breakdown, Path file) throws IOException {
        System.setProperty("java.awt.headless", "true");
        CategoryChart chart =
                new CategoryChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title(breakdown.load() + ", " + breakdown.pair())
                        .yAxisTitle("us, mean")
                        .build();
        chart.getStyler().setStacked(true);
        for (LatencyBreakdown.Step step :
                breakdown.steps()) { // one that overlaps with the next has none of its own
            chart.addSeries(
                    step.name(),
                    List.of("all frames", "the slowest 1 %"),
                    List.of(Math.max(0, step.mean()), Math.max(0, step.slowestMean())));
        }
        ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", file.toFile());
    }
}
