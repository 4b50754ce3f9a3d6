package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Keyword;
import org.shmimtcp.image.Shape;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.CapturedErr;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;

/** {@code --status-keywords}: the state of the link in free slots of the copy. */
class StatusKeywordsTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final ImageSpec SPEC =
            ImageSpec.of("a", DataType.FLOAT, Shape.of(7, 5)).withKeywords(6);

    private final ImageDirectory sources;
    private final ImageDirectory copies;

    StatusKeywordsTest(@ShmDir Path sources, @ShmDir Path copies) {
        this.sources = new ImageDirectory(sources);
        this.copies = new ImageDirectory(copies);
    }

    private Ends.RunningReceiver receiver() {
        var receiving = new Ends.Receiving(copies);
        receiving.statusKeywords = true;
        return receiving.start();
    }

    private static Map<String, Object> keywords(Image image) {
        return image.keywords().all().stream()
                .collect(Collectors.toMap(Keyword::name, Keyword::value, (a, b) -> a));
    }

    private static @Nullable Object keyword(Image image, String name) {
        return keywords(image).get(name);
    }

    private static void publish(Image source) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pixels = arena.allocate(SPEC.pixelBytes());
            FrameWriter writer = source.newWriter();
            writer.publish(0, pixels);
        }
    }

    /**
     * A frame that comes before the clocks are compared has none, the next one may. None is skipped
     * here: each waits for the one before to arrive.
     */
    private static boolean hasAge(Image source, Image copy) {
        if (copy.cnt0() == source.cnt0()) {
            publish(source);
        }
        return keyword(copy, "AGEUS") instanceof Long us && us >= 0;
    }

    private Image awaitCopy() {
        Await.until(SOON, "the copy", () -> copies.has("a"));
        return Image.open(copies, "a");
    }

    @Test
    void followTheLink() {
        try (Image source = Image.create(sources, SPEC);
                Ends.RunningReceiver receiver = receiver()) {
            source.keywords().put("GAIN", 0.5, "");
            var transmitting = new Ends.Transmitting(sources, "a", receiver.port());
            try (RunningLoop first = transmitting.start();
                    Image copy = awaitCopy()) {
                Await.until(SOON, "link up", () -> Long.valueOf(1).equals(keyword(copy, "LINKUP")));
                Await.until(SOON, "the host", () -> HostName.get().startsWith(host(copy)));
                Await.until(SOON, "an age", () -> hasAge(source, copy));
                assertThat(keyword(copy, "SKIPPED")).isEqualTo(0L);
                assertThat(keyword(copy, "GAIN")).isEqualTo(0.5);
                assertThat(copy.keywords().get(0).orElseThrow().name()).isEqualTo("GAIN");
                assertThat(copy.keywords().get(1)).isEmpty();
                assertThat(first.traffic().state()).isEqualTo("connected");
            }
            try (Image copy = Image.open(copies, "a")) {
                Await.until(
                        SOON, "link down", () -> Long.valueOf(0).equals(keyword(copy, "LINKUP")));
                try (RunningLoop second = transmitting.start()) {
                    Await.until(
                            SOON, "link up", () -> Long.valueOf(1).equals(keyword(copy, "LINKUP")));
                    assertThat(second.traffic().what()).isEqualTo("a");
                }
                // No second set; the receiver may be writing them anew.
                Await.until(SOON, "five keywords", () -> copy.keywords().all().size() == 5);
            }
        }
    }

    private static String host(Image copy) {
        return keyword(copy, "SRCHOST") instanceof String text && !text.contains(".")
                ? text
                : "none";
    }

    @Test
    void giveWayToTheSource() {
        try (Image source = Image.create(sources, SPEC);
                CapturedErr err = new CapturedErr();
                Ends.RunningReceiver receiver = receiver();
                RunningLoop loop = new Ends.Transmitting(sources, "a", receiver.port()).start();
                Image copy = awaitCopy()) {
            Await.until(SOON, "link up", () -> keywords(copy).containsKey("SKIPPED"));
            for (int i = 0; i < 6; i += 2) {
                source.keywords().put("K" + i, (long) i, "");
                source.keywords().put("K" + (i + 1), i + 1L, "");
                int count = i + 2;
                Await.until(
                        SOON,
                        "keyword " + i + " of " + loop.traffic(),
                        () -> sourceKeywords(copy).size() == count);
            }
            Await.until(
                    SOON,
                    "a warning",
                    () ->
                            err.lines().stream()
                                    .anyMatch(line -> line.contains("no 4 keyword slots")));
            assertThat(sourceKeywords(copy)).containsExactly("K0", "K1", "K2", "K3", "K4", "K5");
            assertThat(copy.keywords().all())
                    .extracting(Keyword::value)
                    .containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
            assertThat(err.lines()).filteredOn(line -> line.contains("no 4 keyword")).hasSize(1);
        }
    }

    private static List<String> sourceKeywords(Image copy) {
        return copy.keywords().all().stream()
                .map(Keyword::name)
                .filter(name -> name.startsWith("K"))
                .toList();
    }

    /** The C programs' byte stream writes every slot that its source has, with each frame. */
    @Test
    void stayBehindTheSlotsOfACProgram() {
        try (Image source = Image.create(sources, SPEC);
                Image copy = Image.create(copies, SPEC.withKeywords(9));
                Ends.RunningReceiver receiver = receiver()) {
            var transmitting = new Ends.Transmitting(sources, "a", receiver.port());
            transmitting.wire = org.shmimtcp.transmit.Wire.MILK1;
            try (RunningLoop loop = transmitting.start()) {
                publish(source);
                Await.until(
                        SOON,
                        "three keywords at " + loop.traffic(),
                        () -> copy.keywords().all().size() == 3);
                assertThat(copy.keywords().get(8).orElseThrow().name()).isEqualTo("SRCHOST");
                assertThat(copy.keywords().get(6).orElseThrow().value()).isEqualTo(-1L);
                assertThat(copy.keywords().get(5)).isEmpty();
            }
        }
    }
}
