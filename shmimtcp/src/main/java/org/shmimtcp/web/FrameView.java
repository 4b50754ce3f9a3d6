package org.shmimtcp.web;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.PixelReader;
import org.shmimtcp.image.Shape;
import org.shmimtcp.image.StreamAge;
import org.shmimtcp.picture.Statistics;
import org.shmimtcp.picture.StreamView;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.status.Json;

/**
 * The newest frame of a stream, shared by all browsers that view the stream. The stream is polled
 * at most twenty times a second, regardless of the number of browsers.
 */
final class FrameView implements AutoCloseable {
    private static final long PERIOD_NS = 50_000_000L;
    private static final int BINS = 96;

    /** Percentiles are computed from at most this many pixels, taken at equal distances. */
    private static final int MAX_SORTED = 1 << 16;

    private static final int ALIGNMENT = 8;

    private final StreamView view;
    private final int slice;
    private final double[] row;
    private final Statistics statistics = new Statistics();
    private long updatedNs = Clock.monotonicNs() - PERIOD_NS;
    private long usedNs = Clock.monotonicNs();
    private long version;
    private @Nullable Numbers numbers;
    private long numbersVersion = -1;

    /**
     * @param slice the slice of a cube, or {@link StreamView#NEWEST}
     */
    FrameView(ImageDirectory directory, String name, int slice) {
        this.view = new StreamView(directory, name, slice);
        this.slice = slice;
        this.row = new double[4096];
    }

    /** A rectangle of a frame, in pixels. */
    record Region(int x, int y, int width, int height) {
        /** Returns the part of this region inside a frame, at least one pixel. */
        Region within(int nx, int ny) {
            int left = Math.clamp(x, 0, nx - 1);
            int bottom = Math.clamp(y, 0, ny - 1);
            return new Region(
                    left,
                    bottom,
                    Math.clamp(width, 1, nx - left),
                    Math.clamp(height, 1, ny - bottom));
        }
    }

    /**
     * Statistics of all pixels of a frame; {@code low} and {@code high} are the 1st and 99th
     * percentile.
     */
    private record Numbers(
            @Nullable Double min,
            @Nullable Double max,
            @Nullable Double mean,
            @Nullable Double rms,
            long nonfinite,
            @Nullable Double low,
            @Nullable Double high,
            List<Integer> histogram) {}

    /**
     * The JSON head of a picture, which precedes the pixels.
     *
     * @param version version of the picture, incremented when anything has changed
     * @param slices number of slices in the cube
     * @param slice the slice requested, or -1 for the newest
     * @param step side of a cell in pixels; a cell holds the mean of its pixels
     * @param columns number of cells in a row
     * @param bytes size of a cell: 4 for a float, 8 for a double
     */
    private record Head(
            String name,
            long version,
            long cnt0,
            @Nullable Double rateHz,
            @Nullable Double ageS,
            String trouble,
            boolean busy,
            String type,
            int nx,
            int ny,
            int slices,
            int slice,
            int x,
            int y,
            int width,
            int height,
            int step,
            int columns,
            int rows,
            int bytes,
            @Nullable Numbers numbers) {}

    /** Returns the size of the frame kept in memory. */
    long bytes() {
        return view.spec().sliceBytes();
    }

    /** True if no browser has requested this view for {@code afterNs}. */
    synchronized boolean isUnused(long nowNs, long afterNs) {
        return nowNs - usedNs > afterNs;
    }

    /**
     * Polls the stream if the last poll is older than the poll period. Returns the version of the
     * picture.
     */
    synchronized long update() {
        long nowNs = Clock.monotonicNs();
        usedNs = nowNs;
        if (nowNs - updatedNs < PERIOD_NS) {
            return version;
        }
        updatedNs = nowNs;
        long cnt0 = view.cnt0();
        String trouble = view.trouble();
        boolean hadFrame = view.hasFrame();
        view.update(nowNs);
        boolean same =
                cnt0 == view.cnt0()
                        && trouble.equals(view.trouble())
                        && hadFrame == view.hasFrame();
        if (!same || version == 0) {
            version++;
        }
        return version;
    }

    /**
     * Returns the picture, little-endian: the length of the head (4 bytes), the head as JSON, and
     * the cells, row by row. Blanks pad the head, so that the cells begin at a multiple of 8.
     *
     * @param maxCells maximum number of cells along each side
     */
    synchronized byte[] picture(Region wanted, int maxCells) {
        Shape shape = view.spec().shape();
        int ny = Math.max(1, shape.ny());
        Region part = wanted.within(shape.nx(), ny);
        int step = Math.ceilDiv(Math.max(part.width(), part.height()), maxCells);
        int columns = Math.ceilDiv(part.width(), step);
        int rows = Math.ceilDiv(part.height(), step);
        DataType type = view.spec().type();
        boolean there = view.hasFrame();
        int cellBytes = step > 1 || fitsFloat(type) ? Float.BYTES : Double.BYTES;
        Head head =
                new Head(
                        view.name(),
                        version,
                        view.cnt0(),
                        finite(view.rateHz()),
                        seconds(view.ageNs()),
                        view.trouble(),
                        view.isBusy(),
                        type.letters(),
                        shape.nx(),
                        ny,
                        shape.slices(),
                        slice,
                        part.x(),
                        part.y(),
                        part.width(),
                        part.height(),
                        step,
                        there ? columns : 0,
                        there ? rows : 0,
                        cellBytes,
                        there ? numbers() : null);
        byte[] json = Json.compact(head).getBytes(StandardCharsets.UTF_8);
        int pixels = Math.ceilDiv(Integer.BYTES + json.length, ALIGNMENT) * ALIGNMENT;
        int cells = there ? columns * rows : 0;
        byte[] bytes = new byte[pixels + cells * cellBytes];
        Arrays.fill(bytes, 0, pixels, (byte) ' ');
        ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(pixels - Integer.BYTES).put(json).position(pixels);
        if (there) {
            putCells(out, part, step, cellBytes == Float.BYTES);
        }
        return bytes;
    }

    /** True if a float represents every value of the type exactly. */
    private static boolean fitsFloat(DataType type) {
        return switch (type) {
            case UINT8, INT8, UINT16, INT16, HALF, FLOAT, COMPLEX_FLOAT -> true;
            default -> false;
        };
    }

    private void putCells(ByteBuffer out, Region part, int step, boolean floats) {
        MemorySegment frame = view.frame();
        DataType type = view.spec().type();
        int nx = view.spec().shape().nx();
        int columns = Math.ceilDiv(part.width(), step);
        double[] sum = new double[columns];
        int[] count = new int[columns];
        double[] line = new double[part.width()];
        for (int y = 0; y < part.height(); y++) {
            long first = (long) (part.y() + y) * nx + part.x();
            PixelReader.read(type, frame, first, line, part.width());
            for (int x = 0; x < part.width(); x++) {
                if (Double.isFinite(line[x])) {
                    sum[x / step] += line[x];
                    count[x / step]++;
                }
            }
            if ((y + 1) % step == 0 || y + 1 == part.height()) {
                for (int i = 0; i < columns; i++) {
                    double value = sum[i] / count[i]; // 0 / 0 is NaN
                    if (floats) {
                        out.putFloat((float) value);
                    } else {
                        out.putDouble(value);
                    }
                }
                Arrays.fill(sum, 0);
                Arrays.fill(count, 0);
            }
        }
    }

    /** Returns the statistics, computed once per version. */
    private Numbers numbers() {
        Numbers there = numbers;
        if (there == null || numbersVersion != version) {
            there = measure();
            numbers = there;
            numbersVersion = version;
        }
        return there;
    }

    private Numbers measure() {
        long pixels = view.spec().shape().slicePixels();
        long every = Math.ceilDiv(pixels, MAX_SORTED);
        double[] sorted = new double[(int) Math.ceilDiv(pixels, every)];
        int count = 0;
        statistics.reset();
        for (long at = 0; at < pixels; at += row.length) {
            int length = (int) Math.min(row.length, pixels - at);
            PixelReader.read(view.spec().type(), view.frame(), at, row, length);
            statistics.add(row, length);
            for (long i = Math.ceilDiv(at, every) * every; i < at + length; i += every) {
                double value = row[(int) (i - at)];
                if (Double.isFinite(value)) {
                    sorted[count++] = value;
                }
            }
        }
        Arrays.sort(sorted, 0, count);
        double min = statistics.min();
        double max = statistics.max();
        int cut = count / 100;
        return new Numbers(
                finite(min),
                finite(max),
                finite(statistics.mean()),
                finite(statistics.rms()),
                statistics.nonfinite(),
                count == 0 ? null : sorted[cut],
                count == 0 ? null : sorted[count - 1 - cut],
                histogram(sorted, count, min, max));
    }

    /** Counts the sampled pixels in equal bins from min to max. */
    private static List<Integer> histogram(double[] sorted, int count, double min, double max) {
        Integer[] bins = new Integer[BINS];
        Arrays.fill(bins, 0);
        for (int i = 0; i < count; i++) {
            // Halved, because the difference of two finite numbers may overflow to infinity.
            double place = max > min ? (sorted[i] / 2 - min / 2) / (max / 2 - min / 2) : 0.5;
            bins[Math.clamp((int) (place * BINS), 0, BINS - 1)]++;
        }
        return Arrays.asList(bins);
    }

    private static @Nullable Double seconds(long ageNs) {
        return ageNs == StreamAge.UNKNOWN ? null : ageNs / 1e9;
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    @Override
    public synchronized void close() {
        view.close();
    }
}
