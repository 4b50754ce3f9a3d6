package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.ShmDir;

/**
 * No torn frame is delivered as whole. A C writer runs at full speed; every 8-byte word of its
 * frames is the frame's number, except the second, which is a time. A reader reads as fast as it
 * can. Then the same with a Java writer and a C reader.
 */
@Alone
@ExtendWith(ChildProcesses.class)
class TornFramesIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final long POLL_NS = 50_000_000;

    private final Path path;
    private final ImageDirectory directory;

    TornFramesIT(@ShmDir Path path) {
        this.path = path;
        this.directory = new ImageDirectory(path);
    }

    @ParameterizedTest
    @CsvSource({
        // least: the number of whole frames that must be read, a small part of what an idle machine
        // reads. For the larger frames at full speed that is only the last one, since the writer
        // leaves no time for others.
        "9 50 50,            600000, 0, 400",
        "3 120 120,          300000, 0, 1",
        "3 512 512,          12000, 0, 1",
        "3 512 512,          4000, 4000, 500",
        "9 64 64 8 circular, 400000, 0, 8000",
    })
    void noneFromCAtFullSpeed(String image, int count, int hz, int least) {
        Peer.run(path, ("create x " + image).split(" "));
        try (Image x = Image.open(directory, "x");
                FrameReader reader = x.newReader()) {
            ChildProcess writer = Peer.start(path, "write", "x", "" + count, "" + hz);
            ReadCounts counts = new ReadCounts(reader);
            while (writer.isAlive()) {
                counts.readIfNew(POLL_NS);
            }
            writer.awaitSuccess(DEADLINE);
            while (counts.readIfNew(0)) {
                // the remaining frames; for a circular image, several slices
            }
            String report = image + " " + count + " at " + hz + " Hz: " + counts;
            System.out.println("torn frames: " + report);
            assertThat(counts.torn).as(report).isZero();
            assertThat(counts.outOfOrder).as(report).isZero();
            assertThat(counts.misnumbered).as(report).isZero();
            assertThat(counts.last).as(report).isEqualTo(count);
            assertThat(reader.frames()).as(report).isGreaterThanOrEqualTo(least);
            assertThat(reader.frames() + reader.skipped())
                    .as("every frame is read or counted: %s", report)
                    .isEqualTo(count);
        }
    }

    /** Counts the results of all reads. */
    private static final class ReadCounts {
        private final FrameReader reader;
        private final MemorySegment buffer;
        private long last;
        private long torn;
        private long outOfOrder;
        private long misnumbered;
        private long refused;

        ReadCounts(FrameReader reader) {
            this.reader = reader;
            this.buffer = reader.newBuffer();
        }

        boolean readIfNew(long timeoutNs) {
            if (!reader.awaitNext(timeoutNs)) {
                return false;
            }
            if (!reader.readNext(buffer, 0, null, 0)) {
                refused++;
                return true;
            }
            long number = buffer.get(JAVA_LONG, 0);
            torn += isTorn(number) ? 1 : 0;
            outOfOrder += number <= last ? 1 : 0;
            misnumbered += reader.cnt0() == number ? 0 : 1;
            last = number;
            return true;
        }

        private boolean isTorn(long number) {
            long different = 0;
            for (long at = 16; at < buffer.byteSize(); at += 8) {
                different |= buffer.get(JAVA_LONG, at) ^ number;
            }
            return different != 0;
        }

        @Override
        public String toString() {
            return "whole=%d torn=%d out-of-order=%d misnumbered=%d skipped=%d refused=%d"
                    .formatted(
                            reader.frames(),
                            torn,
                            outOfOrder,
                            misnumbered,
                            reader.skipped(),
                            refused);
        }
    }

    @Test
    void noneFromUsAtFullSpeedForAReaderInC() {
        int count = 200_000;
        try (Image x =
                Image.create(directory, ImageSpec.of("x", DataType.UINT16, Shape.of(120, 120)))) {
            ChildProcess peer = Peer.start(path, "read", "x", "" + count, "3", "1");
            awaitSleeper(x, 3);
            FrameWriter writer = x.newWriter();
            MemorySegment frame = x.newPollingReader().newBuffer();
            for (long n = 1; n <= count; n++) {
                for (long at = 0; at < frame.byteSize(); at += 8) {
                    frame.set(JAVA_LONG, at, n);
                }
                frame.set(JAVA_LONG, 8, System.nanoTime());
                writer.publish(0, frame);
            }
            String report = peer.awaitSuccess(DEADLINE).strip();
            System.out.println("torn frames: to C, " + count + " written: " + report);
            Map<String, String> fields = Peer.fields(report);
            assertThat(fields).containsEntry("torn", "0").containsEntry("reordered", "0");
            assertThat(Long.parseLong(fields.getOrDefault("frames", "0"))).isGreaterThan(100);
        }
    }

    private static void awaitSleeper(Image image, int semaphore) {
        SemaphoresAgainstCIT.awaitWaiters(image, semaphore, 1);
    }
}
