package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/**
 * One end spins at real-time priority on the only CPU that it was given, as docs/performance.md
 * proposes: the other threads of its process must still run.
 */
@Alone
@ExtendWith(ChildProcesses.class)
class SpinningLoopIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Duration RUN = Duration.ofSeconds(Full.or(60, 6));
    private static final int RATE_HZ = 500;

    /** The kernel keeps a twentieth of the CPU for others; other processes take some frames. */
    private static final double LEAST_SHARE = Full.or(90, 30) / 100.0;

    private final ImageDirectory sources;
    private final ImageDirectory copies;

    SpinningLoopIT(@ShmDir Path sources, @ShmDir Path copies) {
        this.sources = new ImageDirectory(sources);
        this.copies = new ImageDirectory(copies);
    }

    @ParameterizedTest
    @EnumSource(
            value = LinkEnd.Role.class,
            names = {"TRANSMITTER", "RECEIVER"})
    void theConnectionLastsAndARecreatedCopyIsFollowed(LinkEnd.Role spinning) throws IOException {
        int cpus = Runtime.getRuntime().availableProcessors();
        assumeTrue(cpus > 1, "this machine has one CPU");
        var onOneCpu = Map.of("SHMIMTCP_CPUSET", Integer.toString(cpus - 1));
        boolean sends = spinning == LinkEnd.Role.TRANSMITTER;
        Programs there = new Programs(copies.path(), sends ? Map.of() : onOneCpu);
        Programs here = new Programs(sources.path(), sends ? onOneCpu : Map.of());
        int port = Programs.freePort();
        Peer.run(sources.path(), "create", "x", "9", "20", "20");
        there.receive(port, "--wait", sends ? "block" : "spin");
        here.transmit("x", port, "--wait", sends ? "spin" : "block");
        ChildProcess writer = Peer.start(sources.path(), "write", "x", "1000000", "" + RATE_HZ);
        Path file = copies.path().resolve("x.im.shm");
        Object inode;
        try (Image copy = ForeignImage.awaitOpen(copies, "x")) {
            Await.until(DEADLINE, "frames", () -> copy.cnt0() > RATE_HZ);
            long before = copy.cnt0();
            Await.time(RUN);
            double share = (copy.cnt0() - before) / (RATE_HZ * (double) RUN.toSeconds());
            Figure.print("%s spins: %.0f %% of the frames", spinning, 100 * share);
            assertThat(share).isGreaterThan(LEAST_SHARE);
            inode = Files.getAttribute(file, "unix:ino");
        }
        LinkStatus end = status(sources);
        assertThat(end.reconnections()).as("%s", end).isZero();
        assertThat(end.roundTripUs()).as("pings are answered: %s", end).isNotNull();
        copies.remove("x");
        try (Image copy = ForeignImage.awaitOpen(copies, "x")) {
            assertThat(Files.getAttribute(file, "unix:ino")).isNotEqualTo(inode);
            Await.until(DEADLINE, "frames in the new copy", () -> copy.cnt0() > 1);
        }
        writer.kill9();
    }

    private static LinkStatus status(ImageDirectory directory) {
        try {
            List<LinkStatus> all = LinkStatuses.read(directory);
            assertThat(all).hasSize(1);
            return all.getFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
