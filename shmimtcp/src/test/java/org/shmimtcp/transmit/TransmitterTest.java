package org.shmimtcp.transmit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.CapturedErr;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.GoldenWire;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.Sink;
import org.shmimtcp.wire.Limits;
import org.shmimtcp.wire.MilkHead;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.MilkVariant;

/** The transmitter with receivers that come and go, and a stream that is re-created. */
class TransmitterTest {
    private static final ImageSpec SPEC = ImageSpec.of("a", DataType.INT32, Shape.of(7, 5));
    private static final MilkRecord FORMAT = MilkRecord.of(MilkVariant.MILK1, SPEC);

    private final ImageDirectory directory;

    TransmitterTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    private RunningLoop start(int port) {
        return RunningLoop.start(TransmitterHarness.of(directory, "a", port, MilkVariant.MILK1));
    }

    private static void publish(FrameWriter writer, int number) {
        int[] pixels = new int[35];
        java.util.Arrays.fill(pixels, number);
        writer.publish(0, MemorySegment.ofArray(pixels));
    }

    /** Returns the next record's counter, which all of its pixels must equal. */
    private static long next(Sink sink) {
        MemorySegment record = GoldenWire.aligned(sink.read(FORMAT.bytes()));
        long cnt0 = FORMAT.cnt0(record);
        for (int i = 0; i < 35; i++) {
            assertThat(record.getAtIndex(java.lang.foreign.ValueLayout.JAVA_INT, i))
                    .isEqualTo((int) cnt0);
        }
        return cnt0;
    }

    /** A C receiver discards what has arrived when it enters its loop. */
    @Test
    void pausesBetweenHeadAndFirstRecord() {
        try (Image source = Image.create(directory, SPEC);
                Sink sink = new Sink()) {
            publish(source.newWriter(), 1);
            long startNs = System.nanoTime(); // the head is sent after this time
            try (RunningLoop loop = start(sink.port())) {
                sink.accept().read(MilkHead.BYTES);
                assertThat(next(sink)).isEqualTo(1);
                assertThat(System.nanoTime() - startNs).isGreaterThan(150_000_000L);
                assertThat(loop.isAlive()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sendsEachFrameInLockStep(boolean polling) {
        try (Image source = Image.create(directory, SPEC);
                Sink sink = new Sink();
                RunningLoop loop =
                        RunningLoop.start(
                                TransmitterHarness.of(
                                        directory, "a", sink.port(), MilkVariant.MILK1, polling))) {
            sink.accept().read(MilkHead.BYTES);
            TransmitterHarness.awaitConnections(loop, 1);
            FrameWriter writer = source.newWriter();
            for (int i = 1; i <= 1000; i++) {
                publish(writer, i);
                assertThat(next(sink)).isEqualTo(i);
            }
            loop.awaitIn(1000);
            assertThat(loop.traffic().skipped()).isZero();
            assertThat(loop.traffic().out()).isEqualTo(1000);
            assertThat(loop.traffic().bytes()).isEqualTo(1000 * FORMAT.bytes());
            // A polling transmitter leaves the semaphores to others.
            boolean claimed = false;
            for (int i = 0; i < SPEC.semaphores(); i++) {
                claimed |= source.readerPid(i) == ProcessHandle.current().pid();
            }
            assertThat(claimed).isEqualTo(!polling);
        }
    }

    @Test
    void semaphoreIsFreeAgainAfterwards() {
        try (Image source = Image.create(directory, SPEC);
                Sink sink = new Sink()) {
            try (RunningLoop loop = start(sink.port())) {
                sink.accept().read(MilkHead.BYTES);
                TransmitterHarness.awaitConnections(loop, 1);
                assertThat(source.readerPid(0)).isEqualTo(-1);
                assertThat(source.readerPid(1)).isEqualTo((int) ProcessHandle.current().pid());
            }
            for (int i = 0; i < SPEC.semaphores(); i++) {
                assertThat(source.readerPid(i)).as("semaphore %d", i).isEqualTo(-1);
            }
        }
    }

    @Test
    void comesBackToAReceiverThatWentAndCountsWhatWasLost() throws IOException {
        try (CapturedErr err = new CapturedErr();
                Image source = Image.create(directory, SPEC);
                Sink sink = new Sink();
                RunningLoop loop = start(sink.port())) {
            FrameWriter writer = source.newWriter();
            sink.accept().read(MilkHead.BYTES);
            TransmitterHarness.awaitConnections(loop, 1);
            publish(writer, 1);
            assertThat(next(sink)).isEqualTo(1);
            sink.disconnect();
            int number = 1;
            while (loop.traffic().state().equals("connected")) {
                publish(writer, ++number);
                Thread.onSpinWait();
            }
            sink.accept().read(MilkHead.BYTES);
            TransmitterHarness.awaitConnections(loop, 2);
            assertThat(next(sink)).isEqualTo(number); // the newest frame, complete
            loop.awaitIn(number);
            assertThat(err.lines()).filteredOn(line -> line.contains("lost (")).hasSize(1);
            assertThat(err.lines().getLast()).contains("connected (milk1), after ");
        }
    }

    @Test
    void saysOnceThatItWaitsAndConnectsWhenTheReceiverComes() {
        int port;
        try (Sink sink = new Sink()) {
            port = sink.port();
        }
        List<String> heard = new ArrayList<>();
        var watcher =
                new Transmitter.Watcher() {
                    @Override
                    public synchronized void connected(String peer) {
                        heard.add("connected " + peer);
                    }

                    @Override
                    public synchronized void waiting(String reason) {
                        heard.add("waiting " + reason);
                    }
                };
        var settings =
                TransmitSettings.of("a", "127.0.0.1", port).with(TransmitSettings.WIRE, Wire.MILK1);
        try (CapturedErr err = new CapturedErr();
                Image source = Image.create(directory, SPEC);
                RunningLoop loop =
                        RunningLoop.start(
                                new Transmitter(settings, watcher, LoopContext.of(directory)))) {
            Await.until(
                    TransmitterHarness.SOON,
                    "waiting",
                    () -> loop.traffic().state().equals("waiting"));
            try (Sink sink = new Sink(port)) {
                sink.accept().read(MilkHead.BYTES);
                TransmitterHarness.awaitConnections(loop, 1);
                publish(source.newWriter(), 1);
                assertThat(next(sink)).isEqualTo(1);
            }
            assertThat(err.lines().getFirst())
                    .isEqualTo(
                            "WARN a to 127.0.0.1:"
                                    + port
                                    + ": waiting (connection refused: no program listens there);"
                                    + " retrying until it answers");
        }
        assertThat(heard.getFirst())
                .isEqualTo("waiting connection refused: no program listens" + " there");
        assertThat(heard).contains("connected 127.0.0.1:" + port);
    }

    @Test
    void saysWhenTheReceiverRefuses() throws IOException {
        try (CapturedErr err = new CapturedErr();
                Image source = Image.create(directory, SPEC);
                Sink sink = new Sink();
                RunningLoop loop = start(sink.port())) {
            for (int i = 0; i < 2; i++) {
                sink.accept().read(MilkHead.BYTES);
                sink.disconnect();
            }
            sink.accept().read(MilkHead.BYTES);
            TransmitterHarness.awaitConnections(loop, 1);
            assertThat(source.cnt0()).isZero();
            assertThat(err.warnings())
                    .singleElement()
                    .asString()
                    .contains("it closed the connection immediately: it is in use, or refuses");
        }
    }

    // ---- the stream is re-created ----

    @Test
    void followsARecreatedStreamWithinASecond() {
        try (Image first = Image.create(directory, SPEC);
                Sink sink = new Sink();
                RunningLoop loop = start(sink.port())) {
            sink.accept().read(MilkHead.BYTES);
            TransmitterHarness.awaitConnections(loop, 1);
            for (int i = 1; i <= 3; i++) {
                publish(first.newWriter(), i);
                assertThat(next(sink)).isEqualTo(i);
            }
            long startNs = System.nanoTime();
            try (Image second = Image.replace(directory, SPEC)) {
                publish(second.newWriter(), 1);
                publish(second.newWriter(), 2);
                sink.accept().read(MilkHead.BYTES);
                assertThat(next(sink)).isEqualTo(2);
                assertThat((System.nanoTime() - startNs) / 1e9).isLessThan(Full.slack());
                Await.until(
                        TransmitterHarness.SOON,
                        "counts that go on, at " + loop.traffic(),
                        () -> loop.traffic().out() == 4);
            }
        }
    }

    @Test
    void followsAStreamOfAnotherShape() {
        ImageSpec other = ImageSpec.of("a", DataType.UINT8, Shape.of(3, 3)).withKeywords(0);
        try (Image first = Image.create(directory, SPEC);
                Sink sink = new Sink();
                RunningLoop loop = start(sink.port())) {
            sink.accept().read(MilkHead.BYTES);
            TransmitterHarness.awaitConnections(loop, 1);
            publish(first.newWriter(), 1);
            assertThat(next(sink)).isEqualTo(1);
            try (Image second = Image.replace(directory, other)) {
                second.newWriter().publish(0, MemorySegment.ofArray(new byte[9]));
                MemorySegment head = GoldenWire.aligned(sink.accept().read(MilkHead.BYTES));
                assertThat(MilkHead.parse(head, Limits.DEFAULT)).isEqualTo(other);
                byte[] record = sink.read(9 + 16);
                assertThat(record[9]).isEqualTo((byte) 1);
            }
        }
    }

    @Test
    void waitsForAStreamThatWasRemoved() {
        try (Image first = Image.create(directory, SPEC);
                Sink sink = new Sink();
                RunningLoop loop = start(sink.port())) {
            sink.accept().read(MilkHead.BYTES);
            TransmitterHarness.awaitConnections(loop, 1);
            assertThat(first.cnt0()).isZero();
            directory.remove("a");
            assertThat(sink.readToEnd()).isZero();
            Await.until(
                    TransmitterHarness.SOON,
                    "no stream",
                    () -> loop.traffic().state().equals("no stream"));
            try (Image second = Image.create(directory, SPEC)) {
                publish(second.newWriter(), 1);
                sink.accept().read(MilkHead.BYTES);
                assertThat(next(sink)).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 384, 4096})
    void survivesAFileThatIsCutShort(long length) throws IOException {
        try (Image first =
                        Image.create(
                                directory, ImageSpec.of("a", DataType.FLOAT, Shape.of(50, 50)));
                Sink sink = new Sink();
                RunningLoop loop = start(sink.port())) {
            sink.accept().read(MilkHead.BYTES);
            TransmitterHarness.awaitConnections(loop, 1);
            try (FileChannel file = FileChannel.open(first.file(), StandardOpenOption.WRITE)) {
                file.truncate(length);
            }
            assertThat(sink.readToEnd()).isZero();
            try (Image second = Image.replace(directory, SPEC)) {
                publish(second.newWriter(), 1);
                sink.accept().read(MilkHead.BYTES);
                assertThat(next(sink)).isEqualTo(1);
            }
        }
    }

    // ---- streams that cannot be transmitted ----

    @Test
    void refusesComplexPixelsAndWhatIsNotThere() {
        ImageSpec complex = ImageSpec.of("c", DataType.COMPLEX_FLOAT, Shape.of(3, 3));
        Image.create(directory, complex).close();
        assertThatThrownBy(() -> checkStream("c"))
                .isInstanceOf(ImageException.class)
                .hasMessageStartingWith(
                        "stream 'c' has complex pixels (c64), which the C programs' byte stream"
                                + " does not carry: ");
        assertThatThrownBy(() -> checkStream("d"))
                .isInstanceOf(ImageException.Missing.class)
                .hasMessageContaining("no stream 'd' in")
                .hasMessageContaining("nearest name: c");
    }

    private void checkStream(String name) {
        TransmitterHarness.of(directory, name, 1, MilkVariant.MILK1).check();
    }

    @Test
    void streamThatIsNotThereAtTheStartEndsIt() {
        Transmitter transmitter = TransmitterHarness.of(directory, "x", 1, MilkVariant.MILK1);
        assertThatThrownBy(transmitter::run).isInstanceOf(ImageException.Missing.class);
    }

    /**
     * With a receiver that reads nothing, the transmitter must still stop, and leave the stream
     * unchanged.
     */
    @Test
    void stopsWhileTheReceiverTakesNothing() {
        ImageSpec large = ImageSpec.of("a", DataType.FLOAT, Shape.of(2048, 2048));
        try (Image source = Image.create(directory, large);
                Sink sink = new Sink()) {
            try (RunningLoop loop = start(sink.port())) {
                sink.accept().read(MilkHead.BYTES);
                TransmitterHarness.awaitConnections(loop, 1);
                FrameWriter writer = source.newWriter();
                MemorySegment frame = MemorySegment.ofArray(new float[2048 * 2048]);
                writer.publish(0, frame);
                Await.until(
                        TransmitterHarness.SOON,
                        "a claimed semaphore",
                        () -> source.readerPid(1) > 0);
            }
            assertThat(source.readerPid(1)).isEqualTo(-1);
        }
    }
}
