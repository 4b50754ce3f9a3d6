package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.FaultProxy;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.NetLab;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.ShmDir;

/** The cable pulled, a process stopped, a process killed: noticed soon, right again soon. */
@ExtendWith(ChildProcesses.class)
class OutageIT {
    private static final UnaryOperator<List<String>> HERE = UnaryOperator.identity();
    private static final Duration OUTAGE = Duration.ofSeconds(Full.or(10, 5));
    private static final Duration NOTICED = Duration.ofSeconds(5);
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final double BACK_S = 2.0;
    private static final double RESTARTED_S = 1.0;

    private final Path sources;
    private final Path copies;

    OutageIT(@ShmDir Path source, @ShmDir Path copy) {
        sources = source;
        copies = copy;
    }

    private void startSource() {
        Peer.run(sources, "create", "x", "9", "50", "50");
        ChildProcess writer = Peer.start(sources, "write", "x", "100000000", "500");
        assertThat(writer.isAlive()).isTrue();
    }

    private CopyWatch watch() {
        CopyWatch watch = new CopyWatch(new ImageDirectory(copies), "x", false);
        Await.until(Programs.START, "frames", () -> watch.frames() > 100);
        return watch;
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static int count(ChildProcess program, String text) {
        return program.errors().split(text, -1).length - 1;
    }

    private static void report(String what, double... seconds) {
        System.out.printf("FIGURE %s: ", what);
        for (double s : seconds) {
            System.out.printf(" %.2f s", s);
        }
        System.out.println();
    }

    @Test
    void thePulledCable() {
        try (NetLab lab = NetLab.open()) {
            ChildProcess receiver = Programs.receiver(lab::onReceiver, copies, 8886);
            receiver.awaitOutput("listening", Programs.START);
            startSource();
            ChildProcess transmitter =
                    Programs.transmitter(lab::onSender, sources, "x", NetLab.RECEIVER_IP, 8886);
            try (CopyWatch watch = watch()) {
                for (int i = 0; i < Full.or(3, 1); i++) {
                    int before = i;
                    long pulledNs = System.nanoTime();
                    lab.pull();
                    Await.until(NOTICED, "", () -> count(receiver, "ended after") == before + 1);
                    double there = (System.nanoTime() - pulledNs) / 1e9;
                    Await.until(NOTICED, "", () -> count(transmitter, ": lost") == before + 1);
                    double here = (System.nanoTime() - pulledNs) / 1e9;
                    sleep(OUTAGE.minusNanos(System.nanoTime() - pulledNs));
                    lab.plug();
                    double back = watch.secondsToNextFrame(SOON);
                    report("cable pulled, noticed there, here, frames again", there, here, back);
                    assertThat(Math.max(here, there)).isLessThan(NOTICED.toMillis() / 1e3);
                    assertThat(back).isLessThan(BACK_S);
                }
                assertThat(watch.isFaultless()).as("%s", watch).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"receiver", "transmitter"})
    void aStoppedProcess(String which) {
        ChildProcess receiver = Programs.receiver(HERE, copies, 0x5afe);
        receiver.awaitOutput("listening", Programs.START);
        startSource();
        ChildProcess transmitter = Programs.transmitter(HERE, sources, "x", "127.0.0.1", 0x5afe);
        boolean there = which.equals("receiver");
        ChildProcess stopped = there ? receiver : transmitter;
        try (CopyWatch watch = watch()) {
            long stoppedNs = System.nanoTime();
            stopped.signal("STOP");
            (there ? transmitter : receiver).awaitOutput(there ? ": lost" : "ended after", NOTICED);
            double noticed = (System.nanoTime() - stoppedNs) / 1e9;
            sleep(OUTAGE.minusNanos(System.nanoTime() - stoppedNs));
            stopped.signal("CONT");
            double back = watch.secondsToNextFrame(SOON);
            report(which + " stopped, noticed, frames again", noticed, back);
            assertThat(back).isLessThan(BACK_S);
            assertThat(watch.isFaultless()).as("%s", watch).isTrue();
            assertThat(transmitter.errors()).doesNotContain("milk1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"receiver", "transmitter"})
    void aKilledProcess(String which) {
        int port = which.equals("receiver") ? 0x5aff : 0x5b00;
        ChildProcess receiver = Programs.receiver(HERE, copies, port);
        receiver.awaitOutput("listening", Programs.START);
        startSource();
        ChildProcess transmitter = Programs.transmitter(HERE, sources, "x", "127.0.0.1", port);
        try (CopyWatch watch = watch()) {
            double[] seconds = new double[Full.or(20, 2)];
            for (int i = 0; i < seconds.length; i++) {
                (which.equals("receiver") ? receiver : transmitter).kill9();
                if (which.equals("receiver")) {
                    receiver = Programs.receiver(HERE, copies, port);
                } else {
                    transmitter = Programs.transmitter(HERE, sources, "x", "127.0.0.1", port);
                }
                seconds[i] = watch.secondsToNextFrame(SOON);
                sleep(Duration.ofMillis(300));
            }
            report(which + " killed, frames again after its restart", seconds);
            java.util.Arrays.sort(seconds);
            assertThat(seconds[seconds.length / 2]).isLessThan(RESTARTED_S);
            // A cold start of the JVM on a loaded machine is not the protocol's.
            assertThat(seconds[seconds.length - 1]).isLessThan(RESTARTED_S + BACK_S);
            assertThat(watch.isFaultless()).as("%s", watch).isTrue();
        }
    }

    /** Stopped before it has answered at all, a receiver of ours is taken for a C program first. */
    @Test
    void aReceiverStoppedDuringTheHandshake() {
        ChildProcess receiver = Programs.receiver(HERE, copies, 0x5b01);
        receiver.awaitOutput("listening", Programs.START);
        startSource();
        receiver.signal("STOP");
        ChildProcess transmitter = Programs.transmitter(HERE, sources, "x", "127.0.0.1", 0x5b01);
        transmitter.awaitOutput("connected (milk1)", Programs.START);
        receiver.signal("CONT");
        try (CopyWatch watch = watch()) {
            transmitter.awaitOutput("connected (native)", SOON);
            assertThat(watch.isFaultless()).as("%s", watch).isTrue();
        }
    }

    /** The other transmitter's machine is gone without a word: its place is free. */
    @Test
    void aDeadPredecessor() {
        ChildProcess receiver = Programs.receiver(HERE, copies, 0x5b02);
        receiver.awaitOutput("listening", Programs.START);
        startSource();
        try (FaultProxy proxy = new FaultProxy(0x5b02, 1, 20_000)) {
            ChildProcess dead = Programs.transmitter(HERE, sources, "x", "127.0.0.1", proxy.port());
            try (CopyWatch watch = watch()) {
                ChildProcess heir = Programs.transmitter(HERE, sources, "x", "127.0.0.1", 0x5b02);
                heir.awaitOutput("in use by 127.0.0.1:", SOON);
                assertThat(heir.errors()).contains("with stream 'x'");
                proxy.inject(FaultProxy.Fault.STALL);
                long startNs = System.nanoTime();
                heir.awaitOutput("connected (native)", SOON);
                double took = (System.nanoTime() - startNs) / 1e9;
                report("predecessor's network dead, its place taken", took);
                assertThat(took).isLessThan(5);
                assertThat(dead.isAlive()).isTrue();
                assertThat(watch.secondsToNextFrame(SOON)).isLessThan(1);
            }
        }
    }
}
