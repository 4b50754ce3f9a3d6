package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.ShmDir;

/**
 * Sources whose writers post before they count, or never raise {@code write}: pyMilk, many commands
 * of milk. Judged by what comes of ImageStreamIO's own order through the same link.
 */
@Alone
@ExtendWith(ChildProcesses.class)
class WriterOrdersIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int FAST_FRAMES = 400;
    private static final int SINGLE_FRAMES = 10;

    /** Of which one must be good: other processes may have the CPUs in the others. */
    private static final int ROUNDS = 6;

    /** Without them it is half, or a sixth; a busy machine loses some of either. */
    private static final double LEAST_SHARE = 0.8;

    /** Single frames that wait for the next post, or a tick, take 100 ms. */
    private static final double MOST_ADDED_US = 40_000;

    private final Path sources;
    private final Path copies;

    WriterOrdersIT(@ShmDir Path sources, @ShmDir Path copies) {
        this.sources = sources;
        this.copies = copies;
    }

    /** What came of the frames written: through the link, to a reader here; and single ones. */
    private record Result(long sent, long read, double singleUs) {
        boolean isAsGoodAs(Result reference) {
            return sent > LEAST_SHARE * reference.sent
                    && read > LEAST_SHARE * reference.read
                    && singleUs < 2 * reference.singleUs + MOST_ADDED_US;
        }
    }

    @Test
    void everyOrderIsFollowedAsWellAsImageStreamIOs() {
        Peer.run(sources, "create", "x", "9", "20", "20");
        ProcessPair pair = ProcessPair.of(ProcessPair.Kind.OURS, sources, copies);
        try (ChildProcess receiver = pair.receiver();
                ChildProcess transmitter = pair.transmitter();
                Image source = ForeignImage.awaitOpen(new ImageDirectory(sources), "x")) {
            Peer.run(sources, "write", "x", "1", "0");
            try (Image copy = ForeignImage.awaitOpen(new ImageDirectory(copies), "x")) {
                Peer.run(
                        sources, "write", "x", "1500",
                        "1000"); // the compilers have done their work
                for (String order : new String[] {"pymilk", "post", "unraised"}) {
                    String report = "";
                    boolean good = false;
                    for (int round = 0; round < ROUNDS && !good; round++) {
                        Result reference = follow(source, copy, "count");
                        Result result = follow(source, copy, order);
                        good = result.isAsGoodAs(reference);
                        report += "%s, ImageStreamIO's %s; ".formatted(result, reference);
                    }
                    Figure.print("%s: %s", order, report);
                    assertThat(good).as("%s: %s %s", order, report, transmitter.report()).isTrue();
                }
            }
            assertThat(receiver.isAlive()).isTrue();
        }
    }

    private Result follow(Image source, Image copy, String order) {
        long before = copy.cnt0();
        var reader = new NumberedFrames.Checker(source);
        try (reader) {
            write(FAST_FRAMES, 500, order);
        }
        awaitQuiet(copy);
        long sent = copy.cnt0() - before;
        ChildProcess sink = Peer.start(copies, "read", "x", "" + SINGLE_FRAMES, "8", "2");
        ForeignImage.awaitWaiter(copy, 8);
        write(SINGLE_FRAMES, 10, order);
        Map<String, String> single = Peer.fields(sink.awaitSuccess(DEADLINE));
        String p50 = single.getOrDefault("p50", "");
        return new Result(
                sent, reader.frames(), Double.parseDouble(p50.substring(0, p50.length() - 2)));
    }

    private void write(int frames, int rateHz, String order) {
        Peer.run(sources, "write", "x", "" + frames, "" + rateHz, "order=" + order, "gap=20");
    }

    /** The last frame is there, or was skipped. */
    private static void awaitQuiet(Image copy) {
        long[] last = {-1};
        Await.until(
                DEADLINE,
                "the last frame",
                () -> {
                    long before = last[0];
                    last[0] = copy.cnt0();
                    Await.time(Duration.ofMillis(200));
                    return before == last[0];
                });
    }
}
