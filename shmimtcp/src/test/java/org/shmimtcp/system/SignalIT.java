package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.SteadySource;

/** A signal ends each program within a second, and nothing is left of it. */
@ExtendWith(ChildProcesses.class)
class SignalIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Duration A_SECOND = Duration.ofSeconds((long) Full.slack());
    private static final ImageSpec SPEC = ImageSpec.of("s", DataType.FLOAT, Shape.of(512, 512));

    private final int port = Programs.freePort();
    private final ImageDirectory sources;
    private final ImageDirectory copies;
    private final Path temporary;

    SignalIT(@ShmDir Path dir) throws IOException {
        sources = new ImageDirectory(Files.createDirectory(dir.resolve("sources")));
        copies = new ImageDirectory(Files.createDirectory(dir.resolve("copies")));
        temporary = Files.createDirectory(dir.resolve("tmp"));
    }

    private Programs programs(ImageDirectory directory) {
        String option = "-Djava.io.tmpdir=" + temporary;
        return new Programs(directory.path(), Map.of("SHMIMTCP_JAVA_OPTS", option));
    }

    private void end(ChildProcess program, String signal) {
        program.signal(signal);
        int code = program.awaitExit(A_SECOND);
        assertThat(code).isEqualTo(128 + (signal.equals("INT") ? 2 : 15));
        assertThat(program.errors()).containsOnlyOnce(" end: ");
    }

    private static List<String> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("processinfo.list.shm")) // milk's, which stays
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void whileFramesFlow(String signal) throws IOException {
        try (Image source = Image.create(sources, SPEC)) {
            ChildProcess rx = programs(copies).receive(port);
            ChildProcess tx = programs(sources).transmit("s", port);
            try (SteadySource frames = new SteadySource(source);
                    Image copy = ForeignImage.awaitOpen(copies, "s")) {
                Await.until(DEADLINE, "frames", () -> copy.cnt0() > 20);
                assertThat(ForeignImage.claims(source)).isEqualTo(1);
                end(rx, signal);
                assertThat(copy.isWriting()).isFalse();
                end(tx, signal);
                assertThat(source.cnt0()).isPositive();
                frames.stop();
                assertThat(ForeignImage.claims(source)).isZero();
                assertThat(source.isWriting()).isFalse();
            }
        }
        assertThat(files(sources.path())).containsExactly("s.im.shm");
        assertThat(files(copies.path())).containsExactly("s.im.shm");
        assertThat(files(temporary)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void whileTheyWait(String signal) throws IOException {
        try (Image source = Image.create(sources, SPEC)) {
            ChildProcess tx = programs(sources).transmit("s", port);
            tx.awaitOutput("waiting (", DEADLINE);
            end(tx, signal);
            assertThat(ForeignImage.claims(source)).isZero();
        }
        ChildProcess rx = programs(copies).receive(port);
        end(rx, signal);
        assertThat(files(copies.path())).isEmpty();
        assertThat(files(temporary)).isEmpty();
    }

    @Test
    void userSignalPrintsRatesAndEndsNothing() {
        ChildProcess rx = programs(copies).receive(port);
        rx.signal("USR1");
        rx.awaitOutput("port " + port + " waiting in=0.0/s", DEADLINE);
        assertThat(rx.isAlive()).isTrue();
    }
}
