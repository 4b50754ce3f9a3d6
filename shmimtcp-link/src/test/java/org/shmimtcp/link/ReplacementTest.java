package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;

/** A stream of another shape in the copy's place, between two ends of our own. */
class ReplacementTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final ImageSpec SPEC =
            ImageSpec.of("a", DataType.FLOAT, Shape.of(7, 5)).withKeywords(6);
    private static final ImageSpec OTHER = ImageSpec.of("a", DataType.FLOAT, Shape.of(3, 2));

    private final ImageDirectory sources;
    private final ImageDirectory copies;

    ReplacementTest(@ShmDir Path sources, @ShmDir Path copies) {
        this.sources = new ImageDirectory(sources);
        this.copies = new ImageDirectory(copies);
    }

    private static void publish(Image source) {
        try (Arena arena = Arena.ofConfined()) {
            source.newWriter().publish(0, arena.allocate(SPEC.pixelBytes()));
        }
    }

    private Object inode() throws java.io.IOException {
        return Files.getAttribute(copies.file("a"), "unix:ino");
    }

    @Test
    void theFirstFrameReplacesItAndBringsTheKeywordsThatCameBefore() throws Exception {
        Image.create(copies, OTHER).close();
        Object inode = inode();
        try (Image source = Image.create(sources, SPEC);
                Ends.RunningReceiver receiver = new Ends.Receiving(copies).start()) {
            source.keywords().put("GAIN", 0.5, "");
            var transmitting = new Ends.Transmitting(sources, "a", receiver.port());
            try (RunningLoop transmitter = transmitting.start()) {
                Await.until(
                        SOON,
                        "a connection, a ping and its answer",
                        () -> transmitter.traffic().state().equals("connected"));
                assertThat(inode()).isEqualTo(inode);
                publish(source);
                Await.until(SOON, "a frame", () -> receiver.loop().traffic().out() == 1);
                try (Image copy = Image.open(copies, "a")) {
                    assertThat(copy.spec().describe()).isEqualTo("7x5 f32");
                    assertThat(copy.cnt0()).isEqualTo(1);
                    assertThat(copy.keywords().get(0).orElseThrow().value()).isEqualTo(0.5);
                    assertThat(copy.keywords().all()).hasSize(1);
                }
            }
        }
    }

    /** Two receivers that want one name would replace each other's streams for ever. */
    @Test
    void oneOfTwoReceiversOfOneNameGivesUpAndTheTransmitterHearsWhy() {
        try (Image small = Image.create(sources, SPEC.withName("small"));
                Image large =
                        Image.create(
                                sources, ImageSpec.of("large", DataType.FLOAT, Shape.of(9, 9)))) {
            var receiving = new Ends.Receiving(copies);
            receiving.name = "a";
            try (Ends.RunningReceiver first = receiving.start();
                    Ends.RunningReceiver second = receiving.start()) {
                publish(small);
                large.newWriter().publish(0, Arena.ofAuto().allocate(9 * 9 * 4));
                var one = new Ends.Transmitting(sources, "small", first.port());
                var other = new Ends.Transmitting(sources, "large", second.port());
                try (RunningLoop a = one.start();
                        RunningLoop b = other.start()) {
                    Await.until(
                            Duration.ofSeconds(20),
                            "a refusal; " + a.traffic() + b.traffic(),
                            () ->
                                    one.reasons.stream().anyMatch(ReplacementTest::saysWhy)
                                            || other.reasons.stream()
                                                    .anyMatch(ReplacementTest::saysWhy));
                }
            }
        }
    }

    private static boolean saysWhy(String reason) {
        return reason.contains("no longer replaced") && reason.contains("re-created by process");
    }
}
