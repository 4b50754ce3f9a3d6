package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.testing.Programs;

class InfoAndRemoveTest {
    private static final String SELF = "(" + Processes.ownPid() + ")";

    @TempDir Path dir;
    private Shell shell;

    @BeforeEach
    void newShell() {
        shell = new Shell(dir);
    }

    private Image create(String name) {
        ImageSpec spec =
                ImageSpec.of(name, DataType.UINT16, Shape.of(7, 5, 3))
                        .withImageType(ImageType.CIRCULAR_TEMPORAL)
                        .withRing(2);
        return Image.create(shell.directory, spec);
    }

    @Test
    void infoForScripts() {
        try (Image image = create("cam");
                var reader = image.newReader()) {
            image.keywords().put("LOOPGAIN", Double.NaN, "gain of the loop");
            image.newWriter().publish(2, reader.newBuffer());
            var result = shell.run("shmim", "info", "cam", "--json");
            assertThat(result.exit()).isZero();
            assertThat(result.out())
                    .contains("\"shape\" : [ 7, 5, 3 ]", "\"type\" : \"ui16\"", "\"cnt0\" : 1")
                    .contains("\"cnt1\" : 2", "\"value\" : \"NaN\"", "\"ringSize\" : 2");
        }
    }

    @Test
    void infoShowsEverything() {
        try (Image image = create("cam");
                var reader = image.newReader()) {
            image.keywords().put("LOOPGAIN", 0.25, "gain of the loop");
            image.keywords().put("CAMERA", "ocam\u001b[2J", "name");
            image.newWriter().publish(2, reader.newBuffer());
            var result = shell.run("shmim", "info", "cam");
            assertThat(result.err()).isEmpty();
            assertThat(result.exit()).isZero();
            assertThat(result.out())
                    .startsWith("cam  7x5x3 ui16\n")
                    .contains(shell.directory.file("cam") + ", " + image.layout().fileBytes())
                    .contains("0x20001: circular, temporal")
                    .contains("cnt0 1, cnt1 2, cnt2 0")
                    .contains("keywords: 2 of 10 in use")
                    .containsPattern("LOOPGAIN +0.25 +1  gain of the loop")
                    .containsPattern("CAMERA +'ocam\\?\\[2J' +1  name")
                    .containsPattern(
                            " "
                                    + reader.semaphore()
                                    + " +1  \\S+\\Q"
                                    + SELF
                                    + "\\E +\\S+\\Q"
                                    + SELF)
                    .contains("slices: 3, the last one written is 2")
                    .contains("ring: 2 frames (CBsize), newest in place")
                    .contains("process traces: 0 of 10 in use")
                    .containsPattern("ring frames +" + image.layout().ringFrames());
            assertThat(result.out().lines().map(String::strip))
                    .anyMatch(line -> line.matches("written +20.* UTC \\([0-9.]+ .?s ago\\)"))
                    .anyMatch(line -> line.matches("2 +1  20.* ago\\)  20.* ago\\)"));
        }
    }

    @Test
    void infoOfWhatIsNotThereHelps() {
        create("dm01disp06").close();
        var result = shell.run("shmim", "info", "dm01disp6");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo(
                        "shmim info: no stream 'dm01disp6' in "
                                + dir
                                + " (1 stream there; nearest name: dm01disp06)\n");
    }

    @Test
    void removesWhatNobodyUses() {
        create("a").close();
        create("b").close();
        var result = shell.run("shmim", "rm", "a", "b");
        assertThat(result.out()).isEqualTo("removed a\nremoved b\n");
        assertThat(result.exit()).isZero();
        assertThat(shell.directory.names()).isEmpty();
    }

    @Test
    void leavesWhatIsInUseAndGoesOn() {
        create("free").close();
        try (Image image = create("used")) {
            image.newWriter().publish(0, image.newReader().newBuffer());
            try (var reader = image.newReader()) {
                assertThat(reader.semaphore()).isPositive();
                var result = shell.run("shmim", "rm", "used", "nope", "free");
                assertThat(result.exit()).isEqualTo(1);
                assertThat(result.out()).isEqualTo("removed free\n");
                assertThat(result.err().lines()).hasSize(2);
                assertThat(result.err())
                        .startsWith("shmim rm: stream 'used' is in use: ")
                        .containsPattern(
                                "\\Q" + SELF + "\\E writes, \\S+\\Q" + SELF + "\\E waits for it")
                        .contains("\nshmim rm: no stream 'nope'");
                assertThat(shell.directory.names()).containsExactly("used");
                assertThat(shell.run("shmim", "rm", "--force", "used").exit()).isZero();
            }
        }
        assertThat(shell.directory.names()).isEmpty();
    }

    @Test
    void removesOnlyTheAliasAndWhatIsDamaged() throws IOException {
        try (Image image = create("target");
                var reader = image.newReader()) {
            assertThat(reader.semaphore()).isPositive();
            Files.createSymbolicLink(dir.resolve("alias.im.shm"), Path.of("target.im.shm"));
            Files.createSymbolicLink(dir.resolve("lost.im.shm"), Path.of("gone.im.shm"));
            Files.write(dir.resolve("bad.im.shm"), new byte[500]);
            Files.write(dir.resolve("worse.im.shm"), new byte[3]);
            var result = shell.run("shmim", "rm", "alias", "lost", "worse");
            assertThat(result.out())
                    .isEqualTo("removed alias alias\nremoved alias lost\nremoved worse\n");
            assertThat(shell.directory.names()).containsExactly("bad", "target");
            var unfinished = shell.run("shmim", "rm", "bad");
            assertThat(unfinished.exit()).isEqualTo(1);
            assertThat(unfinished.err()).contains("still being created", "--force");
        }
    }

    @Test
    void aNameIsNoPath() throws IOException {
        Path outside = Files.createFile(dir.resolve("x.im.shm"));
        Shell below = new Shell(Files.createDirectory(dir.resolve("below")));
        var result = below.run("shmim", "rm", "--force", "../x");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).isEqualTo("shmim rm: stream name '../x' starts with '.'\n");
        assertThat(outside).exists();
    }

    @Test
    void whatCannotBeJudgedIsLeftToItsMaker() throws IOException {
        create("other").close();
        try (FileChannel file =
                FileChannel.open(dir.resolve("other.im.shm"), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap("2.01".getBytes(StandardCharsets.US_ASCII)), 0);
        }
        var result = shell.run("shmim", "rm", "other");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).contains("other programs may use it: --force removes it");
        assertThat(shell.run("shmim", "rm", "--force", "other").exit()).isZero();
        assertThat(shell.directory.names()).isEmpty();
    }

    @Test
    void whatIsNoFileIsNeverRemovedNorReplaced() throws IOException {
        Path directory = Files.createDirectory(dir.resolve("x.im.shm"));
        for (List<String> command :
                List.of(
                        List.of("rm", "x"),
                        List.of("rm", "--force", "x"),
                        List.of("create", "--force", "x", "3", "2"))) {
            var result = shell.run("shmim", command.toArray(String[]::new));
            assertThat(result.exit()).as(command.toString()).isEqualTo(1);
            assertThat(directory).as(command.toString()).isDirectory();
        }
    }

    @Test
    void aFileThatIsNoneOfStepsIsNotWrittenOver() throws IOException {
        Path mine = Files.writeString(dir.resolve("mine.txt"), "a night's notes");
        var result =
                shell.run(
                        "shmimTCPreceive",
                        "-p",
                        "0",
                        "--bind",
                        "127.0.0.1",
                        "--steps",
                        mine.toString(),
                        Integer.toString(Programs.freePort()));
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).contains("was not written by --steps: left alone");
        assertThat(mine).content().isEqualTo("a night's notes");
    }
}
