package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ShmDir;

/**
 * Another process truncates the file while it is mapped and in use. The code that uses it gets an
 * exception, and the JVM survives. Runs in a separate JVM, which SIGBUS would kill.
 */
@ExtendWith(ChildProcesses.class)
class TruncationIT {
    private final Path path;

    TruncationIT(@ShmDir Path path) {
        this.path = path;
    }

    @ParameterizedTest
    @CsvSource({
        // job, mode, rounds, executions of the job before the cut
        "await, -Xint, 4, 3",
        "poll, -Xint, 6, 10",
        "post, -Xint, 10, 10",
        "publish, -Xint, 10, 10",
        "readNewest, -Xint, 10, 10",
        "readNext, -Xint, 10, 10",
        "open, -Xmixed, 1500, 0",
        "await, -Xmixed, 4, 3",
        "poll, -Xmixed, 6, 10",
        "post, -Xmixed, 20, 20000",
        "publish, -Xmixed, 20, 20000",
        "readNewest, -Xmixed, 20, 20000",
        "readNext, -Xmixed, 20, 20000",
    })
    void whoeverUsesItIsTold(String job, String mode, int rounds, int warmUp) {
        long seed = RandomGenerator.getDefault().nextLong();
        List<String> options =
                List.of(
                        mode,
                        "-XX:ErrorFile=" + path.resolve("hs_err.log"),
                        "-XX:-CreateCoredumpOnCrash");
        ChildProcess victim =
                ChildProcess.startJava(
                        options,
                        TruncationVictim.class,
                        path.toString(),
                        job,
                        "" + rounds,
                        "" + warmUp,
                        "" + seed);
        int code = victim.awaitExit(Duration.ofSeconds(60));
        assertThat(code).as("seed %d: %s", seed, victim.report()).isZero();
        assertThat(victim.output()).isEqualTo("survived\n");
    }
}
