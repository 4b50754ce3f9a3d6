package org.shmimtcp.synthetic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Allocation;

class FrameLoopTest {
    private static final long FOREVER = Long.MAX_VALUE;

    @TempDir Path directory;

    private Image image(Shape shape, int keywords) {
        return Image.create(
                new ImageDirectory(directory),
                ImageSpec.of("x", DataType.FLOAT, shape).withKeywords(keywords));
    }

    private static FrameLoop counter(Image image, double rate, long frames, boolean stamped) {
        FrameStamp stamp = stamped ? new FrameStamp(image.keywords()) : null;
        return new FrameLoop(
                image, new CounterSource(), new FrameLoop.Limits(rate, frames, FOREVER), stamp);
    }

    @Test
    void writesTheGivenNumberOfFrames() {
        try (Image image = image(Shape.of(8, 8), 0)) {
            FrameLoop loop = counter(image, 0, 100, false);
            loop.run();
            assertThat(loop.traffic().out()).isEqualTo(100);
            assertThat(loop.traffic().bytes()).isEqualTo(100 * 256);
            assertThat(image.cnt0()).isEqualTo(100);
            assertThat(image.isWriting()).isFalse();
            assertThat(image.pixels().get(JAVA_LONG, 16)).isEqualTo(100);
        }
    }

    @Test
    void cubesAreWrittenSliceAfterSlice() {
        try (Image image = image(Shape.of(4, 2, 3), 0)) {
            counter(image, 0, 8, false).run();
            assertThat(image.cnt1()).isEqualTo(1);
            long[] words = image.pixels().toArray(JAVA_LONG);
            assertThat(words[0]).isEqualTo(7);
            assertThat(words[4]).isEqualTo(8);
            assertThat(words[8]).isEqualTo(6);
        }
    }

    @Test
    void stampsNumberTimeAndChecksum() {
        try (Image image = image(Shape.of(7, 5), 5)) {
            image.keywords().put("GAIN", 0.5, "");
            long before = System.nanoTime();
            counter(image, 1000, 3, true).run();
            CRC32C crc = new CRC32C();
            crc.update(image.pixels().toArray(JAVA_BYTE));
            assertThat(value(image, "GAIN")).isEqualTo(0.5);
            assertThat(value(image, FrameStamp.FRAME)).isEqualTo(3L);
            assertThat(value(image, FrameStamp.CRC32C)).isEqualTo(crc.getValue());
            assertThat((long) value(image, FrameStamp.TIME_NS))
                    .isBetween(before + 2_000_000, System.nanoTime());
        }
    }

    private static Object value(Image image, String name) {
        return image.keywords().all().stream()
                .filter(k -> k.name().equals(name))
                .findFirst()
                .orElseThrow()
                .value();
    }

    @Test
    void saysThatThereIsNoRoomForStamps() {
        try (Image image = image(Shape.of(7, 5), 2)) {
            assertThatThrownBy(() -> new FrameStamp(image.keywords()))
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining("all 2 are in use");
        }
    }

    @Test
    void endsWhenTheTimeIsOverThoughNoFrameIsDue() {
        try (Image image = image(Shape.of(8, 8), 0)) {
            FrameLoop loop =
                    new FrameLoop(
                            image,
                            new CounterSource(),
                            new FrameLoop.Limits(0.01, FOREVER, 50_000_000),
                            null);
            loop.run();
            assertThat(loop.traffic().out()).isEqualTo(1);
        }
    }

    @Test
    void endsWhenStopped() throws InterruptedException {
        try (Image image = image(Shape.of(8, 8), 0)) {
            FrameLoop loop = counter(image, 0.01, FOREVER, false);
            Thread thread = Thread.ofPlatform().start(loop);
            loop.stop();
            assertThat(thread.join(Duration.ofSeconds(5))).isTrue();
            assertThat(image.isWriting()).isFalse();
        }
    }

    @Test
    void saysThatTheImageWasReplaced() {
        try (Image image = image(Shape.of(8, 8), 0)) {
            new ImageDirectory(directory).remove("x");
            assertThatThrownBy(() -> counter(image, 1000, FOREVER, false).run())
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining("stream 'x' was replaced or removed");
        }
    }

    @Test
    void allocatesNothingPerFrame() {
        try (Image image = image(Shape.of(50, 50), 10)) {
            for (FrameSource source :
                    new FrameSource[] {
                        new CounterSource(),
                        new PatternSource(image.spec().shape(), DataType.FLOAT, 2000),
                        new TurbulenceSource(image.spec().shape(), DataType.FLOAT, 2000)
                    }) {
                Allocation.awaitAtMost(
                        0,
                        () ->
                                allocatedBytes(image, source, 5000)
                                        - allocatedBytes(image, source, 1000));
            }
        }
    }

    private static long allocatedBytes(Image image, FrameSource source, long frames) {
        FrameStamp stamp = new FrameStamp(image.keywords());
        FrameLoop loop =
                new FrameLoop(image, source, new FrameLoop.Limits(20_000, frames, FOREVER), stamp);
        return Allocation.inThisThread(loop);
    }

    /**
     * A source that takes longer than a period reaches the rate that it can, and the missed times
     * are counted.
     */
    @Test
    void countsMissedTimes() {
        try (Image image = image(Shape.of(8, 8), 0)) {
            FrameSource slow =
                    new FrameSource() {
                        @Override
                        public void fill(MemorySegment frame, long n) {
                            long end = System.nanoTime() + 3_000_000;
                            while (System.nanoTime() < end) {
                                Thread.onSpinWait();
                            }
                        }
                    };
            @Nullable FrameStamp none = null;
            FrameLoop loop =
                    new FrameLoop(image, slow, new FrameLoop.Limits(1000, 10, FOREVER), none);
            loop.run();
            assertThat(image.cnt0()).as("numbers have no gap").isEqualTo(10);
            assertThat(loop.traffic().skipped()).isGreaterThan(10);
            assertThat(loop.traffic().in()).isEqualTo(10 + loop.traffic().skipped());
            assertThat(loop.traffic().rest()).contains("late_p99_us=");
        }
    }
}
