package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;

/**
 * A C program re-creates the source in its own file, again and again, as ImageStreamIO before June
 * 2023 does: the inode stays, and all is zero for a while. Every frame that is read, and every one
 * that reaches the copy, is one that was written.
 */
@ExtendWith(ChildProcesses.class)
class RecreatedInPlaceIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final long NUMBERS_AN_IMAGE = 1_000_000;

    private final Path sourcePath;
    private final Path copyPath;

    RecreatedInPlaceIT(@ShmDir Path source, @ShmDir Path copy) {
        sourcePath = source;
        copyPath = copy;
    }

    private ChildProcess recreate(int images, int frames, int rateHz, int pauseUs) {
        return Peer.start(
                sourcePath, "recreate", "x", "" + images, "" + frames, "" + rateHz, "" + pauseUs);
    }

    @ParameterizedTest
    @CsvSource({"20 20, newest", "20 20 4 circular, next", "20 20 cb=8, next"})
    void everyFrameThatIsReadWasWritten(String shape, String which) {
        Peer.run(sourcePath, ("create x 9 " + shape).split(" "));
        Peer.run(sourcePath, "write", "x", "5", "0");
        ChildProcess recreator = recreate(600, 4, 2000, 500);
        var counts = new ReadCounts();
        while (recreator.isAlive()) {
            try (Image image = Image.open(new ImageDirectory(sourcePath), "x");
                    FrameReader reader = image.newReader()) {
                counts.images++;
                MemorySegment frame = reader.newBuffer();
                while (recreator.isAlive() && !image.isReplaced()) {
                    if (reader.awaitNext(1_000_000)
                            && (which.equals("newest")
                                    ? reader.readNewest(frame)
                                    : reader.readNext(frame, 0, null, 0))) {
                        counts.judge(NumberedFrames.numberIn(frame), reader.cnt0());
                    }
                }
            } catch (ImageException notThere) {
                Thread.onSpinWait();
            }
        }
        recreator.awaitSuccess(DEADLINE);
        Figure.print("re-created in place: %s: %s", shape, counts);
        assertThat(counts.wrong).as("%s", counts).isZero();
        assertThat(counts.images).as("%s", counts).isGreaterThan(20);
    }

    private static final class ReadCounts {
        private int images;
        private int frames;
        private int wrong;
        private String first = "";

        void judge(long number, long cnt0) {
            frames++;
            if (number <= 0 || number % NUMBERS_AN_IMAGE != cnt0) {
                wrong++;
                first = first.isEmpty() ? "number " + number + " with cnt0 " + cnt0 : first;
            }
        }

        @Override
        public String toString() {
            return "frames=" + frames + " wrong=" + wrong + " images=" + images + " " + first;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"NATIVE", "MILK1"})
    void everyFrameThatReachesTheCopyWasWritten(String wire) {
        boolean ours = wire.equals("NATIVE");
        Peer.run(sourcePath, "create", "x", "9", "20", "20", "kw=3");
        Peer.run(sourcePath, "write", "x", "5", "0");
        var receiving = new Ends.Receiving(new ImageDirectory(copyPath));
        receiving.wire = org.shmimtcp.receive.Wire.valueOf(ours ? "AUTO" : wire);
        try (Ends.RunningReceiver receiver = receiving.start()) {
            var transmitting =
                    new Ends.Transmitting(new ImageDirectory(sourcePath), "x", receiver.port());
            transmitting.wire = org.shmimtcp.transmit.Wire.valueOf(wire);
            try (RunningLoop transmitter = transmitting.start()) {
                Wire.until("the first frame", () -> receiver.loop().traffic().out() > 0);
                ChildProcess reader = Peer.start(copyPath, "read", "x", "1000000", "3", "2");
                try (CopyWatch watch = new CopyWatch(new ImageDirectory(copyPath), "x", false)) {
                    recreate(ours ? 30 : 10, ours ? 20 : 80, 200, 20_000).awaitSuccess(DEADLINE);
                    assertThat(watch.isFaultless()).as("%s", watch).isTrue();
                    assertThat(watch.frames()).as("%s", watch).isGreaterThan(Full.or(10, 1));
                    Figure.print("re-created in place, %s: %s", wire, watch);
                }
                assertThat(Peer.fields(reader.awaitSuccess(DEADLINE)))
                        .containsEntry("foreign", "0")
                        .containsEntry("torn", "0")
                        .containsEntry("reordered", "0");
                assertThat(transmitter.isAlive()).as("the transmitter").isTrue();
                assertThat(receiver.loop().isAlive()).as("the receiver").isTrue();
            }
        }
    }

    /** Created, never written: there is nothing to send. */
    @Test
    void aSourceWithoutAFrameSendsNone() {
        Peer.run(sourcePath, "create", "x", "9", "20", "20");
        try (Ends.RunningReceiver receiver =
                        new Ends.Receiving(new ImageDirectory(copyPath)).start();
                RunningLoop transmitter =
                        new Ends.Transmitting(new ImageDirectory(sourcePath), "x", receiver.port())
                                .start()) {
            Wire.until("a connection", () -> transmitter.count("connections") == 1);
            Peer.run(sourcePath, "write", "x", "1", "0");
            Wire.until("the first frame", () -> receiver.loop().traffic().out() == 1);
            Wire.until("its count", () -> transmitter.traffic().in() > 0);
            assertThat(transmitter.traffic().in()).isEqualTo(1);
        }
    }
}
