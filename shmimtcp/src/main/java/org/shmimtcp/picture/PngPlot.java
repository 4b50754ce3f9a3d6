package org.shmimtcp.picture;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.shmimtcp.posix.ClaimedFile;

/** Plots samples over time to a PNG file. Needs no display, but needs a font. */
public final class PngPlot {
    private static final int WIDTH = 1200;
    private static final int HEIGHT = 700;

    /** A line of more points looks the same, and takes long to draw. */
    private static final int MAX_POINTS = 4 * WIDTH;

    private PngPlot() {}

    /**
     * Draws samples.
     *
     * @param title above the plot
     * @param yTitle beside the y axis
     * @param file to create; a regular file of that name is replaced
     * @throws IOException if the file cannot be written, or the machine has no font
     */
    public static void write(Samples samples, String title, String yTitle, Path file)
            throws IOException {
        byte[] png = draw(samples, title, yTitle);
        try (ClaimedFile out = ClaimedFile.replace(file)) {
            ByteBuffer bytes = ByteBuffer.wrap(png);
            while (bytes.hasRemaining()) {
                out.channel().write(bytes);
            }
        }
    }

    private static byte[] draw(Samples samples, String title, String yTitle) throws IOException {
        System.setProperty("java.awt.headless", "true");
        try {
            var out = new ByteArrayOutputStream();
            XYChart chart =
                    new XYChartBuilder()
                            .width(WIDTH)
                            .height(HEIGHT)
                            .title(title)
                            .xAxisTitle("s")
                            .yAxisTitle(yTitle)
                            .build();
            chart.getStyler().setLegendVisible(false);
            Envelope points = new Envelope(samples, MAX_POINTS);
            chart.addSeries("samples", points.timesS, points.values)
                    .setMarker(points.isSparse() ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
            ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", out);
            return out.toByteArray();
        } catch (LinkageError | RuntimeException e) {
            throw new IOException(
                    "a picture needs a font: install fontconfig and fonts-dejavu-core ("
                            + e.getMessage()
                            + ")",
                    e);
        }
    }

    /**
     * The samples; if there are too many, the minimum and maximum of each of many short intervals.
     */
    static final class Envelope {
        private static final int FEW = 200;

        final double[] timesS;
        final double[] values;

        Envelope(Samples samples, int maxPoints) {
            int pieces = Math.max(1, maxPoints / 2);
            double[] times = new double[Math.min(samples.count(), 2 * pieces)];
            double[] found = new double[times.length];
            if (samples.count() <= 2 * pieces) {
                for (int i = 0; i < times.length; i++) {
                    times[i] = samples.timeS(i);
                    found[i] = samples.value(i);
                }
            } else {
                for (int piece = 0; piece < pieces; piece++) {
                    int from = (int) ((long) samples.count() * piece / pieces);
                    int to = (int) ((long) samples.count() * (piece + 1) / pieces);
                    int least = from;
                    int greatest = from;
                    for (int i = from; i < to; i++) {
                        least = samples.value(i) < samples.value(least) ? i : least;
                        greatest = samples.value(i) > samples.value(greatest) ? i : greatest;
                    }
                    int first = Math.min(least, greatest);
                    int second = Math.max(least, greatest);
                    times[2 * piece] = samples.timeS(first);
                    found[2 * piece] = samples.value(first);
                    times[2 * piece + 1] = samples.timeS(second);
                    found[2 * piece + 1] = samples.value(second);
                }
            }
            this.timesS = times;
            this.values = found;
        }

        boolean isSparse() {
            return timesS.length < FEW;
        }
    }
}
