package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ShmDir;

/**
 * Each way to refuse a file gives one clear line that names the stream, the reason, and what to do.
 */
@ExtendWith(ChildProcesses.class)
class RefusedFilesTest {
    private final Path path;
    private final Path file;
    private final ImageDirectory directory;

    RefusedFilesTest(@ShmDir Path path) {
        this.path = path;
        this.file = path.resolve("x.im.shm");
        this.directory = new ImageDirectory(path);
    }

    private AbstractThrowableAssert<?, ?> assertRefused() {
        return assertThatThrownBy(() -> Image.open(directory, "x").close())
                .isInstanceOf(ImageException.class)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n").contains("'x'"));
    }

    private String origin() {
        return "stream 'x' in " + path;
    }

    /** Writes a good image with a changed head. */
    private void goodBut(Consumer<MemorySegment> change) throws IOException {
        MemorySegment image = GoldenImage.named("g_cb4").segment();
        change.accept(image);
        Files.write(file, image.toArray(JAVA_BYTE));
    }

    @Test
    void goodOneIsNotRefused() throws IOException {
        goodBut(nothing -> {});
        Image.open(directory, "x").close();
    }

    @Test
    void missing() throws IOException {
        Files.createFile(path.resolve("acc00.im.shm"));
        Files.createFile(path.resolve("dm01disp03.im.shm"));
        assertThatThrownBy(() -> Image.open(directory, "acc000"))
                .isInstanceOf(ImageException.Missing.class)
                .hasMessage(
                        "no stream 'acc000' in %s (2 streams there; nearest name: acc00)", path);
    }

    @Test
    void missingFromAnEmptyDirectory() {
        assertThatThrownBy(() -> Image.open(directory, "x"))
                .isInstanceOf(ImageException.Missing.class)
                .hasMessage("no stream 'x' in %s (0 streams there)", path);
    }

    @Test
    void missingDirectory() {
        ImageDirectory nowhere = new ImageDirectory(path.resolve("nowhere"));
        assertThatThrownBy(() -> Image.open(nowhere, "x"))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining(nowhere.path() + " cannot be read: it does not exist");
    }

    @Test
    void zeroBytes() throws IOException {
        Files.createFile(file);
        assertRefused()
                .hasMessage("%s has 0 bytes: truncated, or not an image; remove it", origin());
    }

    @Test
    void headAlone() throws IOException {
        Files.write(file, Arrays.copyOf(GoldenImage.named("g_cb4").bytes(), 384));
        assertRefused()
                .hasMessage("%s has 384 bytes: truncated, or not an image; remove it", origin());
    }

    @Test
    void cutShort() throws IOException {
        byte[] good = GoldenImage.named("g_cb4").bytes();
        Files.write(file, Arrays.copyOf(good, good.length - 1));
        assertRefused()
                .hasMessageStartingWith(origin() + " has 2431 bytes where its head says 2432");
    }

    @Test
    void longerByAByte() throws IOException {
        byte[] good = GoldenImage.named("g_cb4").bytes();
        Files.write(file, Arrays.copyOf(good, good.length + 1));
        assertRefused()
                .hasMessageStartingWith(origin() + " has 2433 bytes where its head says 2432");
    }

    @Test
    void madeByADaoCompatBuild() throws IOException {
        byte[] good = GoldenImage.named("g_cb4").bytes();
        Files.write(file, Arrays.copyOf(good, good.length + 4112));
        assertRefused()
                .isNotInstanceOf(ImageException.Damaged.class)
                .hasMessageContaining("created by a DAO_COMPAT build of ImageStreamIO");
    }

    /** Only damaged images may be replaced without asking. */
    @Test
    void damagedIsWhatNobodyCanUse() throws IOException {
        goodBut(head -> head.set(JAVA_LONG, MetadataLayout.NELEMENT, 36));
        assertRefused().isInstanceOf(ImageException.Damaged.class);
        goodBut(head -> head.set(JAVA_BYTE, MetadataLayout.NAXIS, (byte) 0));
        assertRefused().isInstanceOf(ImageException.Damaged.class);
        goodBut(head -> head.set(JAVA_BYTE, MetadataLayout.DATATYPE, (byte) 14));
        assertRefused().isNotInstanceOf(ImageException.Damaged.class);
        goodBut(head -> head.set(JAVA_BYTE, MetadataLayout.LOCATION, (byte) 0));
        assertRefused().isNotInstanceOf(ImageException.Damaged.class);
        goodBut(head -> head.setString(0, "2.01"));
        assertRefused().isNotInstanceOf(ImageException.Damaged.class);
    }

    @Test
    void anotherVersion() throws IOException {
        goodBut(head -> head.setString(0, "9.99"));
        assertRefused()
                .hasMessage(
                        "%s has format version '9.99', not 2.00: created by another version of"
                                + " ImageStreamIO, or not an image",
                        origin());
    }

    @Test
    void versionThatIsGarbageDoesNotReachTheTerminal() throws IOException {
        goodBut(head -> head.setString(0, "\u001b[2Jé"));
        assertRefused().hasMessageContaining("'?[2Jé'");
    }

    @Test
    void notFinishedByItsMaker() throws IOException {
        goodBut(head -> head.asSlice(0, 32).fill((byte) 0));
        assertRefused()
                .isInstanceOf(ImageException.NotReady.class)
                .hasMessage("%s is still being created", origin());
    }

    @Test
    void noAxes() throws IOException {
        goodBut(head -> head.set(JAVA_BYTE, MetadataLayout.NAXIS, (byte) 0));
        assertRefused().hasMessage("%s cannot be used: 0 axes: must be 1, 2 or 3", origin());
    }

    @Test
    void twoHundredAxes() throws IOException {
        goodBut(head -> head.set(JAVA_BYTE, MetadataLayout.NAXIS, (byte) 200));
        assertRefused().hasMessage("%s cannot be used: 200 axes: must be 1, 2 or 3", origin());
    }

    @Test
    void sizeZero() throws IOException {
        goodBut(head -> head.set(JAVA_INT, MetadataLayout.SIZE + 4, 0));
        assertRefused().hasMessageStartingWith(origin() + " cannot be used: size 7 × 0");
    }

    @Test
    void sizeTwoToThe31() throws IOException {
        goodBut(head -> head.set(JAVA_INT, MetadataLayout.SIZE, 1 << 31));
        assertRefused().hasMessage("%s cannot be used: size 2147483648 along axis 1", origin());
    }

    @Test
    void sizesWhoseProductOverflows() throws IOException {
        goodBut(head -> {
            head.set(JAVA_BYTE, MetadataLayout.NAXIS, (byte) 3);
            for (int axis = 0; axis < 3; axis++) {
                head.set(JAVA_INT, MetadataLayout.SIZE + 4L * axis, Integer.MAX_VALUE);
            }
        });
        assertRefused().hasMessageContaining("2147483647x2147483647x2147483647 is too large");
    }

    @Test
    void numberOfPixelsThatIsNotTheSizes() throws IOException {
        goodBut(head -> head.set(JAVA_LONG, MetadataLayout.NELEMENT, 36));
        assertRefused()
                .hasMessage(
                        "%s cannot be used: size 7x5 does not agree with 36 pixels in 140 bytes",
                        origin());
    }

    @Test
    void memorySizeThatIsNotTheSizes() throws IOException {
        goodBut(head -> head.set(JAVA_LONG, MetadataLayout.IMDATAMEMSIZE, -140));
        assertRefused()
                .hasMessage(
                        "%s cannot be used: size 7x5 does not agree with 35 pixels in -140 bytes",
                        origin());
    }

    @Test
    void unknownDataType() throws IOException {
        for (int type : new int[] {0, 14, 255}) {
            goodBut(head -> head.set(JAVA_BYTE, MetadataLayout.DATATYPE, (byte) type));
            assertRefused().hasMessage("%s cannot be used: unknown data type %d", origin(), type);
        }
    }

    @Test
    void nameWithoutItsZero() throws IOException {
        goodBut(head -> head.asSlice(MetadataLayout.NAME, 80).fill((byte) 'n'));
        assertRefused().hasMessageContaining("'nnn").hasMessageEndingWith("has more than 79 bytes");
    }

    @Test
    void nameInsideThatLeadsElsewhere() throws IOException {
        for (String name : List.of("a/b", "../evil", "/etc/passwd")) {
            goodBut(head -> head.setString(MetadataLayout.NAME, name));
            assertRefused().hasMessageContaining("stream name '" + name + "'");
        }
    }

    @Test
    void nameInsideThatIsEmpty() throws IOException {
        goodBut(head -> head.set(JAVA_BYTE, MetadataLayout.NAME, (byte) 0));
        assertRefused().hasMessage("%s cannot be used: stream name '' is empty", origin());
    }

    @Test
    void nameAskedForThatLeadsElsewhere() {
        for (String name :
                List.of("a/b", "../evil", "..", ".", "", "a b", "n".repeat(80), "a\0b")) {
            assertThatThrownBy(() -> Image.open(directory, name))
                    .isInstanceOf(ImageException.class)
                    .hasMessageStartingWith("stream name '");
        }
    }

    @Test
    void pixelsOnAGpu() throws IOException {
        goodBut(head -> head.set(JAVA_BYTE, MetadataLayout.LOCATION, (byte) 3));
        assertRefused()
                .hasMessageStartingWith(
                        origin() + " cannot be used: its pixels are in the memory of GPU 3");
    }

    @Test
    void hugeRing() throws IOException {
        goodBut(head -> head.set(JAVA_INT, MetadataLayout.CBSIZE, -1));
        assertRefused().hasMessage("%s cannot be used: ring of 4294967295 frames", origin());
    }

    @Test
    void ringThatMakesTheFileLongerThanALong() throws IOException {
        goodBut(head -> {
            head.set(JAVA_BYTE, MetadataLayout.NAXIS, (byte) 2);
            head.set(JAVA_INT, MetadataLayout.SIZE, Integer.MAX_VALUE);
            head.set(JAVA_INT, MetadataLayout.SIZE + 4, 1 << 16);
            long pixels = (long) Integer.MAX_VALUE << 16;
            head.set(JAVA_LONG, MetadataLayout.NELEMENT, pixels);
            head.set(JAVA_LONG, MetadataLayout.IMDATAMEMSIZE, 4 * pixels);
            head.set(JAVA_INT, MetadataLayout.CBSIZE, Integer.MAX_VALUE);
        });
        assertRefused().hasMessageStartingWith(origin()).hasMessageContaining("is too large");
    }

    @Test
    void headThatAsksForMoreMemoryThanThereIs() throws IOException {
        goodBut(head -> {
            head.set(JAVA_INT, MetadataLayout.SIZE, Integer.MAX_VALUE);
            head.set(JAVA_INT, MetadataLayout.SIZE + 4, Integer.MAX_VALUE / 8);
            long pixels = (long) Integer.MAX_VALUE * (Integer.MAX_VALUE / 8);
            head.set(JAVA_LONG, MetadataLayout.NELEMENT, pixels);
            head.set(JAVA_LONG, MetadataLayout.IMDATAMEMSIZE, 4 * pixels);
            head.set(JAVA_INT, MetadataLayout.CBSIZE, 0);
        });
        assertRefused().hasMessageContaining("has 2432 bytes where its head says 2305842");
    }

    /** A sparse file may have any length, so only the mapping can refuse it. */
    @Test
    void fileThatIsReallyLargerThanTheAddressSpace() throws IOException {
        long pixels = 1L << 42;
        long keywordsOn;
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            MemorySegment head = GoldenImage.named("g_float").segment();
            head.set(JAVA_INT, MetadataLayout.SIZE, 1 << 22);
            head.set(JAVA_INT, MetadataLayout.SIZE + 4, 1 << 20);
            head.set(JAVA_LONG, MetadataLayout.NELEMENT, pixels);
            head.set(JAVA_LONG, MetadataLayout.IMDATAMEMSIZE, 4 * pixels);
            head.set(JAVA_SHORT, MetadataLayout.NBKW, (short) 0);
            keywordsOn = head.byteSize() - 384 - 144;
            sparse.write(head.asSlice(0, 384).toArray(JAVA_BYTE));
            try {
                sparse.setLength(384 + 4 * pixels + keywordsOn);
            } catch (IOException tooLargeForThisFileSystem) {
                assumeFalse(true, "this file system has no sparse file of 16 TiB");
            }
        }
        try (Image image = Image.open(directory, "x")) {
            assertThat(image.pixels().byteSize()).isEqualTo(4 * pixels); // 47 bits: mapped
        } catch (ImageException refused) {
            assertThat(refused).hasMessageStartingWith(origin() + " cannot be opened: ");
        }
    }

    @Test
    void aDirectoryOfThatName() throws IOException {
        Files.createDirectory(file);
        assertRefused().hasMessage("%s is not a file", origin());
    }

    @Test
    void aPipeOfThatName() {
        ChildProcess.start(Map.of(), List.of("mkfifo", file.toString()))
                .awaitSuccess(Duration.ofSeconds(10));
        assertRefused().hasMessage("%s is not a file", origin());
    }

    @Test
    void anAliasThatLeadsNowhere() throws IOException {
        Files.createSymbolicLink(file, path.resolve("gone.im.shm"));
        assertRefused().hasMessage("%s is an alias that leads nowhere", origin());
    }

    @Test
    void anAliasThatLeadsToItself() throws IOException {
        Files.createSymbolicLink(file, file);
        assertRefused();
    }

    @Test
    void unreadable() throws IOException {
        goodBut(nothing -> {});
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("-w--w--w-"));
        assertThat(openWithoutPrivileges())
                .isEqualTo(
                        "ImageException: " + origin() + " cannot be opened: permission denied\n");
    }

    @Test
    void readOnlyIsOpenedToReadAndPolls() throws IOException {
        goodBut(nothing -> {});
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
        assertThat(openWithoutPrivileges())
                .isEqualTo(
                        "writable=false semaphore=-1 new=true read=true cnt0=6"
                                + " new=false\nImageException: stream 'x' is read-only:"
                                + " permission denied for "
                                + file
                                + "\n");
        assertThat(file).hasBinaryContent(GoldenImage.named("g_cb4").bytes());
    }

    /** Runs in a separate process: root may do everything until its capabilities are dropped. */
    private String openWithoutPrivileges() {
        List<String> command = new ArrayList<>();
        if (Files.isWritable(Path.of("/etc/shadow"))) {
            Path setpriv = Path.of("/usr/bin/setpriv");
            assumeTrue(Files.isExecutable(setpriv), "running as root, and there is no setpriv");
            command.addAll(List.of(setpriv.toString(), "--bounding-set=-all", "--inh-caps=-all"));
        }
        command.addAll(ChildProcess.javaCommand(List.of(), Opener.class, path.toString()));
        return ChildProcess.start(Map.of(), command).awaitSuccess(Duration.ofSeconds(30));
    }

    /** Opens and reads the image in the given directory, and prints the result. */
    static final class Opener {
        private Opener() {}

        public static void main(String[] args) {
            try (Image image = Image.open(new ImageDirectory(Path.of(args[0])), "x");
                    FrameReader reader = image.newReader()) {
                System.out.printf(
                        "writable=%s semaphore=%d new=%s read=%s cnt0=%d new=%s%n",
                        image.isWritable(),
                        reader.semaphore(),
                        reader.awaitNext(1_000_000_000),
                        reader.readNewest(reader.newBuffer()),
                        reader.cnt0(),
                        reader.awaitNext(1_000_000));
                image.newWriter();
            } catch (ImageException e) {
                System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
            }
        }
    }
}
