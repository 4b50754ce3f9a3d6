package org.shmimtcp.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * One HTML page with the distributions of all loads, as SVG: the part of the frames that took
 * longer, over the latency. Both axes are logarithmic.
 */
final class DistributionPage {
    private static final int TICKS_PER_HALF_DISTANCE = 5;

    /** Of a factor of ten, in pixels. */
    private static final double DECADE_WIDTH = 150;

    private static final double DECADE_HEIGHT = 70;

    /** 1 us to 1 s, and all frames to one of 100,000. */
    private static final int DECADES_OF_US = 6;

    private static final int DECADES_OF_PART = 5;
    private static final List<String> COLORS =
            List.of("#888888", "#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e");

    private DistributionPage() {}

    /**
     * @param header lines about the machine
     * @param latenciesUs of each load, those of each pair
     * @param ratios lines that compare the pairs
     */
    static String of(
            List<String> header,
            Map<String, Map<String, Histogram>> latenciesUs,
            List<String> ratios) {
        StringBuilder page =
                new StringBuilder(
                        """
                        <!DOCTYPE html>
                        <html lang="en"><meta charset="utf-8"><title>shmimTCP: latencies</title>
                        <style>body{font:14px sans-serif;margin:2em}polyline{fill:none;stroke-width:2}
                        line{stroke:#ddd}text{font-size:12px}</style>
                        <h1>Latencies</h1>
                        <p>The part of the frames that took longer, over the latency from when a frame was due.</p>
                        """);
        header.forEach(line -> page.append("<p>").append(escape(line)).append("</p>\n"));
        page.append("<pre>\n");
        ratios.forEach(line -> page.append(escape(line)).append('\n'));
        page.append("</pre>\n");
        latenciesUs.forEach((load, pairs) -> {
            page.append("<h2>").append(escape(load)).append("</h2>\n");
            page.append(picture(pairs));
        });
        return page.toString();
    }

    private static String picture(Map<String, Histogram> pairs) {
        double width = DECADES_OF_US * DECADE_WIDTH;
        double height = DECADES_OF_PART * DECADE_HEIGHT;
        StringBuilder svg = new StringBuilder();
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<svg width=\"%.0f\" height=\"%.0f\" viewBox=\"-60 -10 %.0f %.0f\">%n",
                        width + 80,
                        height + 50,
                        width + 80,
                        height + 50));
        for (int i = 0; i <= DECADES_OF_US; i++) {
            double x = i * DECADE_WIDTH;
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<line x1=\"%.0f\" x2=\"%.0f\" y1=\"0\" y2=\"%.0f\"/>",
                            x,
                            x,
                            height));
            String label =
                    i < 3 ? (long) Math.pow(10, i) + " us" : (long) Math.pow(10, i - 3) + " ms";
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<text x=\"%.0f\" y=\"%.0f\">%s</text>%n",
                            x,
                            height + 18,
                            label));
        }
        for (int i = 0; i <= DECADES_OF_PART; i++) {
            double y = i * DECADE_HEIGHT;
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<line x1=\"0\" x2=\"%.0f\" y1=\"%.0f\" y2=\"%.0f\"/>",
                            width,
                            y,
                            y));
            String label = i == 0 ? "1" : "1e-" + i;
            svg.append(
                    String.format(
                            Locale.ROOT, "<text x=\"-45\" y=\"%.0f\">%s</text>%n", y + 4, label));
        }
        int number = 0;
        for (Map.Entry<String, Histogram> pair : pairs.entrySet()) {
            String color = COLORS.get(number % COLORS.size());
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<polyline stroke=\"%s\" points=\"%s\"/>",
                            color,
                            points(pair.getValue())));
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<text x=\"%.0f\" y=\"%d\" fill=\"%s\">%s</text>%n",
                            width - DECADE_WIDTH,
                            20 + 16 * number,
                            color,
                            escape(pair.getKey())));
            number++;
        }
        return svg.append("</svg>\n").toString();
    }

    private static String points(Histogram us) {
        StringBuilder points = new StringBuilder();
        for (HistogramIterationValue v : us.percentiles(TICKS_PER_HALF_DISTANCE)) {
            double part = 1 - v.getPercentileLevelIteratedTo() / 100;
            if (part >= Math.pow(10, -DECADES_OF_PART)) {
                points.append(
                        String.format(
                                Locale.ROOT,
                                "%.1f,%.1f ",
                                x((double) v.getValueIteratedTo()),
                                y(part)));
            }
        }
        return points.toString().strip();
    }

    /** Returns where a latency is, in pixels from 1 us. */
    static double x(double us) {
        return Math.log10(Math.max(1, us)) * DECADE_WIDTH;
    }

    /** Returns where a part of the frames is, in pixels below all of them. */
    static double y(double part) {
        return Math.abs(Math.log10(part)) * DECADE_HEIGHT;
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
