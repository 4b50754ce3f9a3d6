package org.shmimtcp.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;

@Timeout(30)
@ExtendWith(ChildProcesses.class)
class SmallFileTest {
    @TempDir Path dir;

    @Test
    void aFileIsReadWhole() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "0123456789");
        assertThat(SmallFile.read(file, 10)).asString().isEqualTo("0123456789");
        Path link = Files.createSymbolicLink(dir.resolve("link"), file);
        assertThat(SmallFile.read(link, 10)).hasSize(10);
    }

    @Test
    void whatIsNoFileIsRefusedAtOnce() {
        ChildProcess.start(Map.of(), List.of("mkfifo", dir.resolve("pipe").toString()))
                .awaitSuccess(Duration.ofSeconds(20));
        refused(Path.of("/dev/zero"), "it is a device, pipe or socket, not a file");
        refused(dir.resolve("pipe"), "it is a device, pipe or socket, not a file");
        refused(dir, "it is a directory");
        assertThatThrownBy(() -> SmallFile.read(dir.resolve("none"), 10))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aFileThatIsTooLargeIsRefused() throws IOException {
        refused(Files.writeString(dir.resolve("large"), "01234567890"), "larger than 10 bytes");
    }

    private static void refused(Path file, String reason) {
        assertThatThrownBy(() -> SmallFile.read(file, 10))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContainingAll(file.toString(), reason);
    }

    @Test
    void whatOthersMayReadIsNoSecret() throws IOException {
        Path file = Files.createFile(dir.resolve("key"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(SmallFile.isReadByAll(file)).isTrue();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThat(SmallFile.isReadByAll(file)).isFalse();
    }
}
