package org.shmimtcp.picture;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;

class WatchTest {
    private static final Style STYLE = new Style(ColorMap.GREY, Stretch.LINEAR, null, false);
    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final int WRITE_TIME = MetadataLayout.ATIME + 16;

    @TempDir Path path;
    private ImageDirectory directory = new ImageDirectory(Path.of(""));

    @BeforeEach
    void directory() {
        directory = new ImageDirectory(path);
    }

    private Image create(Shape shape) {
        return Image.create(directory, ImageSpec.of("x", DataType.UINT8, shape));
    }

    private static void publish(Image image, int slice, int value) {
        MemorySegment frame = Arena.ofAuto().allocate(image.spec().sliceBytes());
        frame.fill((byte) value);
        image.newWriter().publish(slice, frame);
    }

    private static Watch watch(StreamView view) {
        return new Watch(view, STYLE, Palette.PLAIN);
    }

    /** A screen that changes its size and types keys as scripted. */
    private static class FakeScreen implements Screen {
        final List<String> shown = new ArrayList<>();
        final Deque<Integer> keys = new ArrayDeque<>();
        Dimensions size = new Dimensions(40, 10);

        @Override
        public Dimensions size() {
            return size;
        }

        @Override
        public void show(CharSequence text) {
            shown.add(text.toString());
        }

        @Override
        public int readKey(long timeoutMs) {
            return keys.isEmpty() ? 'q' : keys.pop();
        }
    }

    @Test
    void liveUntilQuit() {
        try (Image image = create(Shape.of(4, 4));
                StreamView view = new StreamView(directory, "x", StreamView.NEWEST)) {
            publish(image, 0, 5);
            FakeScreen screen = new FakeScreen();
            screen.keys.addAll(List.of(Screen.NO_KEY, (int) 'z', Screen.NO_KEY));
            watch(view).live(screen, 1e9, () -> false);
            assertThat(screen.shown).hasSize(4);
            assertThat(screen.shown.getFirst())
                    .startsWith("\u001b[H\u001b[2Jx 4x4 ui8  cnt0 1")
                    .contains("min 5 ")
                    .contains("\u001b[K\r\n");
            assertThat(screen.shown.get(1)).as("cleared once").doesNotContain("\u001b[2J");
            assertThat(screen.shown).allMatch(text -> text.split("\r\n").length <= 10);
        }
    }

    @Test
    void liveFollowsTheWindowsSize() {
        try (Image image = create(Shape.of(4, 4));
                StreamView view = new StreamView(directory, "x", StreamView.NEWEST)) {
            publish(image, 0, 5);
            FakeScreen screen =
                    new FakeScreen() {
                        @Override
                        public void show(CharSequence text) {
                            super.show(text);
                            size = new Dimensions(80, 24);
                        }
                    };
            screen.keys.add(Screen.NO_KEY);
            screen.keys.add(Screen.NO_KEY);
            watch(view).live(screen, 1e9, () -> false);
            assertThat(screen.shown.get(1)).contains("\u001b[2J");
            assertThat(screen.shown.get(1).lines().count())
                    .isGreaterThan(screen.shown.getFirst().lines().count());
        }
    }

    @Test
    void liveEndsWhenStoppedOrWithoutKeyboard() {
        try (Image image = create(Shape.of(4, 4));
                StreamView view = new StreamView(directory, "x", StreamView.NEWEST)) {
            FakeScreen stopped = new FakeScreen();
            watch(view).live(stopped, 10, () -> true);
            assertThat(stopped.shown).isEmpty();
            FakeScreen closed = new FakeScreen();
            closed.keys.add(Screen.CLOSED);
            watch(view).live(closed, 10, () -> false);
            assertThat(closed.shown).hasSize(1);
            assertThat(image.cnt0()).isZero();
        }
    }

    @Test
    void linesOfNumbers() {
        try (Image image = create(Shape.of(4, 4));
                StreamView view = new StreamView(directory, "x", StreamView.NEWEST)) {
            publish(image, 0, 9);
            StringWriter out = new StringWriter();
            watch(view).lines(new PrintWriter(out), () -> !out.toString().isEmpty());
            assertThat(out.toString().lines()).hasSize(1);
            assertThat(out.toString())
                    .startsWith("x 4x4 ui8  cnt0 1")
                    .contains("  min 9 ", " max 9 ", " mean 9 ", " rms 0 ")
                    .doesNotContain("\u001b");
        }
    }

    /** pyMilk sets no write time: the age of its frames is unknown, not 0. */
    @Test
    void framesWithoutTimeHaveNoAge() {
        try (Image image = create(Shape.of(4, 4))) {
            publish(image, 0, 9);
            image.memory().set(JAVA_LONG, WRITE_TIME, 0);
            image.memory().set(JAVA_LONG, WRITE_TIME + 8, 0);
            try (StreamView view = new StreamView(directory, "x", StreamView.NEWEST)) {
                StringWriter out = new StringWriter();
                watch(view).lines(new PrintWriter(out), () -> !out.toString().isEmpty());
                assertThat(out.toString()).contains("  age -  ");
            }
        }
    }

    @Test
    void onceDrawsOnePicture() {
        try (Image image = create(Shape.of(2, 2));
                StreamView view = new StreamView(directory, "x", StreamView.NEWEST)) {
            publish(image, 0, 9);
            StringWriter out = new StringWriter();
            watch(view).once(new PrintWriter(out), new Screen.Dimensions(40, 10), () -> false);
            assertThat(out.toString().lines())
                    .hasSize(1 + 6 + 2)
                    .last()
                    .asString()
                    .contains("min 9 ");
            assertThat(out.toString()).contains("Hz  age ");
        }
    }

    @Test
    void aChosenSlice() {
        try (Image image = create(Shape.of(2, 2, 3));
                StreamView second = new StreamView(directory, "x", 1);
                StreamView newest = new StreamView(directory, "x", StreamView.NEWEST)) {
            for (int slice = 0; slice < 3; slice++) {
                publish(image, slice, 10 + slice);
            }
            second.update(System.nanoTime());
            newest.update(System.nanoTime());
            assertThat(second.frame().get(JAVA_BYTE, 0)).isEqualTo((byte) 11);
            assertThat(newest.frame().get(JAVA_BYTE, 0)).isEqualTo((byte) 12);
            assertThatThrownBy(() -> new StreamView(directory, "x", 3))
                    .isInstanceOf(ImageException.class)
                    .hasMessage("stream 'x' has no slice 3: slices are 0 to 2");
        }
    }

    @Test
    void aStreamThatIsReplacedIsOpenedAnew() {
        try (Image old = create(Shape.of(4, 4));
                StreamView view = new StreamView(directory, "x", StreamView.NEWEST)) {
            publish(old, 0, 1);
            view.update(System.nanoTime());
            assertThat(view.hasFrame()).isTrue();

            directory.remove("x");
            Await.until(
                    DEADLINE,
                    "the view to say that the stream is gone",
                    () -> {
                        view.update(System.nanoTime());
                        return !view.trouble().isEmpty();
                    });
            assertThat(view.trouble()).contains("does not exist");
            assertThat(view.hasFrame()).as("keeps the last frame").isTrue();
            assertThat(view.rateHz()).isNaN();

            try (Image other = create(Shape.of(3, 2))) {
                publish(other, 0, 2);
                view.update(System.nanoTime());
                assertThat(view.trouble()).isEmpty();
                assertThat(view.spec().shape()).isEqualTo(Shape.of(3, 2));
                assertThat(view.frame().byteSize()).isEqualTo(6);
                assertThat(view.frame().get(JAVA_BYTE, 0)).isEqualTo((byte) 2);
            }
        }
    }

    @Test
    void aWriterThatNeverEndsAFrameIsSaid() {
        try (Image image = create(Shape.of(4, 4));
                StreamView view = new StreamView(directory, "x", StreamView.NEWEST)) {
            FrameWriter writer = image.newWriter();
            view.update(System.nanoTime());
            assertThat(view.hasFrame()).as("a frame before the first").isFalse();
            assertThat(view.isBusy()).isFalse();
            writer.begin();
            writer.commit(0);
            writer.begin();
            view.update(System.nanoTime());
            assertThat(view.hasFrame()).isFalse();
            assertThat(view.isBusy()).isTrue();
            FakeScreen screen = new FakeScreen();
            screen.size = new Screen.Dimensions(100, 10);
            watch(view).live(screen, 10, () -> false);
            assertThat(screen.shown.getFirst()).contains("busy: no complete frame could be read");
            writer.commit(0);
            view.update(System.nanoTime());
            assertThat(view.isBusy()).isFalse();
            assertThat(view.hasFrame()).isTrue();
        }
    }

    @Test
    void theAgeGrowsWhileNothingComes() {
        try (Image image = create(Shape.of(4, 4));
                StreamView view = new StreamView(directory, "x", StreamView.NEWEST)) {
            publish(image, 0, 1);
            long now = System.nanoTime();
            view.update(now);
            Await.until(
                    DEADLINE,
                    "an age of 20 ms",
                    () -> {
                        view.update(System.nanoTime());
                        return view.ageNs() >= 20_000_000;
                    });
            long beforeNs = System.nanoTime();
            publish(image, 0, 1);
            long nowNs = System.nanoTime();
            view.update(nowNs);
            // Wall-clock and monotonic time are compared: both run, but the wall clock may be
            // slewed.
            assertThat(view.ageNs()).isLessThan(nowNs - beforeNs + 5_000_000);
        }
    }

    /** A view claims no semaphore. */
    @Test
    void claimsNoSemaphore() {
        try (Image image = create(Shape.of(4, 4));
                StreamView view = new StreamView(directory, "x", StreamView.NEWEST)) {
            view.update(System.nanoTime());
            for (int i = 0; i < image.spec().semaphores(); i++) {
                assertThat(image.readerPid(i)).isLessThanOrEqualTo(0);
            }
        }
    }
}
