package org.shmimtcp.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Full;

/**
 * Jazzer, guided by the coverage of our classes, on each decoder: a few seconds, or ten minutes
 * with {@code -Dfull}. It fails with the input that broke the decoder, whose bytes it prints; put
 * them into {@code src/test/resources/fuzz/TARGET/}, where {@link FuzzTargetsTest} finds them.
 */
@ExtendWith(ChildProcesses.class)
class FuzzIT {
    private static final int SECONDS = Full.or(600, 2);
    private static final Duration DEADLINE = Duration.ofSeconds(SECONDS + 180L);

    /** Of a short run, the first ones wait for all that is loaded. */
    private static final int SECONDS_FOR_AN_INPUT = Full.or(5, 30);

    /** An ordinary build fuzzes one decoder, another one each time: most of that is its start. */
    private static final int DECODERS = Full.or(Target.values().length, 1);

    /** A full run keeps two CPUs busy. */
    private static final int AT_ONCE = 2;

    /** What no input may make a decoder allocate. */
    private static final String HEAP = "-Xmx256m";

    /** One decoder's run. */
    private record Run(Target target, Path directory, int seeds, ChildProcess jazzer) {}

    @Test
    void decodersHold(@TempDir Path directory) throws IOException {
        List<Target> all = new ArrayList<>(List.of(Target.values()));
        Collections.shuffle(all);
        List<Target> targets = all.subList(0, DECODERS);
        System.out.println("fuzzing " + targets);
        for (int first = 0; first < targets.size(); first += AT_ONCE) {
            List<Run> runs = new ArrayList<>();
            for (Target target :
                    targets.subList(first, Math.min(first + AT_ONCE, targets.size()))) {
                runs.add(start(target, Files.createDirectory(directory.resolve(target.name()))));
            }
            runs.forEach(FuzzIT::assertHolds);
        }
    }

    private static Run start(Target target, Path directory) throws IOException {
        Path corpus = Files.createDirectory(directory.resolve("corpus"));
        List<byte[]> seeds = target.seeds(directory);
        for (int i = 0; i < seeds.size(); i++) {
            Files.write(corpus.resolve("seed" + i), seeds.get(i));
        }
        ChildProcess jazzer =
                ChildProcess.start(
                        Map.of(),
                        ChildProcess.javaCommand(
                                List.of(
                                        HEAP,
                                        "-Djava.io.tmpdir=" + directory,
                                        "-XX:+EnableDynamicAgentLoading",
                                        "--sun-misc-unsafe-memory-access=allow"),
                                com.code_intelligence.jazzer.Jazzer.class,
                                "--target_class=" + target.type().getName(),
                                "--instrumentation_includes=org.shmimtcp.**",
                                "--reproducer_path=" + directory,
                                "-artifact_prefix=" + directory + "/",
                                "-timeout=" + SECONDS_FOR_AN_INPUT,
                                "-max_total_time=" + SECONDS,
                                "-print_final_stats=1",
                                corpus.toString()));
        return new Run(target, directory, seeds.size(), jazzer);
    }

    private static void assertHolds(Run run) {
        ChildProcess jazzer = run.jazzer;
        int code = jazzer.awaitExit(DEADLINE);
        assertThat(code).as(() -> culprits(run.directory) + jazzer.report()).isZero();
        String said =
                jazzer.errors()
                        .lines()
                        .filter(line -> line.contains("number_of_executed_units"))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("ran nothing: " + jazzer.report()));
        int runs = Integer.parseInt(said.replaceAll("\\D+", ""));
        assertThat(runs).as(jazzer.report()).isGreaterThan(run.seeds);
        System.out.println(run.target + ": " + runs + " inputs");
    }

    /** What Jazzer kept of inputs that broke it, by its names. */
    private static String culprits(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(f -> f.getFileName().toString().matches("(crash|timeout|oom)-.*"))
                    .map(FuzzIT::describe)
                    .collect(Collectors.joining());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String describe(Path file) {
        try {
            String bytes = Base64.getEncoder().encodeToString(Files.readAllBytes(file));
            return file.getFileName() + " in base64: " + bytes + "\n";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
