package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Project;
import org.shmimtcp.testing.ShmDir;

/** Runs the programs of docs/python.md exactly as printed there. */
@ExtendWith(ChildProcesses.class)
class PythonPageIT {
    private static final Path PAGE = Project.ROOT.resolve("docs/python.md");
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final ImageSpec SPEC =
            ImageSpec.of("x", DataType.FLOAT, Shape.of(4, 3)).withKeywords(5);

    private final ImageDirectory directory;

    PythonPageIT(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    private ChildProcess python(String program, String... arguments) throws IOException {
        Matcher block =
                Pattern.compile("```python " + program + "\n(.*?)```", Pattern.DOTALL)
                        .matcher(Files.readString(PAGE));
        assertThat(block.find()).as(program).isTrue();
        List<String> command = new ArrayList<>(List.of("python3", "-c", block.group(1)));
        command.addAll(List.of(arguments));
        return ChildProcess.start(Map.of("MILK_SHM_DIR", directory.path().toString()), command);
    }

    private static void assumePython(String module) {
        try {
            ChildProcess probe =
                    ChildProcess.start(Map.of(), List.of("python3", "-c", "import " + module));
            assumeTrue(probe.awaitExit(DEADLINE) == 0, "there is no " + module + " for python3");
        } catch (java.io.UncheckedIOException none) {
            assumeTrue(false, "there is no python3");
        }
    }

    private static MemorySegment frame(float value) {
        float[] pixels = new float[12];
        Arrays.fill(pixels, value);
        return MemorySegment.ofArray(pixels);
    }

    @Test
    void mmapReadsTheNewestFrameAndWaitsForTheNext() throws IOException {
        assumePython("mmap");
        try (Image image = Image.create(directory, SPEC)) {
            image.newWriter().publish(0, frame(1.5f));
            ChildProcess reader = python("mmap-read", "x").awaitOutput("1 18.0", DEADLINE);
            image.newWriter().publish(0, frame(2));
            assertThat(reader.awaitSuccess(DEADLINE)).isEqualTo("1 18.0\n2 24.0\n");
        }
    }

    @Test
    void mmapWritesAFrameThatReadersWakeFor() throws IOException {
        assumePython("ctypes");
        try (Image image = Image.create(directory, SPEC);
                FrameReader reader = image.newReader()) {
            image.newWriter().publish(0, frame(1));
            assertThat(reader.awaitNext(DEADLINE.toNanos())).isTrue();
            MemorySegment got = reader.newBuffer();
            assertThat(reader.readNewest(got)).isTrue();
            python("mmap-write", "x", "2.5").awaitSuccess(DEADLINE);
            assertThat(reader.awaitNext(DEADLINE.toNanos())).isTrue();
            assertThat(reader.readNewest(got)).isTrue();
            assertThat(got.toArray(ValueLayout.JAVA_FLOAT)).containsOnly(2.5f);
            assertThat(image.cnt0()).isEqualTo(2);
            assertThat(image.isWriting()).isFalse();
        }
    }

    @Test
    void numpyShowsTheSharedMemory() throws IOException {
        assumePython("numpy");
        try (Image image = Image.create(directory, SPEC)) {
            image.newWriter().publish(0, frame(1.5f));
            assertThat(python("numpy", "x").awaitSuccess(DEADLINE)).isEqualTo("1 (3, 4) 18.0\n");
        }
    }
}
