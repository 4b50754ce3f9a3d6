package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.Project;
import org.shmimtcp.testing.ShmDir;

/** Runs the programs of docs/python.md exactly as printed there. */
@ExtendWith(ChildProcesses.class)
class PythonPageIT {
    private static final Path PAGE = Project.ROOT.resolve("docs/python.md");
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final ImageSpec SPEC =
            ImageSpec.of("x", DataType.FLOAT, Shape.of(4, 3)).withKeywords(5);

    private static final String[] EXAMPLES = {"pymilk", "wrap", "mmap-read", "mmap-write", "numpy"};

    private final ImageDirectory directory;

    PythonPageIT(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    /** Returns the programs of the page by name. */
    private static Map<String, String> programs() throws IOException {
        Map<String, String> programs = new TreeMap<>();
        Matcher block =
                Pattern.compile("```python ([a-z-]+)\n(.*?)```", Pattern.DOTALL)
                        .matcher(Files.readString(PAGE));
        while (block.find()) {
            programs.put(block.group(1), block.group(2));
        }
        return programs;
    }

    private ChildProcess python(String program, String... arguments) throws IOException {
        String text = Objects.requireNonNull(programs().get(program), program);
        List<String> command = new ArrayList<>(List.of("python3", "-c", text));
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

    /** Also of those whose libraries are not installed here. */
    @Test
    void everyProgramCompiles() throws IOException {
        assumePython("ast");
        assertThat(programs()).containsOnlyKeys(EXAMPLES);
        for (String program : EXAMPLES) {
            ChildProcess.start(
                            Map.of("PROGRAM", programs().get(program)),
                            List.of(
                                    "python3",
                                    "-c",
                                    "import os; compile(os.environ['PROGRAM'], 'page', 'exec')"))
                    .awaitSuccess(DEADLINE);
        }
    }

    @Test
    void mmapReadsTheNewestFrameAndWaitsForTheNext() throws IOException {
        assumePython("mmap");
        try (Image image = Image.create(directory, SPEC)) {
            image.newWriter().publish(0, frame(1.5f));
            ChildProcess reader = python("mmap-read", "x").awaitOutput("1 18.0", DEADLINE);
            image.newWriter().publish(0, frame(2));
            assertThat(reader.awaitOutput("2 24.0", DEADLINE).output())
                    .isEqualTo("1 18.0\n2 24.0\n");
        }
    }

    /** Readers would also find the frame by polling, but later. */
    @Test
    void mmapWritesAFrameAndPostsEachSemaphore() throws IOException {
        assumePython("ctypes");
        try (Image image = Image.create(directory, SPEC)) {
            python("mmap-write", "x", "2.5").awaitSuccess(DEADLINE);
            assertThat(image.pixels().toArray(ValueLayout.JAVA_FLOAT)).containsOnly(2.5f);
            assertThat(image.cnt0()).isEqualTo(1);
            assertThat(image.isWriting()).isFalse();
            assertThat(image.written()).isEqualTo(image.acquired());
            assertThat(Duration.between(image.written(), Instant.now()).abs())
                    .isLessThan(Duration.ofMinutes(2)); // and not the seconds of 1970
            assertThat(semaphores(image)).hasSize(10).containsOnly(1);
            for (int i = 0; i < 11; i++) {
                python("mmap-write", "x", "3").awaitSuccess(DEADLINE);
            }
            assertThat(semaphores(image)).containsOnly(10);
            assertThat(image.cnt0()).isEqualTo(12);
        }
    }

    private static List<Integer> semaphores(Image image) {
        return IntStream.range(0, image.spec().semaphores())
                .mapToObj(image::semaphoreValue)
                .toList();
    }

    /** Floats among other pixels would be nonsense for every reader. */
    @ParameterizedTest
    @ValueSource(strings = {"mmap-read", "mmap-write", "numpy"})
    void otherPixelsThanFloatsAreRefused(String program) throws IOException {
        assumePython(program.equals("numpy") ? "numpy" : "mmap");
        ImageSpec spec = ImageSpec.of("x", DataType.UINT16, Shape.of(4, 3));
        try (Image image = Image.create(directory, spec)) {
            image.newWriter().publish(0, MemorySegment.ofArray(new short[12]));
            ChildProcess refusing = python(program, "x", "2.5");
            assertThat(refusing.awaitExit(DEADLINE)).isEqualTo(1);
            assertThat(refusing.errors()).contains("the pixels are not 32-bit floats");
            assertThat(image.cnt0()).isEqualTo(1);
            assertThat(image.isWriting()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({"pymilk, pyMilk.interfacing.isio_shmlib", "wrap, ImageStreamIOWrap"})
    void librariesReadWaitAndWrite(String program, String module) throws IOException {
        assumePython(module);
        try (Image image = Image.create(directory, SPEC)) {
            image.newWriter().publish(0, frame(1.5f));
            ChildProcess python = python(program, "x");
            ForeignImage.awaitWaiter(image, 0);
            image.newWriter().publish(0, frame(2));
            assertThat(python.awaitSuccess(DEADLINE)).contains("18.0").contains("24.0");
            assertThat(image.pixels().toArray(ValueLayout.JAVA_FLOAT)).containsOnly(4);
            assertThat(image.cnt0()).isEqualTo(3);
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
