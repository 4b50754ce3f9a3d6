package org.shmimtcp.web;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.picture.StreamView;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ShmDir;

/** One memory limit applies to all pictures together. */
class FrameViewsTest {
    private static final FrameView.Region ALL =
            new FrameView.Region(0, 0, Integer.MAX_VALUE, Integer.MAX_VALUE);

    private final ImageDirectory directory;

    FrameViewsTest(@ShmDir Path dir) {
        this.directory = new ImageDirectory(dir);
    }

    private void stream(String name, int bytes) {
        ImageSpec spec = ImageSpec.of(name, DataType.UINT8, Shape.of(bytes));
        Image.create(directory, spec).close();
    }

    private void view(FrameViews views, String name) {
        byte @Nullable [] picture;
        try {
            picture = views.await(name, StreamView.NEWEST, 0, ALL, 512, 0);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        views.sent(Objects.requireNonNull(picture));
    }

    @Test
    void framesOfAllStreamsTogetherAreLimited() {
        stream("a", 400);
        stream("b", 400);
        stream("c", 400);
        stream("huge", 1001);
        try (FrameViews views = new FrameViews(directory, 1000)) {
            view(views, "a");
            view(views, "b");
            view(views, "a");
            assertThatThrownBy(() -> view(views, "c"))
                    .isInstanceOf(FrameViews.Full.class)
                    .hasMessageContainingAll("'c'", "close another picture");
            assertThatThrownBy(() -> view(views, "huge"))
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining("too large to show");
            // Unused views make room as soon as another view needs it.
            Await.until(
                    Duration.ofSeconds(20),
                    "room for another picture",
                    () -> {
                        try {
                            view(views, "c");
                            return true;
                        } catch (FrameViews.Full still) {
                            return false;
                        }
                    });
        }
    }
}
