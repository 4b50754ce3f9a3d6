package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.FaultProxy;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.NetLab;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/** The cable pulled, a process stopped, a process killed: noticed soon, right again soon. */
@ExtendWith(ChildProcesses.class)
class OutageIT {
    private static final Duration OUTAGE = Duration.ofSeconds(Full.or(10, 5));
    private static final Duration NOTICED = Duration.ofSeconds(5);
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final double BACK_S = 2.0;
    private static final double RESTARTED_S = 1.0;
    private static final double RATE_HZ = 500;
    private static final Pattern ENDED = Pattern.compile("ended after (\\d+) frames");

    /** A window of 64 KiB, 16 KiB on the way, and what came while we looked. */
    private static final int MOST_QUEUED = 8 + 2 + 50;

    private final Path sources;
    private final Path copies;

    OutageIT(@ShmDir Path source, @ShmDir Path copy) {
        sources = source;
        copies = copy;
    }

    private void startSource(ProcessPair pair) {
        Peer.run(sources, "create", "x", "9", "50", "50");
        assertThat(pair.writer(RATE_HZ).isAlive()).isTrue();
    }

    private CopyWatch watch() {
        CopyWatch watch = new CopyWatch(new ImageDirectory(copies), "x", false);
        Await.until(ProcessPair.START, "frames", () -> watch.frames() > 100);
        return watch;
    }

    private static int count(ChildProcess program, String text) {
        return program.errors().split(text, -1).length - 1;
    }

    private long cnt0() {
        try (Image copy = Image.open(new ImageDirectory(copies), "x")) {
            return copy.cnt0();
        }
    }

    /** Frames that came over the first connection. */
    private static long framesOfTheFirst(ChildProcess receiver) {
        return ENDED.matcher(receiver.errors())
                .results()
                .mapToLong(line -> Long.parseLong(line.group(1)))
                .findFirst()
                .orElseThrow();
    }

    private static double secondsSince(long startNs) {
        return (System.nanoTime() - startNs) / 1e9;
    }

    /** Who had the copy open before has it open still, and saw nothing wrong in it. */
    private static void assertRight(CopyWatch watch) {
        assertThat(watch.isFaultless()).as("%s", watch).isTrue();
        assertThat(watch.images()).as("copies, one after the other").isEqualTo(1);
    }

    /** Over a link-local address of IPv6, to that address alone and to all of that interface. */
    @Test
    void linkLocalAddresses() {
        ImageSpec spec = ImageSpec.of("linklocal", DataType.FLOAT, Shape.of(4, 3));
        try (NetLab lab = NetLab.open();
                Image source = Image.create(new ImageDirectory(sources), spec)) {
            Programs there = new Programs(copies).behind(lab.onReceiver());
            Programs here = new Programs(sources).behind(lab.onSender());
            int port = Programs.freePort();
            ChildProcess bound = there.receive(port, "--bind", NetLab.RECEIVER_LINK_LOCAL);
            ChildProcess transmitter =
                    here.transmitTo(NetLab.RECEIVER_LINK_LOCAL, "linklocal", port);
            assertArrives(source, transmitter);
            bound.close();
            there.receive(port, "--allow", "fe80::%cable/64");
            assertArrives(source, transmitter);
        }
    }

    private void assertArrives(Image source, ChildProcess transmitter) {
        try (Image copy = ForeignImage.awaitOpen(new ImageDirectory(copies), "linklocal")) {
            FrameWriter writer = source.newWriter();
            MemorySegment frame = MemorySegment.ofArray(new float[12]);
            long before = copy.cnt0();
            Await.until(
                    Duration.ofSeconds(30),
                    "frames; " + transmitter.report(),
                    () -> {
                        writer.publish(0, frame);
                        return copy.cnt0() > before + 3;
                    });
        }
    }

    @ParameterizedTest
    @EnumSource
    void thePulledCable(ProcessPair.Kind kind) {
        try (NetLab lab = NetLab.open()) {
            ProcessPair pair = ProcessPair.of(kind, sources, copies, lab);
            ChildProcess receiver = pair.receiver();
            startSource(pair);
            ChildProcess transmitter = pair.transmitter();
            try (CopyWatch watch = watch()) {
                for (int i = 1; i <= Full.or(3, 1); i++) {
                    int ended = count(receiver, "ended after");
                    int lost = count(transmitter, ": connection lost");
                    long stale = watch.stale();
                    long pulledNs = System.nanoTime();
                    lab.pull();
                    String noticed = "by nobody";
                    if (kind.isOurs()) {
                        Await.until(
                                NOTICED.multipliedBy(4),
                                "the receiver to notice",
                                () -> count(receiver, "ended after") > ended);
                        double there = secondsSince(pulledNs);
                        Await.until(
                                NOTICED.multipliedBy(4),
                                "the transmitter to notice",
                                () -> count(transmitter, ": connection lost") > lost);
                        double here = secondsSince(pulledNs);
                        noticed = "%.2f s there, %.2f s here".formatted(there, here);
                        assertThat(Math.max(here, there))
                                .isLessThan(Full.slack() * NOTICED.toMillis() / 1e3);
                    }
                    Await.time(OUTAGE.minusNanos(System.nanoTime() - pulledNs));
                    lab.plug();
                    double back = watch.secondsToNextFrame(Duration.ofSeconds(60));
                    long some = watch.frames() + (long) RATE_HZ / 2;
                    Await.until(
                            Duration.ofMinutes(1),
                            "half a second's frames",
                            () -> watch.frames() > some);
                    Figure.print(
                            "%s: cable pulled for %d s: noticed %s; frames %.2f s after it is back,"
                                    + " %d of them more than 0.1 s old, the oldest %.2f s",
                            pair.label(),
                            OUTAGE.toSeconds(),
                            noticed,
                            back,
                            watch.stale() - stale,
                            watch.oldestS());
                    if (kind.isOurs()) {
                        assertThat(back).isLessThan(Full.slack() * BACK_S);
                    }
                }
                assertRight(watch);
            }
        }
    }

    /**
     * One end is a C program, which says nothing of itself: its machine vanishes while frames come
     * fast, or so seldom that they would wait in the kernel for minutes.
     */
    @ParameterizedTest
    @CsvSource({"receiver, 500", "receiver, 2", "transmitter, 500"})
    void theMachineOfACProgramVanishes(String which, double rateHz) {
        try (NetLab lab = NetLab.open()) {
            boolean there = which.equals("receiver");
            ProcessPair ours = ProcessPair.of(ProcessPair.Kind.OURS, sources, copies, lab);
            Peer.run(sources, "create", "x", "9", "50", "50");
            ChildProcess receiver = there ? ours.cReceiver() : ours.receiver();
            assertThat(ours.writer(rateHz).isAlive()).isTrue();
            ChildProcess transmitter = there ? ours.transmitter() : ours.cTransmitter();
            try (CopyWatch watch = new CopyWatch(new ImageDirectory(copies), "x", false)) {
                Await.until(ProcessPair.START, "frames", () -> watch.frames() > 2);
                long pulledNs = System.nanoTime();
                lab.pull();
                (there ? transmitter : receiver)
                        .awaitOutput(
                                there ? ": connection lost" : "ended after",
                                NOTICED.multipliedBy(4));
                double seconds = secondsSince(pulledNs);
                Figure.print(
                        "C peer as %s, %.0f Hz: its machine vanished: noticed after %.2f s",
                        which, rateHz, seconds);
                assertThat(seconds).isLessThan(Full.slack() * NOTICED.toMillis() / 1e3);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"OURS, receiver", "OURS, transmitter", "C, receiver", "C, transmitter"})
    void aStoppedProcess(ProcessPair.Kind kind, String which) {
        ProcessPair pair = ProcessPair.of(kind, sources, copies);
        ChildProcess receiver = pair.receiver();
        startSource(pair);
        ChildProcess transmitter = pair.transmitter();
        boolean there = which.equals("receiver");
        ChildProcess stopped = there ? receiver : transmitter;
        try (CopyWatch watch = watch()) {
            long stale = watch.stale();
            long stoppedNs = System.nanoTime();
            stopped.signal("STOP");
            long framesBefore = cnt0();
            String noticed = "by nobody";
            if (kind.isOurs()) {
                (there ? transmitter : receiver)
                        .awaitOutput(
                                there ? ": connection lost" : "ended after",
                                NOTICED.multipliedBy(4));
                double seconds = secondsSince(stoppedNs);
                assertThat(seconds).isLessThan(Full.slack() * NOTICED.toSeconds());
                noticed = "after %.2f s".formatted(seconds);
            }
            Await.time(OUTAGE.minusNanos(System.nanoTime() - stoppedNs));
            stopped.signal("CONT");
            double back = watch.secondsToNextFrame(SOON);
            long some = watch.frames() + (long) RATE_HZ / 2;
            Await.until(SOON, "", () -> watch.frames() > some);
            Figure.print(
                    "%s: %s stopped for %d s: noticed %s; frames %.2f s after it goes on, %d of"
                            + " them more than 0.1 s old, the oldest %.2f s",
                    pair.label(),
                    which,
                    OUTAGE.toSeconds(),
                    noticed,
                    back,
                    watch.stale() - stale,
                    watch.oldestS());
            if (kind.isOurs()) {
                assertThat(back).isLessThan(Full.slack() * BACK_S);
                assertThat(transmitter.errors()).doesNotContain("milk1");
                assertThat(watch.oldestS())
                        .as("age of the oldest frame, s")
                        .isLessThan(Full.slack() * BACK_S);
                assertThat(framesOfTheFirst(receiver) - framesBefore)
                        .as("frames that waited in the kernel")
                        .isLessThan(MOST_QUEUED);
            }
            assertRight(watch);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"receiver", "transmitter"})
    void aKilledProcess(String which) {
        ProcessPair pair = ProcessPair.of(ProcessPair.Kind.OURS, sources, copies);
        ChildProcess receiver = pair.receiver();
        startSource(pair);
        ChildProcess transmitter = pair.transmitter();
        try (CopyWatch watch = watch()) {
            double[] seconds = new double[Full.or(20, 3)];
            double[] starting = new double[seconds.length];
            for (int i = 0; i < seconds.length; i++) {
                (which.equals("receiver") ? receiver : transmitter).kill9();
                long startNs = System.nanoTime();
                if (which.equals("receiver")) {
                    receiver = pair.receiver();
                } else {
                    transmitter = pair.transmitter();
                }
                starting[i] = secondsSince(startNs);
                long before = watch.frames();
                Await.until(SOON, "a frame; " + watch, () -> watch.frames() > before);
                seconds[i] = secondsSince(startNs);
                Await.until(SOON, "a flow", () -> watch.frames() > before + RATE_HZ / 4);
            }
            Figure.print(
                    "ours: %s killed %d times: frames again after its restart, JVM's start"
                            + " included, in s: %s",
                    which,
                    seconds.length,
                    Arrays.stream(seconds)
                            .mapToObj(s -> String.format(Locale.ROOT, "%.2f", s))
                            .collect(Collectors.joining(" ")));
            // How long a JVM takes to start on a loaded machine is not the protocol's.
            double[] ownSeconds =
                    IntStream.range(0, seconds.length)
                            .mapToDouble(i -> seconds[i] - starting[i])
                            .sorted()
                            .toArray();
            assertThat(ownSeconds[ownSeconds.length / 2]).isLessThan(Full.slack() * RESTARTED_S);
            assertThat(ownSeconds[ownSeconds.length - 1])
                    .isLessThan(Full.slack() * (RESTARTED_S + BACK_S));
            assertRight(watch);
        }
    }

    /** The C programs end with each other: somebody has to start the survivor's end as well. */
    @ParameterizedTest
    @ValueSource(strings = {"receiver", "transmitter"})
    void aKilledCProcess(String which) {
        ProcessPair pair = ProcessPair.of(ProcessPair.Kind.C, sources, copies);
        ChildProcess receiver = pair.receiver();
        startSource(pair);
        ChildProcess transmitter = pair.transmitter();
        boolean there = which.equals("receiver");
        try (CopyWatch watch = watch()) {
            (there ? receiver : transmitter).kill9();
            int code = (there ? transmitter : receiver).awaitExit(SOON);
            Figure.print(
                    "C peer: %s killed: the other one ends too (exit %d), no frame comes again",
                    which, code);
            assertThat(watch.frames()).isPositive();
        }
    }

    @Test
    void theCProgramsStayWithASourceThatIsGone() {
        ProcessPair pair = ProcessPair.of(ProcessPair.Kind.C, sources, copies);
        ChildProcess receiver = pair.receiver();
        startSource(pair);
        ChildProcess transmitter = pair.transmitter();
        try (CopyWatch watch = watch()) {
            Peer.run(sources, "create", "x", "9", "50", "50");
            pair.writer(RATE_HZ);
            long newNs = System.nanoTime();
            long before = watch.frames();
            Await.time(Duration.ofSeconds(10));
            Figure.print(
                    "C peer: source re-created: %d frames of the new one in %.0f s, both still"
                            + " running: %s",
                    watch.lastNumber() < before ? watch.frames() - before : 0,
                    secondsSince(newNs),
                    receiver.isAlive() && transmitter.isAlive());
        }
    }

    /** Stopped before it has answered at all, a receiver of ours is taken for a C program first. */
    @Test
    void aReceiverStoppedDuringTheHandshake() {
        ProcessPair pair = ProcessPair.of(ProcessPair.Kind.OURS, sources, copies);
        ChildProcess receiver = pair.receiver();
        startSource(pair);
        receiver.signal("STOP");
        ChildProcess transmitter = pair.transmitter();
        transmitter.awaitOutput("connected (milk1)", ProcessPair.START);
        receiver.signal("CONT");
        try (CopyWatch watch = watch()) {
            transmitter.awaitOutput("connected (native)", SOON);
            assertThat(watch.isFaultless()).as("%s", watch).isTrue();
        }
    }

    /** The machine's address is looked up at each try, not remembered. */
    @Test
    void aHostThatComesBackUnderAnotherAddress(@ShmDir Path path) throws IOException {
        Path hosts = path.resolve("hosts");
        Files.writeString(hosts, "127.0.0.1 rtc\n");
        ProcessPair pair = ProcessPair.of(ProcessPair.Kind.OURS, sources, copies);
        ChildProcess receiver = pair.receiver("--bind", "127.0.0.1");
        startSource(pair);
        var options = Map.of("SHMIMTCP_JAVA_OPTS", "-Djdk.net.hosts.file=" + hosts);
        ChildProcess transmitter =
                new Programs(sources, options).transmitTo("rtc", "x", pair.port());
        try (CopyWatch watch = watch()) {
            receiver.kill9();
            Files.writeString(hosts, "127.0.0.2 rtc\n");
            assertThat(pair.receiver("--bind", "127.0.0.2").isAlive()).isTrue();
            watch.secondsToNextFrame(SOON);
            assertThat(transmitter.isAlive()).isTrue();
        }
    }

    /** The other transmitter's machine is gone without a word: its place is free. */
    @Test
    void aDeadPredecessor() {
        ProcessPair pair = ProcessPair.of(ProcessPair.Kind.OURS, sources, copies);
        assertThat(pair.receiver().isAlive()).isTrue();
        startSource(pair);
        try (FaultProxy proxy = new FaultProxy(pair.port(), 1, 20_000)) {
            ChildProcess dead = pair.transmitter("127.0.0.1", proxy.port());
            try (CopyWatch watch = watch()) {
                ChildProcess heir = pair.transmitter();
                heir.awaitOutput("in use by 127.0.0.1:", SOON);
                assertThat(heir.errors()).contains("with stream 'x'");
                proxy.inject(FaultProxy.Fault.STALL);
                long startNs = System.nanoTime();
                heir.awaitOutput("connected (native)", SOON);
                double took = secondsSince(startNs);
                Figure.print("ours: predecessor's network dead: its place taken in %.2f s", took);
                assertThat(took).isLessThan(Full.slack() * 5);
                assertThat(dead.isAlive()).isTrue();
                assertThat(watch.secondsToNextFrame(SOON)).isLessThan(Full.slack() * 1);
            }
        }
    }
}
