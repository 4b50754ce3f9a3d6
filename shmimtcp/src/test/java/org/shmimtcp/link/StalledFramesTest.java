package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.CapturedErr;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;

/** A link that is connected, and whose frames do not go as they should: it tells why. */
class StalledFramesTest {
    private static final ImageSpec PLAIN = ImageSpec.of("x", DataType.INT64, Shape.of(4, 2));

    private final ImageDirectory sources;
    private final ImageDirectory copies;

    StalledFramesTest(@ShmDir Path path) throws IOException {
        sources = new ImageDirectory(Files.createDirectory(path.resolve("sources")));
        copies = new ImageDirectory(Files.createDirectory(path.resolve("copies")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"NATIVE", "MILK1"})
    void aWriterThatStopsInAFrameIsTold(String wire) {
        var receiving = new Ends.Receiving(copies);
        receiving.wire =
                wire.equals("NATIVE")
                        ? org.shmimtcp.receive.Wire.AUTO
                        : org.shmimtcp.receive.Wire.MILK1;
        try (CapturedErr err = new CapturedErr();
                Image source = Image.create(sources, PLAIN);
                Ends.RunningReceiver receiver = receiving.start()) {
            var transmitting = new Ends.Transmitting(sources, "x", receiver.port());
            transmitting.wire = org.shmimtcp.transmit.Wire.valueOf(wire);
            FrameWriter writer = source.newWriter();
            try (RunningLoop transmitter = transmitting.start()) {
                NumberedFrames.publish(source, writer, 1);
                Wire.until("the frame", () -> receiver.loop().traffic().out() == 1);
                writer.begin();
                Wire.until("stalled", () -> transmitter.traffic().state().equals("stalled"));
                assertThat(err.lines())
                        .anyMatch(line -> line.contains("'x' stopped in the middle of a frame"));
                writer.commit(0);
                Wire.until("its end", () -> transmitter.traffic().state().equals("connected"));
                Wire.until("frame 2", () -> receiver.loop().traffic().out() == 2);
            }
        }
    }

    @Test
    void aSecondWriterOfTheCopyIsTold() {
        try (CapturedErr err = new CapturedErr();
                Image source = Image.create(sources, PLAIN);
                Ends.RunningReceiver receiver = new Ends.Receiving(copies).start();
                RunningLoop transmitter =
                        new Ends.Transmitting(sources, "x", receiver.port()).start()) {
            FrameWriter writer = source.newWriter();
            NumberedFrames.publish(source, writer, 1);
            Wire.until("the frame", () -> receiver.loop().traffic().out() == 1);
            assertThat(receiver.loop().traffic().state()).isEqualTo("connected");
            try (Image copy = Image.open(copies, "x")) {
                FrameWriter second = copy.newWriter();
                Wire.until(
                        "contested",
                        () -> {
                            second.begin();
                            second.commit(0);
                            NumberedFrames.publish(source, writer, source.cnt0() + 1);
                            return receiver.loop().traffic().state().equals("contested");
                        });
                assertThat(err.lines()).anyMatch(line -> line.contains("writes stream 'x', too"));
            }
            Wire.until("its end", () -> receiver.loop().traffic().state().equals("connected"));
            assertThat(transmitter.traffic().state()).isEqualTo("connected");
        }
    }
}
