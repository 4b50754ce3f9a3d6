package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.ShmDir;

/** An image whose name leads to another file by now: its own memory is still what it was. */
class ReplacedImageTest {
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final ImageSpec SPEC =
            ImageSpec.of("x", DataType.INT64, Shape.of(4, 4)).withKeywords(3);

    @Test
    void itsFramesAndKeywordsAreReadAndWrittenAsBefore(@ShmDir Path dir) {
        var directory = new ImageDirectory(dir);
        try (Image image = Image.create(directory, SPEC);
                FrameReader reader = image.newReader();
                Arena arena = Arena.ofConfined()) {
            FrameWriter writer = image.newWriter();
            NumberedFrames.publish(image, writer, 1);
            var keywords = new KeywordTracker(image, arena);
            try (Image other = Image.replace(directory, SPEC)) {
                Await.until(DEADLINE, "the other file", image::isReplaced);
                assertThat(image.holdsSameImage()).isTrue();
                MemorySegment frame = reader.newBuffer();
                assertThat(reader.readNewest(frame)).isTrue();
                assertThat(NumberedFrames.numberIn(frame)).isEqualTo(1);
                assertThat(keywords.scan()).isEqualTo(3);
                NumberedFrames.publish(image, writer, 2);
                assertThat(NumberedFrames.numberIn(image)).isEqualTo(2);
                assertThat(other.cnt0()).isZero();
            }
        }
    }
}
