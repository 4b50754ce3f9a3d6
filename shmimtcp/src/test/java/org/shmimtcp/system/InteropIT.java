package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/**
 * A stream moves with C at the other end: in lock step without a loss, then at the source's pace
 * with every loss counted. Beside it a pair of two C programs moves the same stream.
 *
 * <p>{@code -Dfull} takes 20 s a stream instead of half a second, and compares with the C pair.
 */
@ExtendWith(ChildProcesses.class)
class InteropIT {
    private static final boolean FULL = System.getProperty("full") != null;
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int LOCK_STEPS = FULL ? 2000 : 200;
    private static final String NAME = "s";

    /** Semaphore that C transmitters wait on. */
    private static final int C_SEMAPHORE = 6;

    /** A stall of a shared machine hits one pair or the other: 2 % and 100 frames either way. */
    private static final double SLACK = 0.02;

    private static final int SLACK_FRAMES = 100;

    private final ImageDirectory sources;
    private final ImageDirectory copies;
    private final ImageDirectory copiesOfC;

    InteropIT(@ShmDir Path dir) throws IOException {
        sources = new ImageDirectory(Files.createDirectory(dir.resolve("sources")));
        copies = new ImageDirectory(Files.createDirectory(dir.resolve("copies")));
        copiesOfC = new ImageDirectory(Files.createDirectory(dir.resolve("copies-of-c")));
    }

    /** The streams; parameters of {@code shmpeer create}. */
    enum Load {
        MIRROR(1000, "9 50 50"),
        SENSOR(1000, "3 120 120"),
        CAMERA(200, "3 1024 1024"),
        CIRCULAR(1000, "9 64 64 8 circular"),
        KEYWORDS(1000, "9 50 50 kw=100");

        final int hz;
        final String parameters;

        Load(int hz, String parameters) {
            this.hz = hz;
            this.parameters = parameters;
        }

        int frames() {
            return FULL ? (hz == 1000 ? 20_000 : 2000) : hz / 2;
        }
    }

    static List<Arguments> runs() {
        return Arrays.stream(Load.values())
                .flatMap(s -> Stream.of("milk1", "milk2").map(wire -> Arguments.of(s, wire)))
                .toList();
    }

    private Image create(Load load) {
        List<String> command = new ArrayList<>(List.of("create", NAME));
        command.addAll(List.of(load.parameters.split(" ")));
        Peer.run(sources.path(), command.toArray(String[]::new));
        return Image.open(sources, NAME);
    }

    @ParameterizedTest
    @MethodSource("runs")
    void oursTransmitsToC(Load load, String wire) {
        int port = Programs.freePort();
        try (Image source = create(load)) {
            ChildProcess rx = Peer.start(copies.path(), "rx", Integer.toString(port), wire);
            ChildProcess tx =
                    new Programs(sources.path())
                            .transmit(NAME, port, "--wire", wire)
                            .awaitOutput("connected (" + wire + ")", DEADLINE);
            try (Image copy = ForeignImage.awaitOpen(copies, NAME)) {
                Run run = new Run(load, source, copy, tx);
                run.atItsPace(wire.equals("milk1"));
                tx.terminate();
                tx.awaitExit(DEADLINE);
                rx.awaitSuccess(DEADLINE);
                run.report("shmimTCPtransmit -> shmpeer " + wire);

                long written = source.cnt0();
                Map<String, String> sum = Programs.sum(tx);
                assertThat(number(sum, "frames")).as("sent").isEqualTo(copy.cnt0());
                assertThat(copy.cnt0() + number(sum, "skipped")).as("accounted").isEqualTo(written);
                assertThat(run.checker.torn()).as("torn").isZero();
                assertThat(run.checker.foreign()).as("that nobody wrote").isZero();
                assertThat(run.checker.backwards()).as("reordered").isZero();
                assertThat(run.checker.repeated()).as("repeated").isZero();
                run.compareWithC();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("runs")
    void cTransmitsToOurs(Load load, String wire) {
        int port = Programs.freePort();
        try (Image source = create(load)) {
            ChildProcess rx = new Programs(copies.path()).receive(port);
            ChildProcess tx =
                    Peer.start(
                            sources.path(), "tx", NAME, "127.0.0.1", Integer.toString(port), wire);
            try (Image copy = ForeignImage.awaitOpen(copies, NAME)) {
                ForeignImage.awaitWaiter(source, C_SEMAPHORE);
                Run run = new Run(load, source, copy, rx);
                run.atItsPace(false); // two C transmitters would share one semaphore
                tx.terminate();
                tx.awaitExit(DEADLINE);
                rx.awaitOutput("the peer closed the connection", DEADLINE);
                rx.terminate();
                rx.awaitExit(DEADLINE);
                run.report("shmpeer -> shmimTCPreceive " + wire);

                Map<String, String> sum = Programs.sum(rx);
                assertThat(number(sum, "frames")).as("published").isEqualTo(copy.cnt0());
                assertThat(copy.isWriting()).isFalse();
                // C's own: a counter that lags behind its pixels, slices sent late and twice.
                long accounted = copy.cnt0() + number(sum, "skipped");
                assertThat(accounted).as("accounted").isGreaterThanOrEqualTo(source.cnt0());
                if (load != Load.CIRCULAR) {
                    assertThat(run.checker.backwards()).as("reordered").isZero();
                }
            }
        }
    }

    private static long number(Map<String, String> sum, String name) {
        return Long.parseLong(sum.getOrDefault(name, "-1"));
    }

    /** One stream on its way: what is published, and what is seen of it. */
    private final class Run {
        private final Load load;
        private final Image source;
        private final Image copy;
        private final ChildProcess ours;
        private final NumberedFrames.Checker checker;
        private NumberedFrames.@Nullable Checker checkerOfC;

        Run(Load load, Image source, Image copy, ChildProcess ours) {
            this.load = load;
            this.source = source;
            this.copy = copy;
            this.ours = ours;
            lockStep();
            this.checker = new NumberedFrames.Checker(copy);
        }

        /** Each frame waits for the one before: none may be missing, none be changed. */
        private void lockStep() {
            NumberedFrames.lockStep(source, copy, 1, LOCK_STEPS);
            assertThat(copy.cnt0()).isEqualTo(LOCK_STEPS);
            if (load == Load.KEYWORDS) {
                assertThat(copy.keywords().slots()).isEqualTo(100);
            }
        }

        void atItsPace(boolean besideC) {
            try (CPair c = besideC ? new CPair(source) : null;
                    checker) {
                checkerOfC = c == null ? null : c.checker;
                Peer.run(sources.path(), "write", NAME, "" + load.frames(), "" + load.hz);
                Await.until(
                        DEADLINE,
                        "the last frame, at " + checker,
                        () -> {
                            assertThat(ours.isAlive()).as(ours.toString()).isTrue();
                            return checker.newest() >= load.frames();
                        });
            }
            if (load == Load.KEYWORDS) {
                for (int i = 0; i < 100; i++) {
                    assertThat(copy.keywords().getLong(i)).isEqualTo(load.frames() * 100L + i);
                }
            }
        }

        void report(String pair) {
            Map<String, String> sum = Programs.sum(ours);
            System.out.printf(
                    "%s %s: %d in lock step, then %d at %d Hz: %s; skipped=%s of it; C pair: %s%n",
                    load,
                    pair,
                    LOCK_STEPS,
                    load.frames(),
                    load.hz,
                    checker,
                    sum.get("skipped"),
                    checkerOfC);
        }

        void compareWithC() {
            if (FULL && checkerOfC != null) {
                assertThat(checker.lost())
                        .as("lost, where a pair of C programs lost %d", checkerOfC.lost())
                        .isLessThanOrEqualTo(
                                checkerOfC.lost() + SLACK_FRAMES + (long) (SLACK * load.frames()));
            }
        }
    }

    /** Two C programs, moving the same stream at the same time. */
    private final class CPair implements AutoCloseable {
        private final ChildProcess tx;
        private final ChildProcess rx;
        private final Image copy;
        private final NumberedFrames.Checker checker;

        CPair(Image source) {
            int port = Programs.freePort();
            rx = Peer.receive(copiesOfC.path(), port);
            tx = Peer.start(sources.path(), "tx", NAME, "127.0.0.1", Integer.toString(port));
            copy = ForeignImage.awaitOpen(copiesOfC, NAME);
            ForeignImage.awaitWaiter(source, C_SEMAPHORE);
            checker = new NumberedFrames.Checker(copy);
        }

        @Override
        public void close() {
            tx.close();
            rx.close();
            checker.close();
            copy.close();
        }
    }
}
