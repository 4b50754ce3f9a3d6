package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.ShmDir;

/** At full speed for a long time: memory flat, nothing leaked. */
@ExtendWith(ChildProcesses.class)
class EnduranceIT {
    private static final UnaryOperator<List<String>> HERE = UnaryOperator.identity();
    private static final int SECONDS = Full.or(600, 4);
    private static final int PORT = 0x5b10;

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
        static Holdings of(ChildProcess process) {
            Path proc = Path.of("/proc", Long.toString(process.pid()));
            try (Stream<Path> descriptors = Files.list(proc.resolve("fd"));
                    Stream<Path> threads = Files.list(proc.resolve("task"))) {
                String line =
                        Files.readAllLines(proc.resolve("status")).stream()
                                .filter(l -> l.startsWith("VmRSS:"))
                                .findFirst()
                                .orElseThrow();
                return new Holdings(
                        Long.parseLong(line.replaceAll("\\D", "")),
                        (int) descriptors.count(),
                        (int) threads.count());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    void atFullSpeed() {
        ChildProcess receiver = Programs.receiver(HERE, copies, PORT);
        receiver.awaitOutput("listening", Programs.START);
        Peer.run(sources, "create", "x", "3", "64", "64", "kw=10");
        ChildProcess writer = Peer.start(sources, "write", "x", "100000000000", "0");
        ChildProcess transmitter = Programs.transmitter(HERE, sources, "x", "127.0.0.1", PORT);
        List<ChildProcess> both = List.of(receiver, transmitter);
        try (CopyWatch watch = new CopyWatch(new ImageDirectory(copies), "x", false)) {
            Await.until(Programs.START, "frames", () -> watch.frames() > 1000);
            sleep(Duration.ofSeconds(Math.max(2, SECONDS / 10)));
            List<Holdings> before = both.stream().map(Holdings::of).toList();
            long framesBefore = watch.frames();
            sleep(Duration.ofSeconds(SECONDS));
            List<Holdings> after = both.stream().map(Holdings::of).toList();
            System.out.printf(
                    "FIGURE %d s at full speed: %.0f frames/s seen, %s; receiver, transmitter: %s,"
                            + " then %s%n",
                    SECONDS,
                    (watch.frames() - framesBefore) / (double) SECONDS,
                    watch,
                    before,
                    after);
            assertThat(watch.isFaultless()).as("%s", watch).isTrue();
            for (int i = 0; i < both.size(); i++) {
                assertThat(after.get(i).residentKb() - before.get(i).residentKb())
                        .as("%s then %s", before, after)
                        .isLessThan(MOST_KB_MORE);
                assertThat(after.get(i).descriptors()).isEqualTo(before.get(i).descriptors());
                assertThat(after.get(i).threads())
                        .as("threads")
                        .isLessThanOrEqualTo(before.get(i).threads() + 1); // of the compilers
            }
        }
        both.forEach(ChildProcess::terminate);
        both.forEach(process -> process.awaitExit(Duration.ofSeconds(2)));
        writer.kill9();
        assertNothingIsLeft(sources);
        assertNothingIsLeft(copies);
        try (Image copy = Image.open(new ImageDirectory(copies), "x")) {
            assertThat(copy.isWriting()).isFalse();
        }
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertNothingIsLeft(Path directory) {
        try (Stream<Path> files = Files.list(directory);
                Image image = Image.open(new ImageDirectory(directory), "x")) {
            assertThat(files).hasSize(1);
            for (int i = 0; i < image.spec().semaphores(); i++) {
                assertThat(image.readerPid(i)).as("reader of semaphore %d", i).isLessThan(1);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
