package org.shmimtcp.system;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/** Compressed links between real processes: each frame is compared bit by bit. */
@ExtendWith(ChildProcesses.class)
class CompressIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String NAME = "cam";

    /** Frames between two events. */
    private static final int FRAMES = 60;

    /** Each so many frames there is one of noise, which does not get shorter. */
    private static final int NOISE_PERIOD = 5;

    private final int port = Programs.freePort();
    private final ImageDirectory sources;
    private final ImageDirectory copies;

    CompressIT(@ShmDir Path dir) throws IOException {
        sources = new ImageDirectory(Files.createDirectory(dir.resolve("sources")));
        copies = new ImageDirectory(Files.createDirectory(dir.resolve("copies")));
    }

    private ChildProcess receiver() {
        return new Programs(copies.path()).receive(port, "--counter", "source");
    }

    private ChildProcess transmitter() {
        return new Programs(sources.path()).transmit(NAME, port, "--compress", "lz4");
    }

    /** The pixels of a frame, which the test computes for the copy by itself. */
    private static byte[] pixels(ImageSpec spec, long frame) {
        byte[] pixels = new byte[(int) spec.sliceBytes()];
        if (frame % NOISE_PERIOD == 0) {
            new SplittableRandom(frame).nextBytes(pixels);
            return pixels;
        }
        int size = spec.type().bytes();
        for (int i = 0; i < pixels.length / size; i++) {
            long value = frame * 31 + i / 7L + (i % 50 == 0 ? 20_000 : 0);
            for (int b = 0; b < size; b++) {
                pixels[i * size + b] = (byte) (value >> (8 * Math.min(b, 7)));
            }
        }
        return pixels;
    }

    /** Publishes frames one at a time, each of which must arrive. */
    private void follow(Image source, int count) {
        FrameWriter writer = source.newWriter();
        int slices = source.spec().shape().slices();
        for (int i = 0; i < count; i++) {
            long frame = source.cnt0() + 1;
            byte[] pixels = pixels(source.spec(), frame);
            writer.publish((int) (frame % slices), MemorySegment.ofArray(pixels));
            assertArrives(source.spec(), frame);
        }
    }

    private void assertArrives(ImageSpec spec, long frame) {
        try (Image copy = ForeignImage.awaitOpen(copies, NAME)) {
            Await.until(
                    DEADLINE, "frame " + frame, () -> copy.cnt0() == frame && !copy.isWriting());
            long offset = frame % spec.shape().slices() * spec.sliceBytes();
            byte[] arrived = copy.pixels().asSlice(offset, spec.sliceBytes()).toArray(JAVA_BYTE);
            assertThat(arrived).as("frame %d", frame).isEqualTo(pixels(spec, frame));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "UINT8, 1",
        "UINT16, 1",
        "INT16, 1",
        "FLOAT, 1",
        "DOUBLE, 1",
        "UINT16, 4",
        "FLOAT, 4"
    })
    void everyFrameArrivesBitByBitWhateverIsKilled(DataType type, int slices) {
        ImageSpec plain = ImageSpec.of(NAME, type, Shape.of(97, 61));
        ImageSpec spec =
                slices == 1
                        ? plain
                        : ImageSpec.of(NAME, type, Shape.of(97, 61, slices))
                                .withImageType(ImageType.CIRCULAR_TEMPORAL);
        try (Image source = Image.create(sources, spec)) {
            ChildProcess receiver = receiver();
            ChildProcess transmitter = transmitter();
            transmitter.awaitOutput("connected (native, lz4)", DEADLINE);
            follow(source, FRAMES);
            transmitter.kill9();
            transmitter = transmitter();
            transmitter.awaitOutput("connected (native, lz4)", DEADLINE);
            follow(source, FRAMES);
            receiver.kill9();
            transmitter.awaitOutput("connection lost", DEADLINE);
            receiver = receiver();
            assertArrives(spec, source.cnt0()); // the newest one, again
            follow(source, FRAMES);
            transmitter.terminate();
            transmitter.awaitExit(DEADLINE);
            Map<String, String> sum = Programs.sum(transmitter);
            int sent = Integer.parseInt(sum.getOrDefault("frames", "-1"));
            int packed = Integer.parseInt(sum.getOrDefault("compressed", "-1"));
            assertThat(sent).isGreaterThanOrEqualTo(2 * FRAMES); // those that it follows
            // All but noise. The first one on a connection is sent again.
            assertThat(packed).isBetween(sent * 3 / 4, sent * 5 / 6);
            receiver.terminate();
            receiver.awaitExit(DEADLINE);
            assertThat(receiver.errors()).contains("damaged=0");
        }
    }

    @Test
    void aCProgramGetsPlainFramesAndTheLogSaysSo() {
        ImageSpec spec = ImageSpec.of(NAME, DataType.UINT16, Shape.of(97, 61));
        try (Image source = Image.create(sources, spec)) {
            source.newWriter().publish(0, MemorySegment.ofArray(pixels(spec, 1)));
            Peer.receive(copies.path(), port, "milk1");
            ChildProcess transmitter = transmitter();
            transmitter.awaitOutput(
                    "the other end cannot decompress: frames are sent uncompressed", DEADLINE);
            try (Image copy = ForeignImage.awaitOpen(copies, NAME)) {
                Await.until(DEADLINE, "the frame", () -> copy.cnt0() > 0 && !copy.isWriting());
                assertThat(copy.pixels().toArray(JAVA_BYTE)).isEqualTo(pixels(spec, 1));
            }
            Await.until(DEADLINE, "the reason in the status", this::isReasonShown);
        }
    }

    private boolean isReasonShown() {
        ChildProcess status = new Programs(sources.path()).start("shmim", "status", NAME);
        status.awaitExit(DEADLINE);
        return status.output().contains("connected")
                && status.output().contains("cannot decompress");
    }
}
