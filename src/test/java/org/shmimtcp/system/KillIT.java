package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/** Either end is killed without warning, again and again: the other one goes on. */
@ExtendWith(ChildProcesses.class)
class KillIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int TIMES = 10;

    @ShmDir @TempDir Path sourcePath;
    @ShmDir @TempDir Path copyPath;

    private final int port = Programs.freePort();
    private ImageDirectory sources = new ImageDirectory(Path.of("/"));
    private ImageDirectory copies = sources;
    private Programs here = new Programs(Path.of("/"));
    private Programs there = here;

    @BeforeEach
    void directories() {
        sources = new ImageDirectory(sourcePath);
        copies = new ImageDirectory(copyPath);
        here = new Programs(sourcePath);
        there = new Programs(copyPath);
    }

    private Image source() {
        return Image.create(sources, ImageSpec.of("x", DataType.FLOAT, Shape.of(50, 50)));
    }

    private Image awaitCopy() {
        Image[] found = new Image[1];
        Await.until(
                DEADLINE,
                "the copy",
                () -> {
                    try {
                        found[0] = Image.open(copies, "x");
                        return true;
                    } catch (ImageException notYet) {
                        return false;
                    }
                });
        return found[0];
    }

    /** Publishes a frame of that value, now and then again, until the copy holds it. */
    private static void awaitFrame(Image source, Image copy, float value) {
        FrameWriter writer = source.newWriter();
        float[] pixels = new float[2500];
        Arrays.fill(pixels, value);
        MemorySegment frame = MemorySegment.ofArray(pixels);
        Await.until(
                DEADLINE,
                "frame " + value + " in the copy",
                () -> {
                    writer.publish(0, frame);
                    return copy.pixels().mismatch(frame) == -1 && !copy.isWriting();
                });
    }

    /** Each new reader takes over the dead one's place: they do not use up the semaphores. */
    private static void assertOneClaim(Image image) {
        int claimed = 0;
        for (int i = 0; i < image.spec().semaphores(); i++) {
            claimed += image.readerPid(i) > 0 ? 1 : 0;
        }
        assertThat(claimed).isEqualTo(1);
    }

    @Test
    void ourTransmitter() {
        ChildProcess receiver = there.receive(port);
        try (Image source = source()) {
            ChildProcess transmitter = here.transmit("x", port);
            try (Image copy = awaitCopy()) {
                for (int i = 1; i <= TIMES; i++) {
                    awaitFrame(source, copy, i);
                    transmitter.kill9();
                    transmitter = here.transmit("x", port);
                }
                awaitFrame(source, copy, 99);
                assertThat(copy.isReplaced()).isFalse();
            }
            assertOneClaim(source);
        }
        assertThat(receiver.isAlive()).isTrue();
    }

    @Test
    void ourReceiver() {
        ChildProcess receiver = there.receive(port);
        try (Image source = source()) {
            ChildProcess transmitter = here.transmit("x", port);
            try (Image copy = awaitCopy()) {
                for (int i = 1; i <= TIMES; i++) {
                    awaitFrame(source, copy, i);
                    receiver.kill9();
                    receiver = there.receive(port);
                }
                awaitFrame(source, copy, 99);
                assertThat(copy.isReplaced()).isFalse();
            }
            assertThat(transmitter.isAlive()).isTrue();
            // One line on loss, one on return; none for the tries between.
            assertThat(transmitter.errors().lines().filter(l -> l.contains("lost (")).count())
                    .isBetween(1L, (long) TIMES);
        }
    }

    @Test
    void transmitterInC() {
        ChildProcess receiver = there.receive(port);
        try (Image source = source()) {
            for (int i = 1; i <= TIMES; i++) {
                ChildProcess transmitter = startUntilServed(receiver, i);
                try (Image copy = awaitCopy()) {
                    awaitFrame(source, copy, i);
                }
                transmitter.kill9();
            }
        }
        assertThat(receiver.isAlive()).isTrue();
    }

    /** A C transmitter does not try again when the one before it is not gone yet. */
    private ChildProcess startUntilServed(ChildProcess receiver, int times) {
        ChildProcess transmitter =
                Peer.start(sourcePath, "tx", "x", "127.0.0.1", Integer.toString(port));
        Await.until(
                DEADLINE,
                "connection " + times,
                () ->
                        receiver.errors().lines().filter(l -> l.contains(" sends 'x'")).count()
                                >= times);
        return transmitter;
    }

    @Test
    void receiverInC() throws Exception {
        try (Image source = source()) {
            ChildProcess transmitter = here.transmit("x", port, "--wire", "milk1");
            for (int i = 1; i <= TIMES; i++) {
                ChildProcess receiver = Peer.start(copyPath, "rx", Integer.toString(port));
                try (Image copy = awaitCopy()) {
                    awaitFrame(source, copy, i);
                }
                receiver.kill9();
                Files.deleteIfExists(copies.file("x"));
            }
            assertThat(transmitter.isAlive()).isTrue();
        }
    }
}
