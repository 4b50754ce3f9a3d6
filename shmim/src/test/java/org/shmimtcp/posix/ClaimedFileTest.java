package org.shmimtcp.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClaimedFileTest {
    @TempDir Path dir;

    @ParameterizedTest
    @ValueSource(strings = {"directory", "symbolic link", "device", "socket"})
    void claimsRegularFilesOnly(String kind) throws IOException {
        Path precious = Files.writeString(dir.resolve("precious"), "precious");
        Path path = dir.resolve("path");
        switch (kind) {
            case "directory" -> Files.createDirectory(path);
            case "symbolic link" -> Files.createSymbolicLink(path, precious);
            case "socket" ->
                    java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)
                            .bind(java.net.UnixDomainSocketAddress.of(path))
                            .close();
            default -> path = Path.of("/dev/null");
        }
        Path wrong = path;
        assertThatThrownBy(() -> ClaimedFile.open(wrong)).hasMessageContaining("it is a " + kind);
        assertThatThrownBy(() -> ClaimedFile.replace(wrong))
                .hasMessageContaining("it is a " + kind);
        assertThatThrownBy(() -> ClaimedFile.create(wrong))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(precious).hasContent("precious");
        assertThat(wrong).exists();
    }

    @Test
    void aClaimedFileIsLeftAloneAndItsProcessNamed() throws IOException {
        Path path = dir.resolve("path");
        String here = "(process " + Processes.ownPid() + ") is writing it";
        try (ClaimedFile file = ClaimedFile.create(path)) {
            file.channel().write(ByteBuffer.wrap(new byte[10]));
            assertThatThrownBy(() -> ClaimedFile.open(path))
                    .isInstanceOf(ClaimedFile.InUse.class)
                    .hasMessageContaining(here);
            assertThatThrownBy(() -> ClaimedFile.replace(path)).hasMessageContaining(here);
            assertThatThrownBy(() -> ClaimedFile.remove(path)).hasMessageContaining(here);
        }
        assertThat(path).hasSize(10);
        ClaimedFile.remove(path);
        assertThat(path).doesNotExist();
        assertThatThrownBy(() -> ClaimedFile.open(path)).isInstanceOf(NoSuchFileException.class);
    }

    /**
     * Processes that have the old file open keep reading it; another name of it keeps the old
     * content.
     */
    @Test
    void whatIsReplacedKeepsItsBytes() throws IOException {
        Path path = Files.writeString(dir.resolve("path"), "old");
        Path other = Files.createLink(dir.resolve("other"), path);
        try (ClaimedFile file = ClaimedFile.replace(path)) {
            file.channel()
                    .write(
                            ByteBuffer.wrap(
                                    "new".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        }
        assertThat(path).hasContent("new");
        assertThat(other).hasContent("old");
    }

    @Test
    void knowsWhereItIs() throws IOException {
        Path path = dir.resolve("path");
        Path moved = dir.resolve("moved");
        try (ClaimedFile file = ClaimedFile.create(path)) {
            assertThat(file.isInPlace()).isTrue();
            Files.move(path, moved);
            Files.writeString(path, "another file");
            assertThat(file.isInPlace()).isFalse();
            assertThat(file.isRemoved()).isFalse();
            assertThat(file.whereabouts()).isEqualTo(moved.toRealPath());
            file.remove();
            assertThat(path).hasContent("another file");
            Files.delete(moved);
            assertThat(file.isRemoved()).isTrue();
        }
    }
}
