package org.shmimtcp.link;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.receive.OnLoss;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.FaultProxy;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;

/** What writers and files do that they seldom do: the copy is right all the same. */
@Alone
class UnusualWritersIT {
    private static final ImageSpec PLAIN = ImageSpec.of("x", DataType.INT64, Shape.of(4, 2));

    /** Offsets in the head, of the format's description. */
    private static final long CNT0 = 264;

    private static final long WRITE = 288;

    private final ImageDirectory sources;
    private final ImageDirectory copies;
    private final Ends.Receiving receiving;

    UnusualWritersIT(@ShmDir Path source, @ShmDir Path copy) {
        sources = new ImageDirectory(source);
        copies = new ImageDirectory(copy);
        receiving = new Ends.Receiving(copies);
    }

    private RunningLoop transmitter(int port, boolean every) {
        var transmitting = new Ends.Transmitting(sources, "x", port);
        transmitting.every = every;
        RunningLoop transmitter = transmitting.start();
        Wire.until("a connection", () -> transmitter.count("connections") == 1);
        return transmitter;
    }

    private static void publish(Image image, int first, int last) {
        FrameWriter writer = image.newWriter();
        for (int number = first; number <= last; number++) {
            NumberedFrames.publish(image, writer, number);
        }
    }

    @Test
    void aCounterThatGoesBack() {
        receiving.sourceCounter = true;
        try (Image source = Image.create(sources, PLAIN);
                Ends.RunningReceiver receiver = receiving.start();
                RunningLoop transmitter = transmitter(receiver.port(), false);
                Image copy = Image.open(copies, "x")) {
            int number = 1;
            for (long cnt0 : new long[] {1000, 5, 0, 7}) {
                source.memory().set(JAVA_LONG, CNT0, cnt0);
                publish(source, number, number);
                int published = number++;
                Wire.until("frame " + published, () -> NumberedFrames.numberIn(copy) == published);
                assertThat(copy.cnt0()).isEqualTo(cnt0 + 1);
            }
            Wire.until("all counted there", () -> receiver.loop().traffic().out() == 4);
            Wire.until("all counted here", () -> transmitter.traffic().out() == 4);
            // 1 to 1000 were never there for anybody to send; nor 2 to 7, once more.
            assertThat(receiver.loop().traffic().skipped()).isEqualTo(1000 + 6);
        }
    }

    /** Half of a frame is in the source, and its writer is dead: that half goes nowhere. */
    @Test
    void aWriterThatDiedWriting() {
        try (Image source = Image.create(sources, PLAIN)) {
            publish(source, 1, 1);
            source.pixels().set(JAVA_LONG, 0, 99);
            source.memory().set(JAVA_BYTE, WRITE, (byte) 1);
            try (Ends.RunningReceiver receiver = receiving.start();
                    RunningLoop transmitter = transmitter(receiver.port(), false);
                    Image copy = Image.open(copies, "x")) {
                Wire.until("a refusal", () -> transmitter.count("busy") > 0);
                assertThat(transmitter.traffic().out()).isZero();
                publish(source, 2, 2);
                Wire.until("the next writer's frame", () -> NumberedFrames.numberIn(copy) == 2);
                assertThat(copy.cnt0()).isEqualTo(1);
            }
        }
    }

    /** As C programs do it: the file stays, what is in it is another image of the same length. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSourceMadeAnewInTheSameFile(boolean cutFirst, @ShmDir Path elsewhere) throws IOException {
        try (Image source = Image.create(sources, PLAIN);
                Ends.RunningReceiver receiver = receiving.start();
                RunningLoop transmitter = transmitter(receiver.port(), false)) {
            publish(source, 1, 3);
            Wire.until("the copy", () -> isCopied(source.spec(), 3));
            ImageSpec turned = ImageSpec.of("x", DataType.INT64, Shape.of(2, 4));
            Path file = copyInto(turned, elsewhere, source.file(), cutFirst);
            assertThat(Files.size(file)).isEqualTo(source.layout().fileBytes());
            long startNs = System.nanoTime();
            try (Image now = Image.open(sources, "x")) {
                publish(now, 4, 4);
                Wire.until("the new copy", () -> isCopied(turned, 4));
            }
            assertThat((System.nanoTime() - startNs) / 1e9).as("s").isLessThan(Full.slack() * 1.5);
            assertThat(transmitter.isAlive()).isTrue();
        }
    }

    private static Path copyInto(ImageSpec spec, Path elsewhere, Path file, boolean cutFirst)
            throws IOException {
        Image.create(new ImageDirectory(elsewhere), spec).close();
        byte[] bytes = Files.readAllBytes(elsewhere.resolve("x.im.shm"));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            if (cutFirst) {
                channel.truncate(0);
            }
            channel.write(ByteBuffer.wrap(bytes), 0);
        }
        return file;
    }

    private boolean isCopied(ImageSpec spec, long number) {
        try (Image copy = Image.open(copies, "x")) {
            return copy.spec().shape().equals(spec.shape())
                    && NumberedFrames.numberIn(copy) == number;
        } catch (ImageException notYet) {
            return false;
        }
    }

    /** In order, none left out, as far as the history goes; beyond it they are counted. */
    @ParameterizedTest
    @CsvSource({"0, 64", "64, 1"})
    void everyFrame(int ring, int slices) {
        ImageSpec spec =
                ring > 0
                        ? PLAIN.withRing(ring)
                        : ImageSpec.of("x", DataType.INT64, Shape.of(4, 2, slices))
                                .withImageType(ImageType.CIRCULAR_TEMPORAL);
        receiving.sourceCounter = true;
        try (Image source = Image.create(sources, spec);
                Ends.RunningReceiver receiver = receiving.start();
                RunningLoop transmitter = transmitter(receiver.port(), true)) {
            for (int burst = 0; burst < 20; burst++) {
                publish(source, burst * 40 + 1, burst * 40 + 40);
                int all = 40 * (burst + 1);
                Wire.until("burst " + burst, () -> receiver.loop().traffic().in() == all);
            }
            assertThat(receiver.loop().traffic().out()).isEqualTo(800);
            publish(source, 801, 1200); // more than there is room for
            Wire.until("all counted", () -> receiver.loop().traffic().in() == 1200);
            Wire.until("all counted here", () -> transmitter.traffic().in() == 1200);
            assertThat(transmitter.traffic().skipped())
                    .isEqualTo(receiver.loop().traffic().skipped());
        }
    }

    /** What was written while the link was down comes after it, if it is still there. */
    @Test
    void everyFrameThroughALostLink() {
        try (Image source = Image.create(sources, PLAIN.withRing(64));
                Ends.RunningReceiver receiver = receiving.start();
                FaultProxy proxy = new FaultProxy(receiver.port(), 1, 0);
                RunningLoop transmitter = transmitter(proxy.port(), true);
                Image copy = Image.open(copies, "x")) {
            publish(source, 1, 10);
            Wire.until("the first", () -> copy.cnt0() == 10);
            proxy.inject(FaultProxy.Fault.RESET);
            publish(source, 11, 11);
            Wire.until("the loss", () -> transmitter.traffic().state().equals("waiting"));
            publish(source, 12, 50);
            Wire.until("a second link", () -> transmitter.count("connections") == 2);
            Wire.until("all", () -> NumberedFrames.numberIn(copy) == 50);
            assertThat(copy.cnt0()).isEqualTo(50);
            assertThat(receiver.loop().traffic().skipped()).isZero();
        }
    }

    /** Who looks at cnt0 sees the zeros, and after them the one frame that came meanwhile. */
    @Test
    void zerosUnderTheSourcesCounter() {
        receiving.sourceCounter = true;
        receiving.onLoss = OnLoss.parse("zero");
        try (Image source = Image.create(sources, PLAIN);
                Ends.RunningReceiver receiver = receiving.start()) {
            publish(source, 1, 7);
            try (RunningLoop transmitter = transmitter(receiver.port(), false)) {
                Wire.until("the frame", () -> isCopied(PLAIN, 7));
                assertThat(transmitter.isAlive()).isTrue();
            }
            try (Image copy = Image.open(copies, "x");
                    FrameReader consumer = copy.newPollingReader()) {
                MemorySegment frame = consumer.newBuffer();
                Wire.until(
                        "zeros",
                        () -> consumer.readNewest(frame) && NumberedFrames.numberIn(frame) == 0);
                assertThat(consumer.cnt0()).isNotEqualTo(7);
                publish(source, 8, 8);
                try (RunningLoop again = transmitter(receiver.port(), false)) {
                    assertThat(consumer.awaitNext(5_000_000_000L)).isTrue();
                    Await.until(
                            Duration.ofSeconds(5),
                            "frame 8 of " + again.traffic(),
                            () -> consumer.readNewest(frame) && consumer.cnt0() == 8);
                    assertThat(NumberedFrames.numberIn(frame)).isEqualTo(8);
                }
            }
        }
    }

    /** A table that the frames go round in half a minute is not left to them. */
    @Test
    void keywordsOfAStreamThatIsSentSeldom() {
        try (Image source = Image.create(sources, PLAIN.withKeywords(6000));
                Ends.RunningReceiver receiver = receiving.start()) {
            var transmitting = new Ends.Transmitting(sources, "x", receiver.port());
            transmitting.fps = 2;
            try (RunningLoop transmitter = transmitting.start()) {
                Wire.until("a connection", () -> transmitter.count("connections") == 1);
                try (Image copy = Image.open(copies, "x")) {
                    FrameWriter writer = source.newWriter();
                    int slot = 5990;
                    source.memory()
                            .set(
                                    JAVA_BYTE,
                                    source.layout().keywordsOffset() + 128L * slot,
                                    (byte) 'K');
                    long at = copy.layout().keywordsOffset() + 128L * slot;
                    Await.until(
                            Duration.ofSeconds(5),
                            "the keyword",
                            () -> {
                                NumberedFrames.publish(source, writer, source.cnt0() + 1);
                                return copy.memory().get(JAVA_BYTE, at) == 'K';
                            });
                }
            }
        }
    }

    /** A receiver that is told one variant takes no other for it. */
    @Test
    void theVariantThatWasAskedFor() {
        receiving.wire = org.shmimtcp.receive.Wire.MILK2;
        try (Image source = Image.create(sources, PLAIN);
                Ends.RunningReceiver receiver = receiving.start()) {
            publish(source, 1, 1);
            var transmitting = new Ends.Transmitting(sources, "x", receiver.port());
            transmitting.wire = org.shmimtcp.transmit.Wire.MILK1;
            try (RunningLoop wrong = transmitting.start()) {
                Wire.until("a refusal", () -> !transmitting.reasons.isEmpty());
                assertThat(wrong.isAlive()).isTrue();
                assertThat(isCopied(PLAIN, 1)).isFalse();
            }
            transmitting.wire = org.shmimtcp.transmit.Wire.MILK2;
            try (RunningLoop right = transmitting.start()) {
                Wire.until("the frame", () -> isCopied(PLAIN, 1));
                assertThat(right.isAlive()).isTrue();
            }
        }
    }
}
