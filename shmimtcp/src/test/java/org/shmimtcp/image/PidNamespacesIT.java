package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.ShmDir;

/** Readers in two PID namespaces, as in containers that share the streams' memory. */
@ExtendWith(ChildProcesses.class)
class PidNamespacesIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int FRAMES = 600;
    private static final int RATE_HZ = 200;

    /** A PID that is alive in every namespace. */
    private static final int INIT = 1;

    private final Path path;

    PidNamespacesIT(@ShmDir Path path) {
        this.path = path;
    }

    /** Reads up to the last frame, and prints the number of frames read. */
    static final class Reading {
        private Reading() {}

        /** The arguments are directory and number of frames. */
        @SuppressWarnings("SystemOut") // the test reads it
        public static void main(String[] args) {
            long last = Long.parseLong(args[1]);
            try (Image image = Image.open(new ImageDirectory(Path.of(args[0])), "x");
                    FrameReader reader = image.newReader()) {
                MemorySegment frame = reader.newBuffer();
                reader.readNewest(frame);
                System.out.println("ready on " + reader.semaphore());
                while (reader.cnt0() < last) {
                    if (reader.awaitNext(DEADLINE.toNanos())) {
                        reader.readNewest(frame);
                    }
                }
                System.out.println("frames=" + reader.frames());
            }
        }
    }

    /**
     * Starts a reader in its own namespace.
     *
     * @param before the number of processes started before it, so that each reader has a different
     *     PID
     */
    private ChildProcess reader(int before) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "unshare",
                                "--pid",
                                "--fork",
                                "--kill-child",
                                "sh",
                                "-c",
                                "/bin/true;".repeat(before) + " \"$@\"; exit $?",
                                "sh"));
        command.addAll(
                ChildProcess.javaCommand(
                        List.of("-XX:TieredStopAtLevel=1"),
                        Reading.class,
                        path.toString(),
                        "" + FRAMES));
        return ChildProcess.start(Map.of(), command);
    }

    @Test
    void bothReceiveEveryFrameThoughTheyClaimOneSemaphore() {
        assumeTrue(
                ChildProcess.start(Map.of(), List.of("unshare", "--pid", "--fork", "true"))
                                .awaitExit(DEADLINE)
                        == 0,
                "no PID namespaces for this user");
        ImageSpec spec = ImageSpec.of("x", DataType.FLOAT, Shape.of(8, 8)).withSemaphores(3);
        try (Image image = Image.create(new ImageDirectory(path), spec)) {
            image.memory().set(JAVA_INT, image.layout().readerPids() + 2 * 4L, INIT);
            ChildProcess first = reader(1).awaitOutput("ready on 1", DEADLINE);
            ChildProcess second = reader(2).awaitOutput("ready on 1", DEADLINE);
            Peer.run(path, "write", "x", "" + FRAMES, "" + RATE_HZ);
            int read = frames(first) + frames(second);
            assertThat(read).as("%s %s", first, second).isGreaterThan(FRAMES * 3 / 2);
            assertThat(first.report() + second.report())
                    .contains("stream 'x': leaving semaphore 1: ");
        }
    }

    private static int frames(ChildProcess reader) {
        String report = reader.awaitSuccess(DEADLINE);
        return Integer.parseInt(Peer.fields(report).getOrDefault("frames", "0"));
    }
}
