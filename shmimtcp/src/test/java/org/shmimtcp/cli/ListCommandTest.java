package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;

@ExtendWith(ChildProcesses.class)
class ListCommandTest {
    @TempDir Path dir;
    private Shell shell;

    @BeforeEach
    void newShell() {
        shell = new Shell(dir);
    }

    private void create(String name, DataType type, Shape shape) {
        Image.create(shell.directory, ImageSpec.of(name, type, shape)).close();
    }

    private List<String> ls(String... arguments) {
        String[] all = new String[arguments.length + 3];
        System.arraycopy(new String[] {"ls", "--sample", "0.02"}, 0, all, 0, 3);
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        var result = shell.run("shmim", all);
        assertThat(result.err()).isEmpty();
        assertThat(result.exit()).isZero();
        return result.outLines();
    }

    private static String[] cells(String line) {
        return line.split(" {2,}");
    }

    @Test
    void anEmptyDirectory() {
        assertThat(ls()).containsExactly(dir + ": 0 streams");
    }

    @Test
    void anIdleStream() {
        create("dm01disp06", DataType.FLOAT, Shape.of(50, 50));
        assertThat(ls())
                .containsExactly(
                        dir + ": 1 stream",
                        "NAME         SIZE  TYPE  RATE    AGE  CNT0  WRITES  WAITS",
                        "dm01disp06  50x50  f32   0 Hz  never     0  -       -");
    }

    @Test
    void forScripts() {
        create("dm01disp06", DataType.FLOAT, Shape.of(50, 50));
        create("camera", DataType.UINT16, Shape.of(8));
        var result = shell.run("shmim", "ls", "dm*", "--json", "--sample", "0.25");
        assertThat(result.exit()).isZero();
        assertThat(result.out())
                .startsWith("[")
                .contains("\"name\" : \"dm01disp06\"", "\"size\" : \"50x50\"", "\"type\" : \"f32\"")
                .contains("\"rateHz\" : 0.0", "\"cnt0\" : 0")
                .doesNotContain("camera", "ageS");
    }

    @Test
    void rateAgeAndWhoUsesIt() throws InterruptedException {
        create("x", DataType.UINT16, Shape.of(8, 4, 3));
        try (Image image = shell.open("x");
                var reader = image.newReader()) {
            var frame = reader.newBuffer();
            var writer = image.newWriter();
            Thread source =
                    Thread.ofPlatform()
                            .start(() -> {
                                while (!Thread.currentThread().isInterrupted()) {
                                    writer.publish(0, frame);
                                }
                            });
            String[] cells;
            try {
                cells = cells(ls().getLast());
            } finally {
                source.interrupt();
                source.join();
            }
            String self = Processes.name(Processes.ownPid()) + "(" + Processes.ownPid() + ")";
            assertThat(cells).hasSize(8);
            assertThat(cells[0]).isEqualTo("x");
            assertThat(cells[1]).isEqualTo("8x4x3");
            assertThat(cells[2]).isEqualTo("ui16");
            assertThat(cells[3]).matches("[1-9][0-9.]* Hz");
            assertThat(cells[4]).matches("[0-9.]+ (µs|ms)");
            assertThat(Long.parseLong(cells[5])).isPositive();
            assertThat(cells[6]).isEqualTo(self);
            assertThat(cells[7]).isEqualTo(self);
        }
    }

    @Test
    void aProcessThatDoesNotHaveItMappedIsNotNamed() throws IOException {
        create("x", DataType.UINT8, Shape.of(8));
        long writerPids;
        try (Image image = shell.open("x")) {
            writerPids = image.layout().writerPids();
        }
        // The process id of a writer that ended long ago, which another process has now.
        int other = (int) ChildProcess.start(Map.of(), List.of("sleep", "60")).pid();
        var number = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, other);
        try (var file = FileChannel.open(dir.resolve("x.im.shm"), StandardOpenOption.WRITE)) {
            file.write(number, writerPids);
        }
        assertThat(shell.run("shmim", "info", "x").out()).contains("sleep(" + other + ")");
        assertThat(cells(ls().getLast())).endsWith("-", "-");
    }

    @Test
    void aliasesShowWhereTheyLead() throws IOException {
        create("target", DataType.UINT8, Shape.of(8));
        Files.createSymbolicLink(dir.resolve("near.im.shm"), Path.of("target.im.shm"));
        Files.createSymbolicLink(dir.resolve("same.im.shm"), dir.resolve("target.im.shm"));
        Files.createSymbolicLink(dir.resolve("lost.im.shm"), Path.of("/nowhere/y.im.shm"));
        assertThat(ls().stream().map(line -> cells(line)[0]))
                .contains("near -> target", "same -> target", "lost -> /nowhere/y", "target");
    }

    @Test
    void damagedOnesAreListedWithTheReason() throws IOException {
        create("good", DataType.UINT8, Shape.of(8));
        Files.write(dir.resolve("empty.im.shm"), new byte[0]);
        Files.createDirectory(dir.resolve("folder.im.shm"));
        Files.write(dir.resolve("a b.im.shm"), new byte[0]);
        byte[] old = Files.readAllBytes(dir.resolve("good.im.shm"));
        old[0] = '1';
        Files.write(dir.resolve("old.im.shm"), old);
        Files.write(dir.resolve("short.im.shm"), java.util.Arrays.copyOf(old, 400));
        List<String> lines = ls();
        assertThat(lines.getFirst()).isEqualTo(dir + ": 6 streams");
        assertThat(lines).filteredOn(line -> line.startsWith("good ")).hasSize(1);
        assertThat(lines)
                .filteredOn(line -> line.startsWith("empty "))
                .singleElement()
                .asString()
                .contains("has 0 bytes");
        assertThat(lines)
                .filteredOn(line -> line.startsWith("folder "))
                .singleElement()
                .asString()
                .contains("is not a file");
        assertThat(lines)
                .filteredOn(line -> line.startsWith("old "))
                .singleElement()
                .asString()
                .contains("format version '1.00'");
        assertThat(lines)
                .filteredOn(line -> line.startsWith("a b "))
                .singleElement()
                .asString()
                .contains("blank");
    }

    @Test
    void aPatternChooses() {
        for (String name : new String[] {"dm00disp", "dm01disp", "camera"}) {
            create(name, DataType.UINT8, Shape.of(8));
        }
        assertThat(ls("dm*")).hasSize(4).first().isEqualTo(dir + ": 2 streams of 3");
        assertThat(ls("camera")).hasSize(3);
        var none = shell.run("shmim", "ls", "x*");
        assertThat(none.exit()).isEqualTo(1);
        assertThat(none.err())
                .isEqualTo("shmim ls: no stream matches 'x*' in " + dir + " (3 streams there)\n");
        var bad = shell.run("shmim", "ls", "[x");
        assertThat(bad.exit()).isEqualTo(1);
        assertThat(bad.err()).startsWith("shmim ls: pattern '[x': ");
    }

    @Test
    void aSampleOutOfRangeIsRefused() {
        assertThat(shell.run("shmim", "ls", "--sample", "-1").exit()).isEqualTo(2);
        assertThat(shell.run("shmim", "ls", "--sample", "NaN").exit()).isEqualTo(2);
    }

    @Test
    void aMissingDirectoryIsAnError() {
        var result = new Shell(dir.resolve("gone")).run("shmim", "ls");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).startsWith("shmim ls: directory " + dir.resolve("gone"));
    }

    /** File names chosen by other users must not affect the terminal. */
    @Test
    void namesOfOthersAreShownPlainly() throws java.io.IOException {
        java.nio.file.Files.writeString(dir.resolve("a\u202eb\u200b.im.shm"), "x");
        var all = shell.run("shmim", "ls");
        assertThat(all.out() + all.err()).contains("a?b?").doesNotContain("\u202e", "\u200b");
    }
}
