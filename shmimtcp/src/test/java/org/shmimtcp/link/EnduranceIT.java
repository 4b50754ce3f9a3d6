package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.ProcField;
import org.shmimtcp.testing.ShmDir;

/** At full speed for a long time: memory flat, nothing leaked. */
@Alone
@ExtendWith(ChildProcesses.class)
class EnduranceIT {
    private static final int SAMPLES = 20;
    private static final int SECONDS = Full.or(600, 4);

    private static final Duration END = Duration.ofSeconds((long) (2 * Full.slack()));

    /** Threads of its compilers that the virtual machine makes as it likes. */
    private static final int JVM_THREADS = 4;

    /** The compilers and the log go on for a while. */
    private static final long MOST_KB_MORE = 8 << 10;

    private final Path sources;
    private final Path copies;

    EnduranceIT(@ShmDir Path source, @ShmDir Path copy) {
        sources = source;
        copies = copy;
    }

    /** What a process holds. */
    private record Holdings(long residentKb, int descriptors, int threads) {
        @Override
        public String toString() {
            return "%d kB, %d descriptors, %d threads".formatted(residentKb, descriptors, threads);
        }

        /** A file that is open for an instant, such as the state's once a second, is not held. */
        static Holdings of(ChildProcess process) {
            return IntStream.range(0, SAMPLES)
                    .mapToObj(look -> {
                        Await.time(Duration.ofMillis(5));
                        return measure(process);
                    })
                    .min(Comparator.comparingInt(Holdings::descriptors))
                    .orElseThrow();
        }

        private static Holdings measure(ChildProcess process) {
            Path proc = Path.of("/proc", Long.toString(process.pid()));
            try (Stream<Path> descriptors = Files.list(proc.resolve("fd"));
                    Stream<Path> threads = Files.list(proc.resolve("task"))) {
                return new Holdings(
                        ProcField.ofStatus(process.pid(), "VmRSS:"),
                        (int) descriptors.count(),
                        (int) threads.count());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void atFullSpeed(ProcessPair.Kind kind) {
        int seconds = kind.isOurs() ? SECONDS : SECONDS / 10;
        ProcessPair pair = ProcessPair.of(kind, sources, copies);
        ChildProcess receiver = pair.receiver();
        Peer.run(sources, "create", "x", "3", "64", "64", "kw=10");
        ChildProcess writer = pair.writer(0);
        ChildProcess transmitter = pair.transmitter();
        List<ChildProcess> both = List.of(receiver, transmitter);
        try (CopyWatch watch = new CopyWatch(new ImageDirectory(copies), "x", false)) {
            Await.until(ProcessPair.START, "frames", () -> watch.frames() > 1000);
            Await.time(Duration.ofSeconds(Math.max(2, seconds / 10)));
            List<Holdings> before = both.stream().map(Holdings::of).toList();
            long framesBefore = watch.frames();
            Await.time(Duration.ofSeconds(seconds));
            List<Holdings> after = both.stream().map(Holdings::of).toList();
            Figure.print(
                    "%s: %d s at full speed, 8 kB frames: %.0f frames/s seen, %s; receiver: %s then"
                            + " %s; transmitter: %s then %s",
                    pair.label(),
                    seconds,
                    (watch.frames() - framesBefore) / (double) seconds,
                    watch,
                    before.get(0),
                    after.get(0),
                    before.get(1),
                    after.get(1));
            if (kind.isOurs()) {
                assertThat(watch.isFaultless()).as("%s", watch).isTrue();
                for (int i = 0; i < both.size(); i++) {
                    assertFlat(before.get(i), after.get(i));
                }
            }
        }
        if (kind.isOurs()) {
            both.forEach(ChildProcess::terminate);
            both.forEach(process -> process.awaitExit(END));
            writer.kill9();
            assertNothingIsLeft(sources);
            assertNothingIsLeft(copies);
            try (Image copy = Image.open(new ImageDirectory(copies), "x")) {
                assertThat(copy.isWriting()).isFalse();
            }
        }
    }

    private static void assertFlat(Holdings before, Holdings after) {
        assertThat(after.residentKb() - before.residentKb())
                .as("kB resident, %s then %s", before, after)
                .isLessThan((long) (Full.slack() * MOST_KB_MORE));
        assertThat(after.descriptors()).isEqualTo(before.descriptors());
        assertThat(after.threads())
                .as("threads")
                .isLessThanOrEqualTo(before.threads() + JVM_THREADS);
    }

    private static void assertNothingIsLeft(Path directory) {
        try (Stream<Path> files = Files.list(directory);
                Image image = Image.open(new ImageDirectory(directory), "x")) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder("x.im.shm", "processinfo.list.shm");
            for (int i = 0; i < image.spec().semaphores(); i++) {
                assertThat(image.readerPid(i)).as("reader of semaphore %d", i).isLessThan(1);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
