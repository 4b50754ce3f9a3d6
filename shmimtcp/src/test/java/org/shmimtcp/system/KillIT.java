package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
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
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.SteadySource;

/**
 * One end is killed some times in a row, ten with {@code -Dfull}: the other goes on, and the stream
 * comes back by itself.
 */
@ExtendWith(ChildProcesses.class)
class KillIT {
    private static final int TIMES = Full.or(10, 4);
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final ImageSpec SPEC =
            ImageSpec.of("dm01disp03", DataType.FLOAT, Shape.of(50, 50));

    private final int port = Programs.freePort();
    private final ImageDirectory sources;
    private final ImageDirectory copies;

    KillIT(@ShmDir Path dir) throws IOException {
        sources = new ImageDirectory(Files.createDirectory(dir.resolve("sources")));
        copies = new ImageDirectory(Files.createDirectory(dir.resolve("copies")));
    }

    private ChildProcess ourTransmitter() {
        return new Programs(sources.path()).transmit(SPEC.name(), port);
    }

    private ChildProcess ourReceiver() {
        return new Programs(copies.path()).start("shmimTCPreceive", Integer.toString(port));
    }

    private ChildProcess cTransmitter() {
        return Peer.start(
                sources.path(), "tx", SPEC.name(), "127.0.0.1", Integer.toString(port), "milk1");
    }

    private ChildProcess cReceiver() {
        return Peer.start(copies.path(), "rx", Integer.toString(port), "milk1");
    }

    @Test
    void ourTransmitterTowardsOurReceiver() {
        ChildProcess survivor = new Programs(copies.path()).receive(port);
        killOften(survivor, this::ourTransmitter);
    }

    @Test
    void ourReceiverBehindOurTransmitter() {
        killOften(null, this::ourReceiver);
    }

    @Test
    void cTransmitterTowardsOurReceiver() {
        ChildProcess survivor = new Programs(copies.path()).receive(port);
        killOften(survivor, this::cTransmitter);
    }

    @Test
    void cReceiverBehindOurTransmitter() {
        killOften(null, this::cReceiver);
    }

    /**
     * Starts and kills one end.
     *
     * @param receiver the end that goes on; null for a transmitter of ours
     */
    private void killOften(
            @org.jspecify.annotations.Nullable ChildProcess receiver, Supplier<ChildProcess> end) {
        try (Image source = Image.create(sources, SPEC);
                SteadySource frames = new SteadySource(source)) {
            ChildProcess survivor = receiver != null ? receiver : ourTransmitter();
            long inode = 0;
            for (int i = 0; i < TIMES; i++) {
                ChildProcess mortal = end.get();
                inode = awaitFlow(source, inode);
                assertThat(survivor.isAlive()).as(survivor.toString()).isTrue();
                mortal.kill9();
            }
            ChildProcess last = end.get();
            awaitFlow(source, inode);
            frames.stop();
            assertThat(survivor.isAlive()).as(survivor.toString()).isTrue();
            try (Image copy = ForeignImage.awaitOpen(copies, SPEC.name())) {
                // Nothing that a dead process left is in the way of the living.
                Await.until(
                        DEADLINE,
                        "the last frame, whole and finished",
                        () -> NumberedFrames.numberIn(copy) == source.cnt0());
            }
            if (receiver == null) { // one line a loss at most, none for the tries between
                assertThat(survivor.errors().lines().filter(l -> l.contains("lost (")))
                        .filteredOn(line -> !line.contains("it answered late")) // a busy machine
                        .hasSizeBetween(1, TIMES);
            }
            assertThat(ForeignImage.livingClaims(source)).as("claimed semaphores").isLessThan(3);
            last.terminate();
            last.awaitExit(DEADLINE);
            survivor.terminate();
            survivor.awaitExit(DEADLINE);
        }
    }

    /** Waits until new frames come into the copy, which stays the same file from the first on. */
    private long awaitFlow(Image source, long inode) {
        try (Image copy = ForeignImage.awaitOpen(copies, SPEC.name())) {
            long from = source.cnt0() + 1;
            Await.until(
                    DEADLINE,
                    "new frames in the copy",
                    () -> NumberedFrames.numberIn(copy) >= from + 5);
            long now = ((Number) Files.getAttribute(copy.file(), "unix:ino")).longValue();
            if (inode != 0) {
                assertThat(now).as("the copy's inode").isEqualTo(inode);
            }
            return now;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
