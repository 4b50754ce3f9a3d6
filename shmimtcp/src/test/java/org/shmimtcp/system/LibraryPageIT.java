package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.Project;
import org.shmimtcp.testing.ShmDir;

/** The programs of docs/library.md, as they stand there. */
@ExtendWith(ChildProcesses.class)
class LibraryPageIT {
    private static final Path PROJECT = Project.ROOT;
    private static final Path LIBRARIES = PROJECT.resolve("target/app/lib");
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final Pattern PROGRAM = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    private static Path jar(String name) throws IOException {
        try (Stream<Path> files = Files.list(LIBRARIES)) {
            return files.filter(file -> file.getFileName().toString().startsWith(name))
                    .findAny()
                    .orElseThrow();
        }
    }

    /** Writes the page's program of that class to a file. */
    private static Path program(Path dir, String name) throws IOException {
        String page = Files.readString(PROJECT.resolve("docs/library.md"));
        String source =
                PROGRAM.matcher(page)
                        .results()
                        .map(program -> program.group(1))
                        .filter(program -> program.contains("class " + name + " "))
                        .findFirst()
                        .orElseThrow();
        return Files.writeString(dir.resolve(name + ".java"), source);
    }

    /** Runs a program with no other jars than those that the page names. */
    private static ChildProcess start(Path dir, Path program, String... arguments)
            throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                jar("shmim-") + ":" + jar("slf4j-api-"),
                                program.toString()));
        command.addAll(List.of(arguments));
        return ChildProcess.start(Map.of("MILK_SHM_DIR", dir.toString()), command);
    }

    @Test
    void keywordsAndPixelsAreRead(@ShmDir Path dir) throws IOException {
        ImageSpec spec = ImageSpec.of("cam", DataType.UINT16, Shape.of(2, 2));
        try (Image cam = Image.create(new ImageDirectory(dir), spec)) {
            cam.keywords().put("EXPTIME", 0.5, "s");
            cam.newWriter()
                    .publish(0, MemorySegment.ofArray(new short[] {1, 2, 3, (short) 65_534}));
            ChildProcess mean = start(dir, program(dir, "Mean"), "cam");
            assertThat(mean.awaitExit(DEADLINE)).as(mean.report()).isZero();
            assertThat(mean.output()).contains("EXPTIME=0.5\nmean=16385.0\n");
        }
    }

    @Test
    void theExampleRuns(@ShmDir Path dir) throws IOException {
        Path program = program(dir, "Gain");
        ImageDirectory directory = new ImageDirectory(dir);
        try (Image wfs =
                Image.create(directory, ImageSpec.of("wfs", DataType.FLOAT, Shape.of(3, 2)))) {
            ChildProcess gain = start(dir, program, "wfs", "dm01disp03", "0.3");
            try (Image dm = ForeignImage.awaitOpen(directory, "dm01disp03");
                    FrameReader reader = dm.newReader()) {
                gain.awaitOutput("no frame for a second", DEADLINE);
                wfs.newWriter().publish(0, MemorySegment.ofArray(new float[] {1, 2, 3, 4, 5, -10}));
                assertThat(reader.awaitNext(DEADLINE.toNanos())).as(gain.report()).isTrue();
                MemorySegment frame = reader.newBuffer();
                assertThat(reader.readNewest(frame)).isTrue();
                assertThat(frame.toArray(java.lang.foreign.ValueLayout.JAVA_FLOAT))
                        .containsExactly(0.3f, 0.6f, 0.3f * 3, 0.3f * 4, 0.3f * 5, -3.0f);
                Await.until(
                        DEADLINE,
                        "the keyword",
                        () ->
                                dm.keywords().all().stream()
                                        .anyMatch(k -> k.name().equals("LOOPGAIN")));
            }
            Image.replace(directory, ImageSpec.of("wfs", DataType.FLOAT, Shape.of(3, 2))).close();
            assertThat(gain.awaitExit(DEADLINE)).as(gain.report()).isZero();
        }
    }
}
