package org.shmimtcp.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The machine's C compiler. Tests that need it are skipped if it is missing. */
public final class CCompiler {
    private static final Path PROJECT = Project.ROOT;
    private static final Path SOURCES = PROJECT.resolve("shmim/src/test/c").toAbsolutePath();
    private static final Path TARGET = PROJECT.resolve("target/c").toAbsolutePath();

    private CCompiler() {}

    public static boolean isAvailable() {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .anyMatch(dir -> Files.isExecutable(Path.of(dir, "cc")));
    }

    /** Skips the calling test if there is no C compiler. */
    public static void assume() {
        assumeTrue(isAvailable(), "no C compiler: there is no cc on the PATH");
    }

    /**
     * Compiles {@code src/test/c/NAME.c} to {@code target/c/NAME}, unless the program is newer than
     * its source.
     */
    public static Path compile(String name) {
        return compile(SOURCES.resolve(name + ".c"), name);
    }

    /** Compiles a source given as text, which may include files of {@code src/test/c}. */
    public static Path compile(String name, String text) {
        try {
            Files.createDirectories(TARGET);
            Path source = TARGET.resolve(name + ".c");
            if (!Files.exists(source) || !Files.readString(source).equals(text)) {
                Files.writeString(source, text);
            }
            return compile(source, name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Compiles any source to {@code target/c/NAME}, unless the program is newer. */
    public static Path compile(Path source, String name) {
        assume();
        Path program = TARGET.resolve(name);
        try {
            Files.createDirectories(TARGET);
            if (Files.exists(program)
                    && Files.getLastModifiedTime(program)
                                    .compareTo(Files.getLastModifiedTime(source))
                            > 0) {
                return program;
            }
            Path unfinished = TARGET.resolve(name + "." + ProcessHandle.current().pid());
            List<String> command =
                    List.of(
                            "cc",
                            "-O2",
                            "-Wall",
                            "-I" + SOURCES,
                            "-o",
                            unfinished.toString(),
                            source.toString(),
                            "-lpthread");
            ChildProcess.start(Map.of(), command).awaitSuccess(Duration.ofSeconds(60));
            return Files.move(unfinished, program, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
