package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IVersionProvider;

/** The version, which the build stores in the jar. */
final class Version implements IVersionProvider {
    private static final Path MAPPED_FILES = Path.of("/proc/self/maps");

    /** Returns the program and its version in one line. */
    static String program() {
        @Nullable String version = Version.class.getPackage().getImplementationVersion();
        return "shmimTCP " + (version == null ? "(not packaged)" : version);
    }

    @Override
    public String[] getVersion() {
        return new String[] {
            program(), "Java " + System.getProperty("java.vm.version"), "AOT cache: " + cache()
        };
    }

    /** Returns the AOT cache in use. The JVM silently ignores a cache that does not match. */
    private static String cache() {
        try (Stream<String> maps = Files.lines(MAPPED_FILES)) {
            return maps.filter(line -> line.endsWith(".aot"))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf('/')))
                    .orElse("not in use, commands start more slowly");
        } catch (IOException e) {
            return "unknown (" + e.getMessage() + ")";
        }
    }
}
