package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/** A link is told to begin anew while frames flow: no torn, old or second frame comes of it. */
@ExtendWith(ChildProcesses.class)
class RestartIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int TIMES = Full.or(20, 2);
    private static final double RATE_HZ = 500;

    private final Path sources;
    private final Path copies;

    RestartIT(@ShmDir Path source, @ShmDir Path copy) {
        sources = source;
        copies = copy;
    }

    private static ChildProcess restart(Path directory, String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "restart";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return new Programs(directory).start("shmim", all);
    }

    private static List<LinkStatus> links(Path directory) {
        try {
            return LinkStatuses.read(new ImageDirectory(directory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitConnected(Path directory, int reconnections) {
        Await.until(
                SOON,
                reconnections + " reconnections, at " + links(directory),
                () ->
                        links(directory).stream()
                                .anyMatch(l -> l.works() && l.reconnections() == reconnections));
    }

    @Test
    void noFrameOfBeforeComesAfter() {
        ProcessPair pair = ProcessPair.of(ProcessPair.Kind.OURS, sources, copies);
        pair.receiver("-p", "0");
        Peer.run(sources, "create", "x", "9", "50", "50");
        pair.writer(RATE_HZ);
        ChildProcess transmitter = pair.transmitter();
        try (CopyWatch watch = new CopyWatch(new ImageDirectory(copies), "x", false)) {
            Await.until(ProcessPair.START, "frames", () -> watch.frames() > 100);
            awaitConnected(sources, 0);
            awaitConnected(copies, 0);
            double longestS = 0;
            for (int i = 1; i <= TIMES; i++) {
                for (Path end : List.of(sources, copies)) {
                    assertThat(restart(end, "x").awaitSuccess(SOON))
                            .isEqualTo(
                                    end.equals(sources)
                                            ? "x tx: restarted\n"
                                            : "x rx: restarted\n");
                    longestS = Math.max(longestS, watch.secondsToNextFrame(SOON));
                    awaitConnected(sources, end.equals(sources) ? 2 * i - 1 : 2 * i);
                }
            }
            assertThat(watch.isFaultless()).as("%s", watch).isTrue();
            assertThat(watch.images()).as("copies, one after the other").isEqualTo(1);
            assertThat(watch.oldestS())
                    .as("seconds, age of the oldest frame")
                    .isLessThan(0.5 * Full.slack());
            Figure.print(
                    "%d restarts of either end at %.0f Hz: frames again after %.2f s at most",
                    2 * TIMES, RATE_HZ, longestS);
        }
        awaitConnected(copies, 2 * TIMES);
        assertThat(transmitter.errors())
                .contains(
                        "lost (restarted on request)",
                        "refused: it was restarted there on request");
    }

    @Test
    void whatCannotBeRestartedIsSaid() {
        ChildProcess nothing = restart(copies, "x");
        assertThat(nothing.awaitExit(SOON)).isEqualTo(1);
        assertThat(nothing.errors())
                .isEqualTo("shmim restart: no link of 'x' runs here; there is no link at all\n");
        int port = Programs.freePort();
        ChildProcess receiver = new Programs(copies).receive(port, "-p", "0");
        Await.until(SOON, "its state", () -> !links(copies).isEmpty());
        String name = "port " + port;
        ChildProcess wrong = restart(copies, "--end", "tx", name);
        assertThat(wrong.awaitExit(SOON)).isEqualTo(1);
        assertThat(wrong.errors())
                .isEqualTo(
                        "shmim restart: no transmitter of '%s' runs here (links: %s rx)\n"
                                .formatted(name, name));
        assertThat(restart(copies, name).awaitSuccess(SOON)).isEqualTo(name + " rx: restarted\n");
        receiver.signal("STOP");
        ChildProcess stopped = restart(copies, name);
        assertThat(stopped.awaitExit(SOON)).isEqualTo(1);
        assertThat(stopped.errors()).contains("does not respond: it is stopped (kill -CONT ");
        receiver.signal("CONT");
    }
}
