package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.CapturedErr;
import org.shmimtcp.testing.GoldenWire;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.Sender;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.Sink;

/** What C programs do not carry is said once, at either end, with what to do about it. */
class CProgramLimitsTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String REMEDY = "run shmimTCP at both ends";

    private final ImageDirectory directory;

    CProgramLimitsTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    private static List<String> lines(CapturedErr err, String part) {
        return err.lines().stream().filter(line -> line.contains(part)).toList();
    }

    @ParameterizedTest
    @CsvSource({"1d-13-double-3, no pixels", "cube-7x5x3-uint16-5, one slice a frame"})
    void aReceiverSaysWhatACTransmitterLeavesOut(String capture, String saying) {
        GoldenWire golden = new GoldenWire(capture);
        try (CapturedErr err = new CapturedErr();
                Ends.RunningReceiver receiver = new Ends.Receiving(directory).start()) {
            for (int i = 1; i <= 2; i++) {
                long connections = i;
                try (Sender sender = new Sender(receiver.port())) {
                    sender.send(golden.head());
                    Await.until(
                            SOON,
                            "a connection",
                            () -> receiver.loop().count("connections") == connections);
                }
            }
            assertThat(lines(err, saying)).singleElement().asString().contains(REMEDY);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, no pixels", "3, one slice a frame"})
    void aTransmitterSaysWhatACReceiverDoesNotGet(int naxis, String saying) throws IOException {
        Shape shape = naxis == 1 ? Shape.of(13) : Shape.of(7, 5, 3);
        try (CapturedErr err = new CapturedErr();
                Image source = Image.create(directory, ImageSpec.of("s", DataType.FLOAT, shape));
                Sink sink = new Sink();
                RunningLoop loop =
                        new Ends.Transmitting(directory, source.name(), sink.port()).start()) {
            for (int i = 1; i <= 2; i++) {
                long connections = i;
                sink.accept().read(384);
                Await.until(SOON, "a connection", () -> loop.count("connections") == connections);
            }
            assertThat(lines(err, saying)).singleElement().asString().contains(REMEDY);
        }
    }

    /** Said although the transmitter had to wait for the C receiver to be started. */
    @Test
    void complexPixelsAreRefusedOnceWithTheRemedy() throws IOException {
        ImageSpec complex = ImageSpec.of("c", DataType.COMPLEX_FLOAT, Shape.of(7, 5));
        Sink first = new Sink();
        int port = first.port();
        first.close();
        try (CapturedErr err = new CapturedErr();
                Image source = Image.create(directory, complex)) {
            var transmitting = new Ends.Transmitting(directory, source.name(), port);
            try (RunningLoop loop = transmitting.start()) {
                Await.until(SOON, "nobody there", () -> !transmitting.reasons.isEmpty());
                try (Sink sink = new Sink(port)) {
                    for (int i = 0; i < 2; i++) {
                        sink.accept().read(384);
                        assertThat(sink.readToEnd()).isZero();
                    }
                }
                assertThat(loop.isAlive()).isTrue();
            }
            assertThat(lines(err, "complex pixels")).singleElement().asString().contains(REMEDY);
        }
    }
}
