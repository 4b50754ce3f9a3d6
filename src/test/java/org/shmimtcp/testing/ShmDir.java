package org.shmimtcp.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * A temporary directory for streams, in memory where the machine has {@code /dev/shm}; gone after
 * the test. Put it on a {@link Path} parameter of the test's constructor, or of a test.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.PARAMETER, ElementType.FIELD})
@TempDir(factory = ShmDir.InMemory.class)
public @interface ShmDir {
    /** Makes the directories. */
    final class InMemory implements TempDirFactory {
        private static final Path MEMORY = Path.of("/dev/shm");
        private static final String PREFIX = "shmimtcp-test-";

        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext extension)
                throws Exception {
            return create();
        }

        /** For who has no JUnit to make it, nor to remove it. */
        public static Path create() throws java.io.IOException {
            return Files.isWritable(MEMORY)
                    ? Files.createTempDirectory(MEMORY, PREFIX)
                    : Files.createTempDirectory(PREFIX);
        }
    }
}
