package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.NetLab;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/**
 * What several receivers of one stream cost: the first one in age, the sending machine in CPU time.
 */
@Alone
@ExtendWith(ChildProcesses.class)
class SeveralReceiversIT {
    private static final Duration START = Duration.ofSeconds(60);
    private static final int SLOW_MEGABIT = 10;
    private static final int QUEUE_MS = 200;
    private static final int RATE_HZ = 1000;

    private static final int WINDOW_FRAMES = 2 * RATE_HZ;

    private static final int WINDOWS = Full.or(9, 1);

    private final int port = Programs.freePort();
    private final Path dir;

    SeveralReceiversIT(@ShmDir Path dir) {
        this.dir = dir;
    }

    private Path streams(int host) {
        try {
            return Files.createDirectories(dir.resolve("h" + host));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a program on a host; the address is that of host 1 as this one sees it. */
    private ChildProcess start(
            List<String> behind, String address, int host, String program, String... arguments) {
        Path config = dir.resolve("site-" + host + ".toml");
        StringBuilder text = new StringBuilder("replace = true\n");
        for (int n = 1; n <= 9; n++) {
            text.append(
                    """
                    [hosts.H%d]
                    address = "%s"
                    ssh = "h"
                    """
                            .formatted(n, n == 1 ? address : "127.0.1." + n));
        }
        try {
            Files.writeString(config, text + "[offer]\nport = " + port + "\nstreams = [\"x\"]\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var environment = Map.of("MAGAOX_ROLE", "H" + host, "SHMIMTCP_CONFIG", config.toString());
        return new Programs(streams(host), environment).behind(behind).start(program, arguments);
    }

    private ChildProcess want(List<String> behind, String address, int host) {
        ChildProcess want =
                start(behind, address, host, "shmim", "want", "--foreground", "--keep", "H1:x");
        Await.until(START, "a copy", () -> streams(host).resolve("x.im.shm").toFile().exists());
        return want;
    }

    private ChildProcess write() {
        return peer(1, "write", "x", "100000000000", Integer.toString(RATE_HZ));
    }

    /** Starts a C program at real-time priority, like a camera or a mirror. */
    private ChildProcess peer(int host, String... arguments) {
        List<String> all = new ArrayList<>(List.of("-f", "80"));
        all.addAll(List.of(arguments));
        return Peer.start(streams(host), all.toArray(String[]::new));
    }

    /** Starts receivers that cost little. */
    private ChildProcess viewers(List<String> behind, int reading, int stopped) {
        List<String> command = new ArrayList<>(behind);
        command.addAll(
                ChildProcess.javaCommand(
                        List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                        PlainViewers.class,
                        "x",
                        Integer.toString(port),
                        Integer.toString(reading),
                        Integer.toString(stopped)));
        ChildProcess viewers = ChildProcess.start(Map.of(), command);
        Await.until(
                START,
                "all connected",
                () ->
                        viewers.output().lines().filter("connected"::equals).count()
                                >= reading + stopped);
        return viewers;
    }

    /** Returns the p99 of the age of the next frames at the first receiver, in µs. */
    private double p99() {
        ChildProcess reader = peer(2, "read", "x", "" + WINDOW_FRAMES, "3", "5", "100");
        Map<String, String> fields = Peer.fields(reader.awaitSuccess(START));
        assertThat(fields).containsEntry("torn", "0").containsEntry("reordered", "0");
        return Double.parseDouble(fields.getOrDefault("p99", "NaN").replace("us", ""));
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    @Test
    void stoppedAndSlowReceiversDelayTheFirstHardly() {
        Peer.run(streams(1), "create", "x", "9", "50", "50");
        try (NetLab lab = NetLab.open()) {
            start(lab.onSender(), "127.0.0.1", 1, "shmim", "serve")
                    .awaitOutput("offering x of", START);
            ChildProcess writer = write();
            want(lab.onSender(), "127.0.0.1", 2);
            p99(); // compiled, from here on
            lab.limit(SLOW_MEGABIT, QUEUE_MS);
            List<Double> alone = new ArrayList<>();
            List<Double> among = new ArrayList<>();
            for (int window = 0; window < WINDOWS; window++) { // in turn: the machine's load varies
                alone.add(p99());
                ChildProcess others = viewers(lab.onSender(), 4, 2);
                ChildProcess slow = want(lab.onReceiver(), "10.213.7.1", 9);
                peer(9, "read", "x", "20", "3", "9").awaitSuccess(START);
                among.add(p99());
                others.kill9();
                slow.kill9();
            }
            assertThat(writer.isAlive()).isTrue();
            double share = median(among) / median(alone);
            Figure.print(
                    "the first of 8 receivers (two stopped, one over %d Mbit/s), 50x50 f32 at %d"
                            + " Hz, age p99 in us: %s, alone in between %s; of the medians: %.2f",
                    SLOW_MEGABIT, RATE_HZ, among, alone, share);
            if (Full.isOn()) {
                assertThat(share).isLessThanOrEqualTo(1.1);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"9, 50, 50", "3, 512, 512"})
    void anotherReceiverCostsLessThanAnotherTransmitter(String type, String nx, String ny) {
        assumeTrue(Full.isOn() || nx.equals("50"), "large frames only with -Dfull");
        Peer.run(streams(1), "create", "x", type, nx, ny);
        ChildProcess serving =
                start(List.of(), "127.0.0.1", 1, "shmim", "serve")
                        .awaitOutput("offering x of", START);
        write();
        want(List.of(), "127.0.0.1", 2);
        int linkPort = Programs.freePort();
        new Programs(streams(8)).receive(linkPort);
        ChildProcess own = new Programs(streams(1)).transmit("x", linkPort);
        Await.until(START, "a copy", () -> streams(8).resolve("x.im.shm").toFile().exists());
        cpuMs(List.of(serving, own)); // compiled, from here on
        List<Double> one = cpuMs(List.of(serving, own));
        int further = 3;
        viewers(List.of(), further, 0);
        cpuMs(List.of(serving, own));
        List<Double> many = cpuMs(List.of(serving, own));
        double additional = (many.get(0) - one.get(0)) / further;
        double alone = (one.get(1) + many.get(1)) / 2;
        Figure.print(
                "CPU time at the source, %sx%s of type %s at %d Hz: shared reader %.1f ms/s with"
                        + " one receiver, %.1f with %d, so %.1f for another one; a transmitter of"
                        + " its own %.1f and %.1f ms/s: a share of %.2f",
                nx,
                ny,
                type,
                RATE_HZ,
                one.get(0),
                many.get(0),
                1 + further,
                additional,
                one.get(1),
                many.get(1),
                additional / alone);
        if (Full.isOn()) {
            assertThat(additional / alone).isLessThanOrEqualTo(0.6);
        }
    }

    /** Returns the CPU time of processes during the next frames, in ms a second. */
    private List<Double> cpuMs(List<ChildProcess> processes) {
        List<Double> before = processes.stream().map(SeveralReceiversIT::cpuNs).toList();
        long beganNs = System.nanoTime();
        String frames = Integer.toString(WINDOW_FRAMES * WINDOWS);
        peer(2, "read", "x", frames, "3", "9", "0").awaitSuccess(START);
        double seconds = (System.nanoTime() - beganNs) / 1e9;
        List<Double> used = new ArrayList<>();
        for (int i = 0; i < before.size(); i++) {
            used.add((cpuNs(processes.get(i)) - before.get(i)) / 1e6 / seconds);
        }
        return used;
    }

    /**
     * Returns the CPU time of all threads that run, by the scheduler's own count, without those
     * that compile.
     */
    private static double cpuNs(ChildProcess process) {
        Path tasks = Path.of("/proc", Long.toString(process.pid()), "task");
        try (Stream<Path> threads = Files.list(tasks)) {
            double sum = 0;
            for (Path thread : threads.toList()) {
                sum += threadCpuNs(thread);
            }
            return sum;
        } catch (IOException e) {
            throw new UncheckedIOException(process.report(), e);
        }
    }

    /** Returns 0 for a compiler, and for a thread that has just ended. */
    private static double threadCpuNs(Path thread) {
        try {
            if (Files.readString(thread.resolve("comm")).contains("Compiler")) {
                return 0;
            }
            String times = Files.readString(thread.resolve("schedstat"));
            return Long.parseLong(times.split(" ", -1)[0]);
        } catch (IOException ended) {
            return 0;
        }
    }
}
