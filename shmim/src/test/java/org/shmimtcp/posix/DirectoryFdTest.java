package org.shmimtcp.posix;

import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class DirectoryFdTest {
    private final Path dir;
    private final Path secret;

    DirectoryFdTest(@TempDir Path dir) throws IOException {
        this.dir = Files.createDirectory(dir.resolve("shm"));
        secret = Files.writeString(dir.resolve("secret"), "secret");
        Files.setPosixFilePermissions(secret, fromString("rw-------"));
    }

    @Test
    void attributesAreThoseThatTheJdkSees() throws IOException {
        try (DirectoryFd place = DirectoryFd.open(dir);
                FileFd file = place.create("a", 0640)) {
            write(file, "text");
            FileFd.Status is = file.status();
            Path path = dir.resolve("a");
            assertThat(is.inode()).isEqualTo(Files.getAttribute(path, "unix:ino"));
            assertThat(is.uid()).isEqualTo(Files.getAttribute(path, "unix:uid"));
            assertThat(is.type()).isEqualTo(Files.getAttribute(path, "unix:mode"));
            assertThat(is.links()).isEqualTo(Files.getAttribute(path, "unix:nlink"));
            assertThat(is.bytes()).isEqualTo(4);
            assertThat(Duration.ofNanos(is.modifiedNs()).toMillis())
                    .isEqualTo(Files.getLastModifiedTime(path).toMillis());
            assertThat(is.isRegularFile()).isTrue();
            assertThat(is.mode()).isEqualTo(0640);
            assertThat(place.status().isRegularFile()).isFalse();
        }
    }

    private static void write(FileFd file, String text) throws IOException {
        file.write(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void writesAppend() throws IOException {
        byte[] bytes = new byte[1_000_000];
        new SplittableRandom(1).nextBytes(bytes);
        try (DirectoryFd place = DirectoryFd.open(dir);
                FileFd file = place.create("a", 0600)) {
            file.write(new byte[0]);
            file.write(Arrays.copyOf(bytes, 7));
            file.write(Arrays.copyOfRange(bytes, 7, bytes.length));
        }
        assertThat(dir.resolve("a")).hasBinaryContent(bytes);
    }

    @Test
    void whatIsNotThereIsNotHeld() throws IOException {
        Files.createSymbolicLink(dir.resolve("link"), dir.resolve("nowhere"));
        Files.createFile(dir.resolve("file"));
        try (DirectoryFd place = DirectoryFd.open(dir)) {
            try (FileFd none = place.holdIfThere("a")) {
                assertThat(none).isNull();
            }
            try (FileFd link = place.holdIfThere("link")) {
                assertThat(link).isNotNull();
            }
            assertThatThrownBy(() -> place.holdIfThere("file/a"))
                    .isInstanceOf(FileSystemException.class);
        }
    }

    /** An attack in which the name is given to another file between two steps. */
    @Test
    void aSwappedNameRedirectsNothing() throws IOException {
        Path name = dir.resolve("a");
        try (DirectoryFd place = DirectoryFd.open(dir);
                FileFd file = place.create("a", 0600)) {
            Files.delete(name);
            Files.createSymbolicLink(name, secret);
            file.chmod(0666);
            write(file, "pixels");
            Files.createDirectory(dir.resolve("trap"));
            assertThatThrownBy(() -> place.create("a", 0666))
                    .isInstanceOf(FileAlreadyExistsException.class);
            try (FileFd held = place.hold("a")) {
                assertThat(held.status().isRegularFile()).isFalse();
            }
            assertThat(place.delete("a")).isTrue();
        }
        assertThat(secret).hasContent("secret");
        assertThat(Files.getPosixFilePermissions(secret)).isEqualTo(fromString("rw-------"));
    }

    /** The same attack on the directory's own name. */
    @Test
    void aSwappedDirectoryRedirectsNothing() throws IOException {
        Path moved = dir.resolveSibling("moved");
        try (DirectoryFd place = DirectoryFd.open(dir)) {
            Files.move(dir, moved);
            Files.createSymbolicLink(dir, secret.getParent());
            place.create("a", 0644).close();
            assertThat(place.realPath()).isEqualTo(moved.toRealPath());
            assertThat(place.names(10)).containsExactly("a");
        }
        assertThat(moved.resolve("a")).isEmptyFile();
    }

    @Test
    void aLinkIsNotTakenForADirectory() throws IOException {
        Path target = Files.createDirectory(secret.resolveSibling("target"));
        Files.setPosixFilePermissions(target, fromString("rwx------"));
        Files.createSymbolicLink(dir.resolve("d"), target);
        try (DirectoryFd place = DirectoryFd.open(dir)) {
            assertThatThrownBy(() -> place.makeDirectory("d", 01777))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessage(dir.resolve("d") + ": not a directory");
        }
        assertThat(Files.getPosixFilePermissions(target)).isEqualTo(fromString("rwx------"));
    }

    @Test
    void aDirectoryIsMadeWithItsModeAndOneThatIsThereKeepsIts() throws IOException {
        try (DirectoryFd place = DirectoryFd.open(dir)) {
            try (DirectoryFd made = place.makeDirectory("d", 01777)) {
                assertThat(made.status().mode()).isEqualTo(01777);
            }
            Files.setPosixFilePermissions(dir.resolve("d"), fromString("rwx------"));
            try (DirectoryFd there = place.makeDirectory("d", 01777)) {
                assertThat(there.status().mode()).isEqualTo(0700);
                there.create("a", 0600).close();
            }
            assertThatThrownBy(() -> place.deleteDirectory("d"))
                    .isInstanceOf(DirectoryNotEmptyException.class);
            Files.delete(dir.resolve("d").resolve("a"));
            assertThat(place.deleteDirectory("d")).isTrue();
            assertThat(place.deleteDirectory("d")).isFalse();
        }
    }

    /** If the pipe were opened for reading, the call would wait for a writer. */
    @Test
    @Timeout(30)
    void aPipeBlocksNobody() throws Exception {
        Path pipe = dir.resolve("p");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        try (DirectoryFd place = DirectoryFd.open(dir);
                FileFd held = place.hold("p");
                FileFd following = DirectoryFd.holdFollowing(pipe)) {
            assertThat(held.status().isRegularFile()).isFalse();
            assertThat(following.status()).isEqualTo(held.status());
        }
    }

    @Test
    void aFileThatIsHeldGetsTheNameWhateverItsOldOneLeadsTo() throws IOException {
        try (DirectoryFd place = DirectoryFd.open(dir);
                FileFd file = place.create(".a", 0644)) {
            write(file, "mine");
            Files.createLink(dir.resolve(".kept"), dir.resolve(".a"));
            Files.delete(dir.resolve(".a"));
            Files.createSymbolicLink(dir.resolve(".a"), secret);
            place.link(file, "a");
            assertThat(dir.resolve("a")).isRegularFile().hasContent("mine");
            assertThatThrownBy(() -> place.link(file, "a"))
                    .isInstanceOf(FileAlreadyExistsException.class);
            place.rename(".kept", "b");
            assertThat(dir.resolve("b")).hasContent("mine");
            assertThat(place.delete(".kept")).isFalse();
        }
    }

    @Test
    void whatIsNotThereIsSaid() throws IOException {
        assertThatThrownBy(() -> DirectoryFd.open(dir.resolve("no")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage(dir.resolve("no").toString());
        assertThatThrownBy(() -> DirectoryFd.open(secret))
                .isInstanceOf(FileSystemException.class)
                .isNotInstanceOf(NotDirectoryException.class)
                .hasMessageEndingWith(": not a directory");
        try (DirectoryFd place = DirectoryFd.open(dir)) {
            assertThatThrownBy(() -> place.hold("no")).isInstanceOf(NoSuchFileException.class);
        }
    }
}
