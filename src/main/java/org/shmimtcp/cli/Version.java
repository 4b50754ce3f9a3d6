package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar. */
final class Version implements IVersionProvider {
    private static final Path MAPPED_FILES = Path.of("/proc/self/maps");

    /** The program and its version in one line. */
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

    /** The AOT cache that this JVM accepted; it drops one that does not fit without a word. */
    private static String cache() {
        try (Stream<String> maps = Files.lines(MAPPED_FILES)) {
            return maps.filter(line -> line.endsWith(".aot"))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf('/')))
                    .orElse("none in use, commands start more slowly");
        } catch (IOException e) {
            return "unknown (" + e.getMessage() + ")";
        }
    }
}
