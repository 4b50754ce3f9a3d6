package org.shmimtcp.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.ZmtpPeer;

/**
 * Clients of a publisher that is under attack get each frame in time. A second publisher of the
 * same stream, which nobody attacks, has as many clients at the same time: a busy machine delays
 * those as well.
 */
@ExtendWith(ChildProcesses.class)
@Tag("alone") // it counts milliseconds, and the publisher gives way to all other processes
class HostileViewersIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    /** Small and fast, so that it is the publisher that makes a frame late. */
    private static final String STREAM = "cam";

    /** Its frames fill the buffers of a connection. */
    private static final String LARGE = "large";

    private static final int CLIENTS = 3;

    /** The default of {@code shmim publish} is 10 frames a second to each client. */
    private static final long PERIOD_NS = 100_000_000;

    /** A frame that is later than that is late. */
    private static final long LATE_NS = 10_000_000;

    private static final long MEASURED_NS = 60_000_000_000L;
    private static final long WARM_UP_NS = 30_000_000_000L;

    private final Path dir;
    private final Programs programs;

    HostileViewersIT(@ShmDir Path dir) {
        this.dir = dir;
        this.programs = new Programs(dir);
    }

    /** A publisher, and what its clients saw of it. */
    private final class Published {
        private final int port = Programs.freePort();
        private final List<CompletableFuture<long[]>> clients = new ArrayList<>();

        Published() {
            programs.start("shmim", "publish", "-p", Integer.toString(port), "-a")
                    .awaitOutput("on port " + port, DEADLINE);
        }

        void view() {
            for (int i = 0; i < CLIENTS; i++) {
                var seen = new CompletableFuture<long[]>();
                clients.add(seen);
                Thread.ofPlatform()
                        .name("viewer of " + port)
                        .start(() -> {
                            try {
                                seen.complete(latenesses());
                            } catch (RuntimeException | AssertionError e) {
                                seen.completeExceptionally(e);
                            }
                        });
            }
        }

        /** Requests frame after frame; returns how late each was in ns, in the order of size. */
        private long[] latenesses() {
            try (ZmtpPeer peer = connect()) {
                List<Long> late = new ArrayList<>();
                long beganNs = System.nanoTime();
                long lastNs = beganNs;
                while (lastNs - beganNs < WARM_UP_NS + MEASURED_NS) {
                    peer.ask(STREAM);
                    peer.receive();
                    long nowNs = System.nanoTime();
                    if (nowNs - beganNs > WARM_UP_NS) {
                        late.add(nowNs - lastNs - PERIOD_NS);
                    }
                    lastNs = nowNs;
                }
                return late.stream().mapToLong(Long::longValue).sorted().toArray();
            }
        }

        /**
         * Connects and gets a frame; again if the publisher has no room, or gave this one's away
         * before it made a request.
         */
        private ZmtpPeer connect() {
            long deadlineNs = System.nanoTime() + DEADLINE.toNanos();
            while (true) {
                ZmtpPeer peer = ZmtpPeer.silent(port, 0);
                try {
                    peer.shakeHands("CLIENT", "SERVER");
                    peer.ask(STREAM);
                    peer.receive();
                    return peer;
                } catch (UncheckedIOException full) {
                    peer.close();
                    if (System.nanoTime() - deadlineNs >= 0) {
                        throw full;
                    }
                    Await.time(HostileViewers.BETWEEN_CONNECTIONS);
                }
            }
        }

        long[] all() {
            return clients.stream()
                    .map(CompletableFuture::join)
                    .flatMapToLong(Arrays::stream)
                    .sorted()
                    .toArray();
        }
    }

    private static String describe(long[] sorted) {
        return String.format(
                Locale.ROOT,
                "p50 %.2f, p99 %.2f, max %.2f ms of %d frames",
                sorted[sorted.length / 2] / 1e6,
                sorted[sorted.length * 99 / 100] / 1e6,
                sorted[sorted.length - 1] / 1e6,
                sorted.length);
    }

    private static long late(long[] all) {
        return Arrays.stream(all).filter(ns -> ns > LATE_NS).count();
    }

    private ChildProcess write(String stream, String spec, int hz) {
        return programs.start(
                "shmim",
                "write",
                stream,
                "--create",
                spec,
                "--rate",
                Integer.toString(hz),
                "--seconds",
                "300");
    }

    @Test
    void delayNoOtherClient() {
        assumeTrue(Full.isOn(), "needs an idle machine for two minutes: -Dfull");
        List<ChildProcess> writers =
                List.of(write(STREAM, "64x64,ui16", 500), write(LARGE, "512x512,ui16", 20));
        Await.until(
                DEADLINE,
                "streams",
                () -> new ImageDirectory(dir).has(STREAM) && new ImageDirectory(dir).has(LARGE));
        Published attacked = new Published();
        Published other = new Published();
        // As if they were elsewhere: they get only CPU time that nobody else wants.
        List<String> command = new ArrayList<>(List.of("chrt", "--idle", "0"));
        command.addAll(
                ChildProcess.javaCommand(
                        List.of(),
                        HostileViewers.class,
                        Integer.toString(attacked.port),
                        STREAM,
                        LARGE));
        ChildProcess attack =
                ChildProcess.start(Map.of(), command).awaitOutput("attacking", DEADLINE);
        attacked.view();
        other.view();
        long[] underAttack = attacked.all();
        long[] undisturbed = other.all();
        assertThat(attack.isAlive()).isTrue();
        attack.terminate();
        writers.forEach(writer -> writer.signal("INT"));

        Figure.print(
                "frames to clients, later than due: under attack %s, %d by more"
                        + " than 10 ms; undisturbed %s, %d",
                describe(underAttack), late(underAttack), describe(undisturbed), late(undisturbed));
        assertThat(underAttack.length).isGreaterThan(undisturbed.length * 9 / 10);
        // Each late one more than of the other publisher is the attack's.
        assertThat(late(underAttack))
                .as(describe(underAttack))
                .isLessThanOrEqualTo(late(undisturbed) + underAttack.length / 200);
    }
}
