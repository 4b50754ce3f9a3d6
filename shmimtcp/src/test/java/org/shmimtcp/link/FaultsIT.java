package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.FaultProxy;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;

/** Everything goes wrong every now and then: what is published is right, what is not is counted. */
@Alone
@ExtendWith(ChildProcesses.class)
class FaultsIT {
    private static final int FRAMES = Full.or(1_000_000, 24_000);
    private static final int RATE_HZ = 4000;
    private static final long FAULT_EVERY_NS = Full.or(2000, 500) * 1_000_000L;
    private static final int GENERATIONS = Full.or(10, 2);
    private static final long STALL_MS = Full.or(5000, 300);
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private final Path sourcePath;
    private final ImageDirectory sources;
    private final ImageDirectory copies;
    private final Random random = new Random(SEED);
    private int faults;

    FaultsIT(@ShmDir Path source, @ShmDir Path copy) {
        sourcePath = source;
        sources = new ImageDirectory(source);
        copies = new ImageDirectory(copy);
    }

    @Test
    void nothingWrongIsPublishedAndNothingIsLostUncounted() {
        System.out.println("seed=" + SEED);
        var receiving = new Ends.Receiving(copies);
        receiving.sourceCounter = true;
        Peer.run(sourcePath, "create", "x", "9", "50", "50", "kw=10");
        try (Ends.RunningReceiver receiver = receiving.start();
                FaultProxy proxy = new FaultProxy(receiver.port(), SEED, STALL_MS)) {
            var transmitting = new Ends.Transmitting(sources, "x", proxy.port());
            try (RunningLoop transmitter = transmitting.start();
                    CopyWatch watch = new CopyWatch(copies, "x", true)) {
                long written = 0;
                Wire.until("a copy", () -> watch.images() == 1);
                for (int generation = 1; generation <= GENERATIONS; generation++) {
                    written += runOneSource(proxy, watch);
                    if (generation < GENERATIONS) { // the same name, another size
                        String nx = Integer.toString(40 + 2 * generation);
                        Peer.run(sourcePath, "create", "x", "9", nx, "50", "kw=10");
                        awaitTransmitter();
                    }
                }
                assertThat(watch.images()).isEqualTo(GENERATIONS);
                long all = written;
                Wire.until(
                        "all frames accounted for: " + receiver.loop().traffic() + " of " + all,
                        () -> receiver.loop().traffic().in() == all);
                Figure.print(
                        "ours: %d frames, seed %d, %d faults %s, %d times another source: %s; %s",
                        all,
                        SEED,
                        faults,
                        proxy.report(),
                        GENERATIONS - 1,
                        receiver.loop().traffic(),
                        watch);
                assertThat(watch.isFaultless()).as("%s, seed %d", watch, SEED).isTrue();
                assertThat(watch.frames()).isGreaterThan(all / (Full.isOn() ? 4 : 20));
                assertThat(transmitter.isAlive()).isTrue();
            }
        }
    }

    /** Waits until the source has a reader, who counts each frame from then on. */
    private void awaitTransmitter() {
        try (Image source = Image.open(sources, "x")) {
            Wire.until("a reader of the source", () -> ForeignImage.claims(source) == 1);
        }
    }

    /** No frame behind it pushes it on, or shows that something is missing. */
    @ParameterizedTest
    @EnumSource
    void theLastFrameOfAllArrives(FaultProxy.Fault fault) {
        Peer.run(sourcePath, "create", "x", "9", "50", "50", "kw=10");
        Peer.run(sourcePath, "write", "x", "1", "0");
        var receiving = new Ends.Receiving(copies);
        receiving.sourceCounter = true;
        try (Ends.RunningReceiver receiver = receiving.start();
                FaultProxy proxy = new FaultProxy(receiver.port(), SEED, STALL_MS);
                RunningLoop transmitter =
                        new Ends.Transmitting(sources, "x", proxy.port()).start();
                CopyWatch watch = new CopyWatch(copies, "x", false)) {
            Wire.until("the first frame", () -> watch.frames() == 1);
            try (Image copy = Image.open(copies, "x")) {
                proxy.inject(fault);
                Peer.run(sourcePath, "write", "x", "1", "0");
                Wire.until("the fault", proxy::isDone);
                Wire.until("the last frame, seed " + SEED, () -> copy.cnt0() == 2);
            }
            assertThat(watch.isFaultless()).as("%s, seed %d", watch, SEED).isTrue();
            assertThat(transmitter.isAlive()).isTrue();
        }
    }

    /** What the C programs make of each: for comparison. */
    @ParameterizedTest
    @EnumSource
    void theCPrograms(FaultProxy.Fault fault) {
        ProcessPair pair = ProcessPair.of(ProcessPair.Kind.C, sourcePath, copies.path());
        Peer.run(sourcePath, "create", "x", "9", "50", "50", "kw=10");
        pair.writer(RATE_HZ);
        int times = 5;
        int ended = 0;
        String seen = "";
        try (CopyWatch watch = new CopyWatch(copies, "x", false)) {
            for (int i = 0; i < times; i++) {
                ChildProcess receiver = pair.receiver();
                try (FaultProxy proxy = new FaultProxy(pair.port(), SEED + i, STALL_MS)) {
                    ChildProcess transmitter = pair.transmitter("127.0.0.1", proxy.port());
                    long before = watch.frames();
                    Wire.until("frames", () -> watch.frames() > before + 1000);
                    proxy.inject(fault);
                    Wire.until("the fault", proxy::isDone);
                    Await.time(Duration.ofSeconds(1));
                    ended += receiver.isAlive() && transmitter.isAlive() ? 0 : 1;
                    transmitter.kill9();
                    receiver.kill9();
                }
            }
            seen = watch.toString();
        }
        Figure.print(
                "C peer: %d times %s, then 1 s: %s, ended %d times", times, fault, seen, ended);
    }

    /** Writes frames while faults come; returns their number when the last one has arrived. */
    private long runOneSource(FaultProxy proxy, CopyWatch watch) {
        int frames = FRAMES / GENERATIONS;
        ChildProcess writer =
                Peer.start(sourcePath, "write", "x", "" + frames, Integer.toString(RATE_HZ));
        FaultProxy.Fault[] kinds = FaultProxy.Fault.values();
        while (writer.isAlive()) {
            LockSupport.parkNanos(FAULT_EVERY_NS);
            if (proxy.isDone() && writer.isAlive()) {
                proxy.inject(kinds[random.nextInt(kinds.length)]);
                faults++;
            }
        }
        try (Image source = Image.open(sources, "x")) {
            assertThat(source.cnt0()).isEqualTo(frames);
        }
        Wire.until("the last frame; " + watch, () -> watch.lastNumber() == frames);
        return frames;
    }
}
