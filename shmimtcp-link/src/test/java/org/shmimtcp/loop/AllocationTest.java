package org.shmimtcp.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.link.LatencyTrace;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.link.RecordedTrace;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.receive.Receiver;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.testing.Allocation;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.Certificates;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.transmit.TransmitSettings;
import org.shmimtcp.transmit.Transmitter;
import org.shmimtcp.transport.PemFiles;

/** Neither loop allocates memory for a frame, so no garbage collection pauses it. */
class AllocationTest {
    private static final ReceiveSettings LOOPBACK =
            ReceiveSettings.DEFAULT.with(ReceiveSettings.BIND, "127.0.0.1");

    private static final int FRAMES = Full.or(100_000, 4_000);

    /**
     * Maximum allocation of both ends' TLS engines for a frame of one record. It is short-lived and
     * does not grow.
     */
    private static final long TLS_FRAME_BYTES = 16_384;

    private static final Duration SOON = Duration.ofSeconds(10);

    private final ImageDirectory sources;
    private final ImageDirectory copies;

    AllocationTest(@ShmDir Path path) throws IOException {
        sources = new ImageDirectory(Files.createDirectory(path.resolve("sources")));
        copies = new ImageDirectory(Files.createDirectory(path.resolve("copies")));
    }

    @ParameterizedTest
    @CsvSource({
        "MILK1, false, false",
        "MILK2, true, false",
        "MILK3, false, false",
        "MILK3, true, false",
        "NATIVE, false, false",
        "NATIVE, true, false",
        "NATIVE, false, true"
    })
    void loopsAllocateNothingForAFrame(
            org.shmimtcp.transmit.Wire wire, boolean circular, boolean traced) throws IOException {
        Shape shape = circular ? Shape.of(11, 11, 8) : Shape.of(11, 11);
        long type = circular ? 0x20001 : ImageType.MATH_DATA;
        ImageSpec spec =
                ImageSpec.of("a", DataType.FLOAT, shape).withImageType(type).withKeywords(300);
        Receiver receiver =
                new Receiver(
                        LOOPBACK,
                        LoopContext.of(copies)
                                .withTrace(traced ? new RecordedTrace() : LatencyTrace.OFF));
        int port =
                Integer.parseInt(
                        receiver.address().substring(receiver.address().lastIndexOf(':') + 1));
        Transmitter transmitter =
                new Transmitter(
                        TransmitSettings.of("a", "127.0.0.1", port)
                                .with(TransmitSettings.WIRE, wire),
                        new Unheard(),
                        LoopContext.of(sources)
                                .withTrace(traced ? new RecordedTrace() : LatencyTrace.OFF));
        try (Image source = Image.create(sources, spec);
                RunningLoop in = RunningLoop.start(receiver);
                RunningLoop out = RunningLoop.start(transmitter)) {
            Await.until(SOON, "a connection", () -> out.count("connections") == 1);
            Allocation.awaitAtMost(0, () -> allocatedByFrames(source, out, in));
        }
    }

    /**
     * With TLS, Java's engine allocates for each record, and nothing else does. Measured for both
     * ends together.
     */
    @Test
    void withTlsTheEngineAllocatesForAFrameAndOnlyIt(@TempDir Path keys) throws IOException {
        var authority = new Certificates(keys, "ca");
        Receiver receiver =
                new Receiver(withTls(LOOPBACK, authority.issue("dm")), LoopContext.of(copies));
        int port =
                Integer.parseInt(
                        receiver.address().substring(receiver.address().lastIndexOf(':') + 1));
        Transmitter transmitter =
                new Transmitter(
                        withTls(
                                TransmitSettings.of("a", "127.0.0.1", port),
                                authority.issue("rtc")),
                        new Unheard(),
                        LoopContext.of(sources));
        ImageSpec spec = ImageSpec.of("a", DataType.FLOAT, Shape.of(11, 11)).withKeywords(300);
        try (Image source = Image.create(sources, spec);
                RunningLoop in = RunningLoop.start(receiver);
                RunningLoop out = RunningLoop.start(transmitter)) {
            Await.until(SOON, "a connection", () -> out.count("connections") == 1);
            publish(source, FRAMES, in); // until most of the code is compiled
            long perFrame = allocatedByFrames(source, out, in) / FRAMES;
            System.out.println("bytes allocated for a frame with TLS: " + perFrame);
            assertThat(perFrame).isLessThan(TLS_FRAME_BYTES);
        }
    }

    private static <S extends LinkSettings<S>> S withTls(S settings, PemFiles files) {
        return settings.with(LinkSettings.TLS_CERT, files.certificate())
                .with(LinkSettings.TLS_KEY, files.key())
                .with(LinkSettings.TLS_CA, files.authority());
    }

    /** Bytes that both ends allocate for {@link #FRAMES} frames. */
    private static long allocatedByFrames(Image source, RunningLoop out, RunningLoop in) {
        long before = allocated(out) + allocated(in);
        publish(source, FRAMES, in);
        return allocated(out) + allocated(in) - before;
    }

    private static long allocated(RunningLoop loop) {
        return Allocation.ofThread(loop.threadId());
    }

    /** Publishes in lock step, so that every frame takes the whole path. */
    private static void publish(Image source, int frames, RunningLoop copy) {
        FrameWriter writer = source.newWriter();
        MemorySegment frame = MemorySegment.ofArray(new float[121]);
        int slices = source.spec().shape().slices();
        for (int i = 0; i < frames; i++) {
            source.keywords().setLong(i % 300, i);
            frame.setAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, 0, i);
            long before = copy.traffic().out();
            writer.publish((int) (source.cnt0() % slices), frame);
            long deadlineNs = System.nanoTime() + SOON.toNanos();
            while (copy.traffic().out() == before) {
                if (System.nanoTime() > deadlineNs) {
                    throw new AssertionError("frame " + i + " did not arrive");
                }
                LockSupport.parkNanos(1); // the loops may need this core
            }
        }
    }

    private record Unheard() implements Transmitter.Watcher {
        @Override
        public void connected(String peer) {}

        @Override
        public void waiting(String reason) {}
    }
}
