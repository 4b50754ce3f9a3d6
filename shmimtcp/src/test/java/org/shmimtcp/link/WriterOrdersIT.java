package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/**
 * Sources whose writers post before they count, or never raise {@code write}: pyMilk, many commands
 * of milk. Judged by what comes of ImageStreamIO's own order through the same link.
 */
@Alone
@ExtendWith(ChildProcesses.class)
class WriterOrdersIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int SINGLE_FRAMES = 10;
    private static final int CTRL_C = 130;
    private static final List<String> ORDERS = List.of("pymilk", "post", "unraised");

    /** Frames a second. */
    private static final List<Integer> RATES =
            Full.isOn() ? List.of(100, 500, 2000, 3600) : List.of(500);

    private static final double SECONDS = Full.or(30, 8) / 10.0;

    /** Of which one must be good: other processes may have the CPUs in the others. */
    private static final int ROUNDS = 6;

    /**
     * Without the frames that are counted late it is half, or a sixth; a busy machine loses some of
     * either.
     */
    private static final double LEAST_SHARE = Full.or(95, 80) / 100.0;

    /** Single frames that wait for the next post, or a tick, take 100 ms. */
    private static final double MOST_ADDED_US = Full.or(100, 40_000);

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

    /** With further options, and all rates, in full. */
    @ParameterizedTest
    @ValueSource(strings = {"-p 80", "-p 0", "--wait block", "--wait spin", "--every"})
    void everyOrderIsFollowedAsWellAsImageStreamIOs(String options) {
        assumeTrue(options.equals("-p 80") || Full.isOn(), "in full");
        Peer.run(sources, "create", "x", "9", "20", "20");
        int port = Programs.freePort();
        ChildProcess receiver = new Programs(copies).receive(port);
        ChildProcess transmitter =
                new Programs(sources).transmit("x", port, options.split(" ", -1));
        try (Image source = ForeignImage.awaitOpen(new ImageDirectory(sources), "x")) {
            Peer.run(sources, "write", "x", "1", "0");
            try (Image copy = ForeignImage.awaitOpen(new ImageDirectory(copies), "x")) {
                Peer.run(
                        sources, "write", "x", "1500",
                        "1000"); // the compilers have done their work
                List<String> failures = new ArrayList<>();
                for (int rate : RATES) {
                    for (String order : ORDERS) {
                        String report = "";
                        boolean good = false;
                        for (int round = 0; round < ROUNDS && !good; round++) {
                            Result reference = follow(source, copy, "count", rate);
                            Result result = follow(source, copy, order, rate);
                            good = result.isAsGoodAs(reference);
                            report += "%s, ImageStreamIO's %s; ".formatted(result, reference);
                        }
                        String what = "%s, %s at %d Hz: %s".formatted(options, order, rate, report);
                        Figure.print("%s", what);
                        if (!good) {
                            failures.add(what);
                        }
                    }
                }
                assertThat(failures).as(transmitter.report()).isEmpty();
            }
            assertThat(receiver.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"record, pymilk", "record, post", "record, unraised", "save, pymilk", "save, post"})
    void aFileHasTheFramesOfEveryOrder(String command, String order) throws IOException {
        assumeTrue(!command.equals("save") || order.equals("post") || Full.isOn(), "in full");
        Peer.run(sources, "create", "x", "9", "20", "20");
        String report = "";
        boolean good = false;
        for (int round = 0; round < ROUNDS && !good; round++) {
            long reference = recorded(command, "count");
            long result = recorded(command, order);
            good = result > LEAST_SHARE * reference;
            report += "%d, ImageStreamIO's %d; ".formatted(result, reference);
        }
        Figure.print("shmim %s, %s: %s", command, order, report);
        assertThat(good).as(report).isTrue();
    }

    /** Returns the number of frames of one writer in the file that a command makes. */
    private long recorded(String command, String order) throws IOException {
        Path file = Files.createTempFile(sources, "x", ".fits");
        Files.delete(file);
        List<String> words = new ArrayList<>(List.of(command, "x", file.toString()));
        if (command.equals("save")) {
            words.addAll(List.of("--frames", "1000000"));
        }
        ChildProcess recorder = new Programs(sources).start("shmim", words.toArray(String[]::new));
        Path times = Path.of(file + ".times");
        Await.until(DEADLINE, "a recording: " + recorder, () -> Files.exists(times));
        write((int) (SECONDS * 500), 500, order);
        recorder.signal("INT");
        assertThat(recorder.awaitExit(DEADLINE)).as("%s", recorder).isEqualTo(CTRL_C);
        String header = new String(Files.readAllBytes(file), 0, 2880, StandardCharsets.ISO_8859_1);
        Matcher frames = Pattern.compile("NAXIS3  = +(\\d+)").matcher(header);
        assertThat(frames.find()).as(header).isTrue();
        return Long.parseLong(frames.group(1));
    }

    private Result follow(Image source, Image copy, String order, int rate) {
        long before = copy.cnt0();
        var reader = new NumberedFrames.Checker(source);
        try (reader) {
            write((int) (SECONDS * rate), rate, order);
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
