package org.shmimtcp.testing;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the project's files are, whichever module's tests run. */
public final class Project {
    /** The directory of the whole project: bin, docs, target/app. */
    public static final Path ROOT = root();

    private Project() {}

    private static Path root() {
        Path start = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        for (Path at = start; at != null; at = at.getParent()) {
            if (Files.exists(at.resolve("mvnw"))) {
                return at;
            }
        }
        throw new IllegalStateException("no file mvnw in " + start + " or above");
    }
}
