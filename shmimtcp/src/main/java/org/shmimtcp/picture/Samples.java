package org.shmimtcp.picture;

import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.FrameTimes;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.PixelReader;
import org.shmimtcp.image.Shape;
import org.shmimtcp.image.WriteClock;
import org.shmimtcp.posix.Clock;

/** One number per frame of a running stream. Allocates nothing while sampling. */
public final class Samples {
    /** More than a plot can show; 32 MB. */
    private static final int MAX_SAMPLES = 2_000_000;

    private static final long TICK_NS = 100_000_000;
    private static final double MICROSECOND_NS = 1e3;

    /** The quantity to sample. */
    public enum What {
        /** The value of a pixel. */
        PIXEL(""),
        /** The age of the frame when it was seen here. */
        AGE("µs"),
        /** The time between the previous frame and this one, by the stream's time stamps. */
        INTERVAL("µs");

        private final String unit;

        What(String unit) {
            this.unit = unit;
        }

        public String unit() {
            return unit;
        }
    }

    private final double[] timesS;
    private final double[] values;
    private int count;
    private long unstamped;
    private long skipped;

    private Samples(int capacity) {
        timesS = new double[capacity];
        values = new double[capacity];
    }

    /** Creates samples from given numbers, for plots of other quantities. */
    static Samples of(double[] timesS, double[] values) {
        Samples samples = new Samples(timesS.length);
        System.arraycopy(timesS, 0, samples.timesS, 0, timesS.length);
        System.arraycopy(values, 0, samples.values, 0, values.length);
        samples.count = timesS.length;
        return samples;
    }

    /** The number of samples. */
    public int count() {
        return count;
    }

    /** The number of frames that were replaced before they could be sampled. */
    public long skipped() {
        return skipped;
    }

    /** The number of frames that gave no sample because their write time is unknown. */
    public long unstamped() {
        return unstamped;
    }

    /** The time at which a sample was taken, s after the first one. */
    public double timeS(int i) {
        return timesS[i];
    }

    public double value(int i) {
        return values[i];
    }

    /**
     * Samples the frames that arrive from now on.
     *
     * @param x column of the pixel; x, y and slice are used for {@link What#PIXEL}
     * @param slice of a cube, or {@link StreamView#NEWEST}
     * @throws ImageException if there is no such pixel, or the stream was replaced
     */
    public static Samples take(
            Image image,
            What what,
            int x,
            int y,
            int slice,
            double seconds,
            BooleanSupplier stopped) {
        Probe probe = new Probe(image, what == What.PIXEL ? index(image.spec(), x, y) : 0);
        Samples samples = new Samples(MAX_SAMPLES);
        try (FrameReader reader = image.newReader()) {
            reader.awaitNext(0);
            reader.readNewest(probe);
            long endNs = Clock.monotonicNs() + Math.round(seconds * 1e9);
            long skippedBefore = reader.skipped();
            long firstNs = 0;
            long beforeNs = probe.writtenNs;
            while (!stopped.getAsBoolean()
                    && Clock.monotonicNs() < endNs
                    && samples.count < MAX_SAMPLES) {
                if (image.isReplaced()) {
                    throw new ImageException(
                            "stream '" + image.name() + "' was replaced or removed");
                }
                if (!reader.awaitNext(TICK_NS)
                        || !reader.readNewest(probe)
                        || (slice != StreamView.NEWEST && reader.slice() != slice)) {
                    continue;
                }
                long nowNs = probe.clock.read().ns();
                boolean known = probe.writtenNs != 0 && (what != What.INTERVAL || beforeNs != 0);
                if (what != What.PIXEL && !known) { // not all writers stamp their frames
                    samples.unstamped += probe.writtenNs == 0 ? 1 : 0;
                    beforeNs = probe.writtenNs;
                    continue;
                }
                firstNs = samples.count == 0 ? nowNs : firstNs;
                double value =
                        switch (what) {
                            case PIXEL -> probe.value[0];
                            case AGE -> (nowNs - probe.writtenNs) / MICROSECOND_NS;
                            case INTERVAL -> (probe.writtenNs - beforeNs) / MICROSECOND_NS;
                        };
                beforeNs = probe.writtenNs;
                samples.timesS[samples.count] = (nowNs - firstNs) / 1e9;
                samples.values[samples.count++] = value;
            }
            samples.skipped = reader.skipped() - skippedBefore;
        }
        return samples;
    }

    private static long index(ImageSpec spec, int x, int y) {
        Shape shape = spec.shape();
        if (x < 0 || x >= shape.nx() || y < 0 || y >= Math.max(1, shape.ny())) {
            throw new ImageException(
                    "no pixel " + x + "," + y + " in " + spec.name() + " of " + spec.describe());
        }
        return (long) y * shape.nx() + x;
    }

    /** Reads one pixel and the time of a frame, and copies nothing else. */
    private static final class Probe implements FrameReader.Copier {
        private final MemorySegment memory;
        private final DataType type;
        private final long index;
        private final MemorySegment pixel;
        private final double[] value = new double[1];
        private final Clock.Wall clock = new Clock.Wall();
        private final WriteClock writes = new WriteClock();
        private final FrameTimes times;
        private long writtenNs;

        Probe(Image image, long index) {
            this.memory = image.memory();
            this.times = new FrameTimes(image);
            this.type = image.spec().type();
            this.index = index;
            this.pixel = java.lang.foreign.Arena.ofAuto().allocate(16, 16);
        }

        @Override
        public void copy(long cnt0, int slice, long offset, boolean isNewest) {
            long at = offset + index * type.bytes();
            MemorySegment.copy(memory, at, pixel, 0, type.bytes());
            PixelReader.read(type, pixel, 0, value, 1);
            times.read(cnt0, slice, isNewest);
            writtenNs = writes.writtenNs(cnt0, times.writtenNs(), clock.read().ns());
        }
    }
}
