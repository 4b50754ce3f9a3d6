package org.shmimtcp.link;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.image.Shape;
import org.shmimtcp.receive.OnLoss;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.CapturedErr;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.Sink;

/** A transmitter and a receiver of ours, over our own protocol, in one JVM. */
@ExtendWith(ChildProcesses.class)
class NativePairIT {
    private static final ImageSpec PLAIN = ImageSpec.of("x", DataType.INT64, Shape.of(4, 2));

    private final Path sourcePath;
    private final Path copyPath;
    private final ImageDirectory sources;
    private final ImageDirectory copies;

    NativePairIT(@ShmDir Path source, @ShmDir Path copy) {
        sourcePath = source;
        copyPath = copy;
        sources = new ImageDirectory(source);
        copies = new ImageDirectory(copy);
    }

    /** Both ends, connected. */
    private record Pair(
            Ends.RunningReceiver receiver, RunningLoop transmitter, Ends.Transmitting transmitting)
            implements AutoCloseable {
        @Override
        public void close() {
            try (receiver) {
                transmitter.close();
            }
        }
    }

    private Pair pair() {
        return pair(new Ends.Receiving(copies), false, 0);
    }

    private Pair pair(Ends.Receiving receiving, boolean every, double fps) {
        return pair(receiving, every, false, fps);
    }

    private Pair pair(Ends.Receiving receiving, boolean every, boolean lz4, double fps) {
        Ends.RunningReceiver receiver = receiving.start();
        var transmitting = new Ends.Transmitting(sources, "x", receiver.port());
        transmitting.wire = org.shmimtcp.transmit.Wire.NATIVE;
        transmitting.every = every;
        transmitting.lz4 = lz4;
        transmitting.fps = fps;
        RunningLoop transmitter = transmitting.start();
        Wire.until("a connection", () -> transmitter.count("connections") == 1);
        return new Pair(receiver, transmitter, transmitting);
    }

    private Image awaitCopy() {
        Wire.until("the copy", () -> copies.has("x"));
        return Image.open(copies, "x");
    }

    private static void publish(Image image, int number) {
        FrameWriter writer = image.newWriter();
        int slices = image.spec().shape().slices();
        if (image.spec().isCircular() || slices == 1) {
            byte[] pixels = new byte[(int) image.spec().sliceBytes()];
            Arrays.fill(pixels, (byte) number);
            writer.publish((number - 1) % slices, MemorySegment.ofArray(pixels));
        } else {
            byte[] pixels = new byte[(int) image.spec().pixelBytes()];
            Arrays.fill(pixels, (byte) number);
            writer.begin();
            writer.writeImage(MemorySegment.ofArray(pixels), 0);
            writer.commit((number - 1) % slices);
        }
    }

    private static boolean samePixels(Image a, Image b) {
        return a.pixels().mismatch(b.pixels()) == -1;
    }

    private static boolean sameKeywords(Image a, Image b) {
        long bytes = 128L * a.spec().keywordSlots();
        MemorySegment x = a.memory().asSlice(a.layout().keywordsOffset(), bytes);
        return x.mismatch(b.memory().asSlice(b.layout().keywordsOffset(), bytes)) == -1;
    }

    private static void awaitSame(Image source, Image copy, int frames) {
        Wire.until(
                "frame " + frames + ", now " + copy.cnt0(),
                () -> copy.cnt0() >= frames && !copy.isWriting());
        assertThat(samePixels(source, copy)).isTrue();
        assertThat(sameKeywords(source, copy)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void allTypesAndShapes(DataType type) {
        assertCopied(type, false);
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void allTypesAndShapesPacked(DataType type) {
        assertCopied(type, true);
    }

    private void assertCopied(DataType type, boolean lz4) {
        List<ImageSpec> specs = new ArrayList<>();
        specs.add(ImageSpec.of("x", type, Shape.of(7, 5, 3)));
        specs.add(specs.getLast().withImageType(ImageType.CIRCULAR_TEMPORAL));
        if (type == DataType.UINT8 || type == DataType.COMPLEX_DOUBLE) { // smallest and largest
            for (Shape shape : List.of(Shape.of(13), Shape.of(7, 5), Shape.of(1, 1))) {
                specs.add(ImageSpec.of("x", type, shape));
            }
        }
        for (ImageSpec spec : specs) {
            try (Image source = Image.create(sources, spec.withKeywords(3));
                    Pair pair = pair(new Ends.Receiving(copies), false, lz4, 0);
                    Image copy = awaitCopy()) {
                assertThat(copy.spec().holds(spec)).isTrue();
                for (int n = 1; n <= 4; n++) {
                    publish(source, n);
                    awaitSame(source, copy, n);
                    assertThat(copy.cnt1()).isEqualTo(source.cnt1());
                }
                assertThat(pair.transmitter.traffic().skipped()).isZero();
            }
            sources.remove("x");
            copies.remove("x");
        }
    }

    @Test
    void aRingIsSentFrameByFrame() {
        ImageSpec spec = PLAIN.withRing(64);
        try (Image source = Image.create(sources, spec);
                Pair pair = pair(new Ends.Receiving(copies), true, 0);
                Image copy = awaitCopy()) {
            assertThat(copy.spec().ringSize()).isEqualTo(64);
            for (int burst = 0; burst < 20; burst++) {
                for (int n = 1; n <= 40; n++) {
                    publish(source, burst * 40 + n);
                }
                awaitSame(source, copy, 40 * (burst + 1));
            }
            assertThat(copy.cnt0()).isEqualTo(800);
            assertThat(pair.receiver.loop().traffic().skipped()).isZero();
            long ring = source.layout().ringFrames();
            assertThat(
                            source.memory()
                                    .asSlice(ring, 64 * 64)
                                    .mismatch(
                                            copy.memory()
                                                    .asSlice(copy.layout().ringFrames(), 64 * 64)))
                    .as("the copy's ring")
                    .isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 256, 6000})
    void keywordsAreThoseOfTheSource(int slots) {
        try (Image source = Image.create(sources, PLAIN.withKeywords(slots))) {
            for (int i = 0; i < slots; i += 3) {
                source.keywords().put("K" + i, (long) i, "");
                i += slots / 50;
            }
            try (Pair pair = pair();
                    Image copy = awaitCopy()) {
                Wire.until("the first keywords", () -> sameKeywords(source, copy));
                assertThat(copy.cnt0()).as("no frame is made up for keywords").isZero();
                for (int n = 1; n <= 50; n++) {
                    if (slots > 0) {
                        source.keywords().setLong(n * 7 % slots, n);
                    }
                    publish(source, n);
                    Wire.until("frame", () -> copy.cnt0() == source.cnt0());
                    if (slots <= 256) { // they come with the very frame
                        assertThat(sameKeywords(source, copy)).isTrue();
                    }
                }
                Wire.until("all keywords", () -> sameKeywords(source, copy));
                assertThat(pair.receiver.loop().count("damaged")).isZero();
            }
        }
    }

    @Test
    void keywordsChangeWithoutAFrame() {
        try (Image source = Image.create(sources, PLAIN.withKeywords(1000))) {
            source.keywords().put("GAIN", 1L, "");
            publish(source, 1);
            try (Pair pair = pair();
                    Image copy = awaitCopy()) {
                awaitSame(source, copy, 1);
                for (int i = 2; i < 4; i++) {
                    source.keywords().put("GAIN" + 300 * i, (long) i, "");
                    source.keywords().setLong(0, i);
                    Wire.until("the change", () -> sameKeywords(source, copy));
                }
                assertThat(copy.cnt0()).isEqualTo(1);
                Wire.until("its count", () -> pair.transmitter.traffic().out() == 1);
            }
        }
    }

    /** What somebody left in the copy is not the source's. */
    @Test
    void theCopysOwnKeywordsAreCleared() {
        try (Image source = Image.create(sources, PLAIN.withKeywords(10));
                Image copy = Image.create(copies, PLAIN.withKeywords(20))) {
            for (int i = 0; i < 20; i++) {
                copy.keywords().put("OLD" + i, 1L, "");
            }
            try (Pair pair = pair()) {
                Wire.until("the keywords", () -> sameKeywords(source, copy));
                assertThat(copy.keywords().all()).as("beyond the source's").hasSize(10);
                assertThat(pair.receiver.loop().isAlive()).isTrue();
            }
        }
    }

    @Test
    void countersTimesAndTraceAreTheSources() {
        var receiving = new Ends.Receiving(copies);
        receiving.sourceCounter = true;
        try (Image source = Image.create(sources, PLAIN)) {
            for (int n = 1; n <= 100; n++) {
                publish(source, n);
            }
            try (Pair pair = pair(receiving, false, 0);
                    Image copy = awaitCopy()) {
                awaitSame(source, copy, 100);
                FrameWriter writer = source.newWriter();
                writer.begin();
                var event = new FrameWriter.Origin();
                event.cnt1 = 5;
                event.cnt2 = 77;
                event.acquiredSeconds = 1_700_000_000;
                event.acquiredNanos = 123_456_789;
                writer.commit(0, event, false);
                Wire.until("the event", () -> copy.cnt0() == 101);
                assertThat(copy.cnt2()).isEqualTo(77);
                assertThat(copy.cnt1()).isEqualTo(5);
                assertThat(copy.acquired())
                        .isEqualTo(Instant.ofEpochSecond(1_700_000_000, 123_456_789));
                var trace = copy.tables().processTraces().getFirst();
                assertThat(copy.memory().get(JAVA_LONG, copy.layout().processTraces() + 56))
                        .as("%s", trace)
                        .isEqualTo(101);
                assertThat(copy.memory().get(JAVA_LONG, copy.layout().processTraces() + 8))
                        .isEqualTo(MetadataLayout.inode(source.memory()));
                assertThat(pair.receiver.loop().traffic().skipped()).isZero();
            }
        }
    }

    @Test
    void theRateIsLimitedAndTheNewestIsSent() {
        Peer.run(sourcePath, "create", "x", "9", "20", "20");
        try (Pair pair = pair(new Ends.Receiving(copies), false, 100);
                Image source = Image.open(sources, "x");
                Image copy = awaitCopy()) {
            long startNs = System.nanoTime();
            Peer.run(sourcePath, "write", "x", "1000", "1000");
            Wire.until("the last", () -> pair.receiver.loop().traffic().in() == 1000);
            double seconds = (System.nanoTime() - startNs) / 1e9;
            assertThat(samePixels(source, copy)).isTrue();
            assertThat((double) copy.cnt0())
                    .as("frames in %.1f s at 100 Hz", seconds)
                    .isBetween(100 / Full.slack(), 100 * seconds + 3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zero", "zero:0.3"})
    void aLostLinkZeroesTheCopyAndWakesItsConsumers(String policy) {
        var receiving = new Ends.Receiving(copies);
        receiving.onLoss = OnLoss.parse(policy);
        try (Image source = Image.create(sources, PLAIN)) {
            publish(source, 1);
            Pair pair = pair(receiving, false, 0);
            try (pair;
                    Image copy = awaitCopy()) {
                awaitSame(source, copy, 1);
                try (FrameReader consumer = copy.newReader()) {
                    MemorySegment frame = consumer.newBuffer();
                    assertThat(consumer.readNewest(frame)).isTrue();
                    long startNs = System.nanoTime();
                    pair.transmitter.close();
                    assertThat(consumer.awaitNext(10_000_000_000L)).isTrue();
                    double tookS = (System.nanoTime() - startNs) / 1e9;
                    assertThat(tookS).isBetween(policy.equals("zero") ? 0 : 0.3, Full.slack());
                    assertThat(consumer.readNewest(frame)).isTrue();
                    assertThat(frame.toArray(JAVA_BYTE)).containsOnly(0);
                    // Back again: the frame that the source holds, though it is the one of before.
                    try (RunningLoop again = pair.transmitting.start()) {
                        awaitSame(source, copy, 3);
                        assertThat(again.isAlive()).isTrue();
                    }
                }
            }
        }
    }

    @Test
    void aReCreatedSourceIsFollowedEachTime() {
        int rounds = Full.or(50, 15);
        double worst = 0;
        Image source = Image.create(sources, PLAIN);
        try (Pair pair = pair()) {
            for (int round = 1; round <= rounds; round++) {
                DataType type = DataType.ofCode(1 + round % 13).orElseThrow();
                ImageSpec spec =
                        ImageSpec.of("x", type, Shape.of(1 + round, 1 + round % 7))
                                .withKeywords(round % 5);
                source.close();
                long startNs = System.nanoTime();
                source = Image.replace(sources, spec);
                publish(source, round);
                Image now = source;
                Await.until(
                        Duration.ofSeconds(10),
                        "round " + round + ", " + spec.describe(),
                        () -> isCopied(now));
                worst = Math.max(worst, (System.nanoTime() - startNs) / 1e9);
            }
            Figure.print("ours: source re-created %d times: at most %.2f s", rounds, worst);
            assertThat(worst).isLessThan(Full.slack() * 1.0);
            assertThat(pair.transmitter.count("connections")).isEqualTo(rounds + 1L);
        } finally {
            source.close();
        }
    }

    private boolean isCopied(Image source) {
        try (Image copy = Image.open(copies, "x")) {
            return copy.spec().holds(source.spec()) && copy.cnt0() > 0 && samePixels(source, copy);
        } catch (ImageException notYet) {
            return false;
        }
    }

    @Test
    void aCopyThatIsDeletedOrReCreatedIsFilledAgain() {
        try (Image source = Image.create(sources, PLAIN.withKeywords(10))) {
            source.keywords().put("GAIN", 5L, "");
            publish(source, 9);
            try (Pair pair = pair()) {
                Wire.until("the frame", () -> isCopied(source));
                copies.remove("x");
                Wire.until("a new copy", () -> isCopied(source));
                Image.replace(copies, PLAIN.withKeywords(30)).close();
                Wire.until("the re-created one", () -> isCopied(source));
                try (Image copy = awaitCopy()) {
                    assertThat(copy.spec().keywordSlots()).isEqualTo(30);
                    Wire.until("its keywords", () -> sameKeywords(source, copy));
                }
                Image.replace(copies, ImageSpec.of("x", DataType.UINT8, Shape.of(3))).close();
                Wire.until("one of the right shape", () -> isCopied(source));
                assertThat(pair.transmitter.count("connections")).as("one link").isEqualTo(1);
            }
        }
    }

    @Test
    void aSecondTransmitterIsToldWhoIsThereAndTakesItsPlaceWhenItLeaves() {
        try (CapturedErr err = new CapturedErr();
                Image source = Image.create(sources, PLAIN);
                Image other = Image.create(sources, PLAIN.withName("other"));
                Ends.RunningReceiver receiver = new Ends.Receiving(copies).start()) {
            publish(source, 1);
            publish(other, 2);
            RunningLoop first = new Ends.Transmitting(sources, "x", receiver.port()).start();
            Wire.until("the first", () -> isCopied(source));
            var transmitting = new Ends.Transmitting(sources, "other", receiver.port());
            try (RunningLoop second = transmitting.start()) {
                Wire.until("a reason", () -> !transmitting.reasons.isEmpty());
                assertThat(transmitting.reasons.getFirst())
                        .startsWith("refused: ")
                        .contains("in use by 127.0.0.1:")
                        .contains("'x'");
                assertThat(err.lines())
                        .anyMatch(line -> line.contains("other to 127") && line.contains("'x'"));
                first.close();
                Wire.until("its place", () -> copies.has("other"));
                Wire.until("its connection", () -> second.count("connections") == 1);
            }
        }
    }

    @Test
    void oneLineOnLossAndOneOnReturn() {
        try (Image source = Image.create(sources, PLAIN);
                CapturedErr err = new CapturedErr()) {
            publish(source, 1);
            var receiving = new Ends.Receiving(copies);
            Ends.RunningReceiver receiver = receiving.start();
            receiving.port = receiver.port();
            try (RunningLoop transmitter =
                    new Ends.Transmitting(sources, "x", receiver.port()).start()) {
                Wire.until("the frame", () -> isCopied(source));
                receiver.close();
                try (Sink deaf = new Sink(receiver.port())) {
                    publish(source, 2);
                    for (int tries = 0; tries < 3; tries++) {
                        deaf.accept();
                    }
                }
                assertThat(lines(err, "lost")).hasSize(1);
                try (Ends.RunningReceiver again = receiving.start()) {
                    Wire.until("the return", () -> isCopied(source));
                    assertThat(lines(err, "x to 127"))
                            .as("lines of the transmitter: %s", err.lines())
                            .hasSize(3);
                    assertThat(again.loop().traffic().skipped()).isZero();
                    assertThat(transmitter.traffic().skipped()).isZero();
                }
            }
        }
    }

    private static Stream<String> lines(CapturedErr err, String text) {
        return err.lines().stream().filter(line -> line.contains(text));
    }

    /** In order, whole: what C wrote is what C reads. The large frames go in pieces. */
    @ParameterizedTest
    @CsvSource({"64, 500000, 0", "512, 3000, 1000", "512, 3000, 0"})
    void aFastWriterIsFollowed(String size, int frames, String rate) {
        Peer.run(sourcePath, "create", "x", "3", size, size, "kw=10");
        try (Pair pair = pair()) {
            Wire.until("the copy", () -> copies.has("x"));
            ChildProcess reader = Peer.start(copyPath, "read", "x", "1000000", "3", "1");
            Peer.run(sourcePath, "write", "x", Integer.toString(frames), rate);
            var fields = Peer.fields(reader.awaitSuccess(Duration.ofSeconds(30)));
            Figure.print("ours: %s uint16 at %s Hz, in one JVM: %s", size, rate, fields);
            assertThat(fields).containsEntry("torn", "0").containsEntry("reordered", "0");
            Wire.until(
                    "every frame accounted for: " + pair.receiver.loop().traffic(),
                    () -> pair.receiver.loop().traffic().in() == frames);
        }
    }
}
