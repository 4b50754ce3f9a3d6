package org.shmimtcp.link;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.synthetic.TurbulenceSource;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.NetLab;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/** A camera over a link that is slower than it, with and without compression. */
@Alone
@ExtendWith(ChildProcesses.class)
class ThinLinkIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int SIDE = 512;
    private static final ImageSpec SPEC =
            ImageSpec.of("cam", DataType.UINT16, Shape.of(SIDE, SIDE));

    /** Source frames per second. */
    private static final int RATE_HZ = 100;

    private static final int FRAMES = 20;
    private static final int QUEUE_MS = 1000;
    private static final int PORT = 8886;
    private static final long WARM_UP_NS = Full.or(6, 2) * 1_000_000_000L;
    private static final long MEASURED_NS = Full.or(10, 2) * 1_000_000_000L;
    private static final double TICKS_PER_SECOND = 100;

    private final Path sources;
    private final Path copies;

    ThinLinkIT(@ShmDir Path source, @ShmDir Path copy) {
        sources = source;
        copies = copy;
    }

    /** What a camera sees; the last two with the readout noise of a detector, in counts. */
    private enum Scene {
        FLAT,
        TURBULENCE,
        NOISE_3,
        NOISE_30;

        MemorySegment[] frames(Arena arena) {
            MemorySegment[] frames = new MemorySegment[FRAMES];
            var turbulence = new TurbulenceSource(SPEC.shape(), SPEC.type(), RATE_HZ);
            Random random = new Random(1);
            for (int n = 0; n < FRAMES; n++) {
                frames[n] = arena.allocate(SPEC.frameBytes(), 64);
                for (long i = 0; i < (long) SIDE * SIDE; i++) {
                    double value =
                            switch (this) {
                                case NOISE_3 -> 1000 + 3 * random.nextGaussian();
                                case NOISE_30 -> 1000 + 30 * random.nextGaussian();
                                default -> 1000 + n;
                            };
                    frames[n].setAtIndex(JAVA_SHORT, i, (short) Math.round(value));
                }
                if (this == TURBULENCE) {
                    turbulence.fill(frames[n], n + 1L);
                }
            }
            return frames;
        }
    }

    /** What was measured of a link. */
    private record Measured(double hz, double p50Ms, double p99Ms, double cpu, double megabitPerS) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%.1f frames/s, age p50 %.1f ms, p99 %.1f ms, CPU of both ends %.1f %%,"
                            + " %.1f Mbit/s",
                    hz,
                    p50Ms,
                    p99Ms,
                    cpu,
                    megabitPerS);
        }
    }

    @Test
    void compressionCarriesMoreFramesThatAreYounger() {
        Scene[] scenes = Full.isOn() ? Scene.values() : new Scene[] {Scene.NOISE_3};
        int[] rates = Full.isOn() ? new int[] {100, 10} : new int[] {100};
        try (NetLab lab = NetLab.open();
                Arena arena = Arena.ofShared()) {
            for (int megabit : rates) {
                lab.limit(megabit, QUEUE_MS);
                for (Scene scene : scenes) {
                    MemorySegment[] frames = scene.frames(arena);
                    Measured plain = measure(lab, frames);
                    Measured packed = measure(lab, frames, "--compress", "lz4");
                    Figure.print("%s, %d Mbit/s, plain: %s", scene, megabit, plain);
                    Figure.print("%s, %d Mbit/s, lz4: %s", scene, megabit, packed);
                    if (Full.isOn()) { // a busy machine may not have the time to compress
                        assertThat(packed.hz).isGreaterThan(1.2 * plain.hz);
                        assertThat(packed.p50Ms).isLessThan(plain.p50Ms);
                    }
                    assertThat(packed.hz).isPositive();
                }
            }
        }
    }

    /** Each frame that is read from the copy is compared with that of the source. */
    private Measured measure(NetLab lab, MemorySegment[] frames, String... options) {
        ImageDirectory directory = new ImageDirectory(sources);
        try (Image source = Image.create(directory, SPEC);
                Camera camera = new Camera(source, frames)) {
            ChildProcess receiver =
                    new Programs(copies)
                            .behind(lab.onReceiver())
                            .receive(PORT, "--counter", "source");
            ChildProcess transmitter =
                    new Programs(sources)
                            .behind(lab.onSender())
                            .transmitTo(NetLab.RECEIVER_IP, "cam", PORT, options);
            transmitter.awaitOutput("connected (native", DEADLINE);
            try (Image copy = ForeignImage.awaitOpen(new ImageDirectory(copies), "cam");
                    FrameReader reader = copy.newReader()) {
                return read(reader, camera, transmitter, receiver);
            } finally {
                transmitter.close();
                receiver.close();
            }
        } finally {
            directory.remove("cam");
            new ImageDirectory(copies).remove("cam");
        }
    }

    private static Measured read(
            FrameReader reader, Camera camera, ChildProcess transmitter, ChildProcess receiver) {
        MemorySegment buffer = reader.newBuffer();
        Histogram ages = new Histogram(3);
        long beganNs = System.nanoTime() + WARM_UP_NS;
        long endNs = beganNs + MEASURED_NS;
        double cpuBefore = 0;
        long sentBefore = 0;
        boolean warm = false;
        for (long nowNs = System.nanoTime(); nowNs < endNs; nowNs = System.nanoTime()) {
            if (!warm && nowNs >= beganNs) {
                warm = true;
                beganNs = nowNs;
                cpuBefore = cpuSeconds(transmitter) + cpuSeconds(receiver);
                sentBefore = sentBytes(transmitter);
            }
            if (reader.awaitNext(20_000_000) && reader.readNewest(buffer)) {
                long cnt0 = reader.cnt0();
                long ageNs = System.nanoTime() - camera.writtenNs(cnt0);
                assertThat(buffer.mismatch(camera.frame(cnt0))).as("frame %d", cnt0).isEqualTo(-1);
                if (warm) {
                    ages.recordValue(ageNs);
                }
            }
        }
        double seconds = (System.nanoTime() - beganNs) / 1e9;
        return new Measured(
                ages.getTotalCount() / seconds,
                ages.getValueAtPercentile(50) / 1e6,
                ages.getValueAtPercentile(99) / 1e6,
                (cpuSeconds(transmitter) + cpuSeconds(receiver) - cpuBefore) / seconds * 100,
                (sentBytes(transmitter) - sentBefore) * 8 / 1e6 / seconds);
    }

    private static double cpuSeconds(ChildProcess process) {
        String[] fields = proc(process, "stat").replaceFirst("^.*\\) ", "").split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    /** What its network namespace has sent, in all. */
    private static long sentBytes(ChildProcess process) {
        return proc(process, "net/dev")
                .lines()
                .filter(line -> line.strip().startsWith("cable:"))
                .mapToLong(line -> Long.parseLong(line.strip().split("\\s+", -1)[9]))
                .findFirst()
                .orElseThrow();
    }

    private static String proc(ChildProcess process, String file) {
        try {
            return Files.readString(Path.of("/proc", "" + process.pid(), file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Publishes frames at a steady rate, until it is closed. */
    private static final class Camera implements AutoCloseable {
        private static final int KEPT = 1 << 12;

        private final Image image;
        private final MemorySegment[] frames;
        private final long[] writtenNs = new long[KEPT];
        private final Thread thread;
        private volatile boolean stopping;

        Camera(Image image, MemorySegment[] frames) {
            this.image = image;
            this.frames = frames;
            this.thread = Thread.ofPlatform().daemon().name("camera").start(this::run);
        }

        MemorySegment frame(long cnt0) {
            return frames[(int) (cnt0 % FRAMES)];
        }

        long writtenNs(long cnt0) {
            return writtenNs[(int) (cnt0 % KEPT)];
        }

        private void run() {
            FrameWriter writer = image.newWriter();
            long nextNs = System.nanoTime();
            while (!stopping) {
                nextNs += 1_000_000_000L / RATE_HZ;
                long leftNs;
                while ((leftNs = nextNs - System.nanoTime()) > 0) {
                    LockSupport.parkNanos(leftNs);
                }
                long cnt0 = image.cnt0() + 1;
                writtenNs[(int) (cnt0 % KEPT)] = System.nanoTime();
                writer.publish(0, frame(cnt0));
            }
        }

        @Override
        public void close() {
            stopping = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
