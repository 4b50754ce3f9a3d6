package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.SteadySource;

/** Streams are made anew, removed and fought over at either end, while both programs run. */
@ExtendWith(ChildProcesses.class)
class ReplacedStreamsIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Duration A_SECOND = Duration.ofSeconds((long) Full.slack());
    private static final ImageSpec SPEC =
            ImageSpec.of("dm01disp03", DataType.FLOAT, Shape.of(50, 50));

    private final int port = Programs.freePort();
    private final ImageDirectory sources;
    private final ImageDirectory copies;

    ReplacedStreamsIT(@ShmDir Path dir) throws IOException {
        sources = new ImageDirectory(Files.createDirectory(dir.resolve("sources")));
        copies = new ImageDirectory(Files.createDirectory(dir.resolve("copies")));
    }

    @BeforeEach
    void createSource() {
        Image.create(sources, SPEC).close();
    }

    private ChildProcess transmitter() {
        return new Programs(sources.path())
                .transmit(SPEC.name(), port)
                .awaitOutput("connected", DEADLINE);
    }

    private ChildProcess receiver(String... options) {
        return new Programs(copies.path()).receive(port, options);
    }

    private static Object inode(Image image) throws IOException {
        return Files.getAttribute(image.file(), "unix:ino");
    }

    /** A stream that is made again is followed within a second, into the same copy if that fits. */
    @Test
    void recreatedSource() throws IOException {
        receiver();
        ChildProcess tx = transmitter();
        try (Image first = Image.open(sources, SPEC.name());
                Image copy = ForeignImage.awaitOpen(copies, SPEC.name())) {
            NumberedFrames.lockStep(first, copy, 1, 10);
            Object inode = inode(copy);
            try (Image second = Image.replace(sources, SPEC)) {
                NumberedFrames.publish(second, second.newWriter(), 77);
                Await.until(
                        A_SECOND,
                        "a frame of the new stream",
                        () -> NumberedFrames.numberIn(copy) == 77);
                assertThat(inode(copy)).isEqualTo(inode);
                NumberedFrames.lockStep(second, copy, 78, 90);
            }
            ImageSpec other = ImageSpec.of(SPEC.name(), DataType.DOUBLE, Shape.of(34, 34));
            try (Image third = Image.replace(sources, other)) {
                NumberedFrames.publish(third, third.newWriter(), 5);
                Await.until(
                        A_SECOND,
                        "a copy of the new shape",
                        () -> {
                            try (Image now = ForeignImage.awaitOpen(copies, SPEC.name())) {
                                return now.spec().describe().equals("34x34 f64")
                                        && NumberedFrames.numberIn(now) == 5;
                            }
                        });
            }
        }
        assertThat(tx.isAlive()).isTrue();
    }

    @Test
    void removedAndRecreatedCopy() {
        ChildProcess rx = receiver("--name", "local");
        transmitter();
        try (Image source = Image.open(sources, SPEC.name());
                SteadySource frames = new SteadySource(source)) {
            ForeignImage.awaitOpen(copies, "local").close();
            copies.remove("local");
            Await.until(A_SECOND, "a new copy with frames", () -> hasFrames("local"));
            try (Image own = Image.replace(copies, SPEC.withName("local"))) {
                Await.until(A_SECOND, "frames in the new copy", () -> own.cnt0() > 0);
            }
            assertThat(copies.names()).containsExactly("local");
            frames.stop();
        }
        assertThat(rx.isAlive()).isTrue();
    }

    private boolean hasFrames(String name) {
        if (!copies.has(name)) {
            return false;
        }
        try (Image copy = ForeignImage.awaitOpen(copies, name)) {
            return copy.cnt0() > 0;
        }
    }

    @Test
    void secondTransmitterOnAPortInUse() {
        ChildProcess rx = receiver();
        ChildProcess first = transmitter();
        Image.create(sources, SPEC.withName("other")).close();
        try (Image source = Image.open(sources, SPEC.name());
                Image copy = ForeignImage.awaitOpen(copies, SPEC.name())) {
            NumberedFrames.lockStep(source, copy, 1, 10);
            ChildProcess second = new Programs(sources.path()).transmit("other", port);
            second.awaitOutput("refused: the port is in use by 127.0.0.1:", DEADLINE);
            rx.awaitOutput("the port is in use by 127.0.0.1:", DEADLINE);
            NumberedFrames.lockStep(source, copy, 11, 200);
            assertThat(copies.names()).containsExactly(SPEC.name());
            first.terminate();
            Await.until(DEADLINE, "the second's turn", () -> copies.has("other"));
        }
    }

    @Test
    void onceEndsWithItsTransmitter() {
        ChildProcess rx = receiver("--once");
        ChildProcess tx = transmitter();
        try (Image source = Image.open(sources, SPEC.name());
                Image copy = ForeignImage.awaitOpen(copies, SPEC.name())) {
            NumberedFrames.lockStep(source, copy, 1, 10);
        }
        tx.terminate();
        rx.awaitSuccess(DEADLINE);
        assertThat(rx.errors()).contains("ended after 10 frames");
    }

    @Test
    void polledCounter() {
        receiver();
        new Programs(sources.path())
                .transmit(SPEC.name(), port, "-c")
                .awaitOutput("connected", DEADLINE);
        try (Image source = Image.open(sources, SPEC.name());
                Image copy = ForeignImage.awaitOpen(copies, SPEC.name())) {
            NumberedFrames.lockStep(source, copy, 1, 100);
            assertThat(ForeignImage.claims(source)).isZero();
        }
    }
}
