package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.posix.CpuLatency;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.SteadySource;

/** The kernel is asked to keep the CPUs awake while frames come, and only then. */
@Alone
class CpuSleepGuardIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final ImageSpec SPEC = ImageSpec.of("w", DataType.FLOAT, Shape.of(50, 50));

    private final Path sources;
    private final Path copies;

    CpuSleepGuardIT(@ShmDir Path root) throws IOException {
        sources = Files.createDirectory(root.resolve("sources"));
        copies = Files.createDirectory(root.resolve("copies"));
    }

    @BeforeEach
    void mayAsk() {
        assumeTrue(Files.isWritable(CpuLatency.DEVICE), "this machine, or user, may not ask");
    }

    private static boolean asks(ChildProcess end) {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + end.pid() + "/fd"))) {
            return open.anyMatch(CpuSleepGuardIT::isDevice);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isDevice(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).equals(CpuLatency.DEVICE);
        } catch (NoSuchFileException closedMeanwhile) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void bothEndsAskWhileFramesCome() {
        int port = Programs.freePort();
        try (Image image = Image.create(new ImageDirectory(sources), SPEC);
                ChildProcess in = new Programs(copies).receive(port);
                ChildProcess out = new Programs(sources).transmit("w", port)) {
            out.awaitOutput("connected", SOON);
            assertThat(asks(in) || asks(out)).as("before a frame").isFalse();
            try (SteadySource source = new SteadySource(image)) {
                Await.until(SOON, "both ask", () -> asks(in) && asks(out));
                source.stop();
            }
            Await.until(SOON, "neither asks", () -> !asks(in) && !asks(out));
        }
    }

    @Test
    void neitherAsksIfToldNotTo() {
        int port = Programs.freePort();
        Map<String, String> environment = Map.of("SHMIMTCP_CPU_LATENCY", "any");
        try (Image image = Image.create(new ImageDirectory(sources), SPEC);
                SteadySource source = new SteadySource(image);
                ChildProcess in = new Programs(copies, environment).receive(port);
                ChildProcess out =
                        new Programs(sources).transmit("w", port, "--cpu-latency", "any")) {
            in.awaitOutput("in=", SOON); // the line of rates: it has looked ten times
            out.awaitOutput("in=", SOON);
            assertThat(asks(in) || asks(out)).isFalse();
            source.stop();
        }
    }
}
