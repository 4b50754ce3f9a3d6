package org.shmimtcp.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Project;

/** Runs the first command of the README. */
@ExtendWith(ChildProcesses.class)
class DemoIT {
    private static final Path SHMIM = Project.ROOT.resolve("bin/shmim");
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private static ChildProcess demo(String... options) {
        List<String> command = new ArrayList<>(List.of(SHMIM.toString(), "demo"));
        command.addAll(List.of(options));
        return ChildProcess.start(Map.of(), command);
    }

    /** The processes of a demo that this process started. */
    private static List<ProcessHandle> below(ChildProcess demo) {
        return ProcessHandle.of(demo.pid()).stream().flatMap(ProcessHandle::descendants).toList();
    }

    private static List<Path> directories() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/dev/shm"))) {
            return files.filter(f -> f.getFileName().toString().startsWith("shmimtcp-demo"))
                    .toList();
        }
    }

    @Test
    void followsItsSourceAndLeavesNothingBehind() throws IOException {
        List<Path> before = directories();
        String output = demo("--seconds", "2", "--rate", "1000").awaitSuccess(DEADLINE);
        assertThat(output)
                .contains("torn 0  reordered 0  repeated 0", "age p50 ")
                .endsWith("OK: the copy followed its source, frame by frame\n");
        assertThat(directories()).isEqualTo(before);
    }

    @Test
    void anInterruptEndsAllOfIt() throws IOException {
        List<Path> before = directories();
        ChildProcess demo = demo("--seconds", "60");
        demo.awaitOutput("checked ", DEADLINE);
        List<ProcessHandle> programs = below(demo);
        assertThat(programs).hasSizeGreaterThanOrEqualTo(3);
        demo.signal("INT");
        assertThat(demo.awaitExit(DEADLINE)).isNotZero();
        Await.until(
                DEADLINE,
                "all programs have ended",
                () -> programs.stream().noneMatch(ProcessHandle::isAlive));
        assertThat(directories()).isEqualTo(before);
    }

    @Test
    void wrongOptionsAreRefused() {
        ChildProcess demo = demo("--size", "1");
        assertThat(demo.awaitExit(DEADLINE)).isEqualTo(2);
        assertThat(demo.errors()).startsWith("shmim demo: --size 1: must be 2 to 4096\n");
    }
}
