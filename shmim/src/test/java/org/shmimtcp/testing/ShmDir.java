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
 * A temporary directory for streams, in memory if the machine has {@code /dev/shm}, and removed
 * after the test. Annotate a {@link Path} parameter of the test or of its constructor.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.PARAMETER, ElementType.FIELD})
@TempDir(factory = ShmDir.InMemory.class)
public @interface ShmDir {
    /** Creates the directories. */
    final class InMemory implements TempDirFactory {
        private static final Path MEMORY = Path.of("/dev/shm");
        private static final String PREFIX = "shmimtcp-test-";

        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext extension)
                throws Exception {
            return create();
        }

        /** Creates a directory without JUnit; the caller must remove it. */
        public static Path create() throws java.io.IOException {
            return Files.isWritable(MEMORY)
                    ? Files.createTempDirectory(MEMORY, PREFIX)
                    : Files.createTempDirectory(PREFIX);
        }
    }
}
