package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.ShmDir;

/** What creation leaves in the directory: exactly what the C library would have left. */
@ExtendWith(ChildProcesses.class)
class ImageCreationTest {
    private static final ImageSpec SPEC = ImageSpec.of("x", DataType.FLOAT, Shape.of(7, 5));
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration A_SECOND = Duration.ofSeconds((long) Full.slack());

    private final Path path;
    private final ImageDirectory directory;

    ImageCreationTest(@ShmDir Path path) {
        this.path = path;
        this.directory = new ImageDirectory(path);
    }

    /** Programs that wait for new streams watch for IN_CREATE, which a rename does not raise. */
    private static final String INOTIFY =
            """
            import ctypes, os, struct, sys
            libc = ctypes.CDLL(None)
            fd = libc.inotify_init()
            libc.inotify_add_watch(fd, sys.argv[1].encode(), 0x100 | 0x80)
            print('watching', flush=True)
            while True:
                events = os.read(fd, 65536)
                while events:
                    _, mask, _, size = struct.unpack('iIII', events[:16])
                    name = events[16:16 + size].rstrip(b'\\0').decode()
                    print('created' if mask & 0x100 else 'moved', name, flush=True)
                    events = events[16 + size:]
            """;

    @Test
    void newStreamsAreLinkedInAndOnlyReplacedOnesRenamed() {
        ChildProcess watcher =
                ChildProcess.start(Map.of(), List.of("python3", "-c", INOTIFY, path.toString()));
        watcher.awaitOutput("watching", SOON);
        Image.replace(directory, SPEC).close();
        watcher.awaitOutput("created x.im.shm", SOON);
        assertThat(watcher.report()).doesNotContain("moved x.im.shm");
        Image.replace(directory, SPEC).close();
        watcher.awaitOutput("moved x.im.shm", SOON);
        watcher.kill9();
    }

    static List<GoldenImage> images() {
        return GoldenImage.all().toList();
    }

    @ParameterizedTest
    @MethodSource("images")
    void isWhatTheLibraryMakesByteForByte(GoldenImage golden) {
        MemorySegment theirs = golden.segment();
        try (Image image = Image.create(directory, golden.spec())) {
            publishAsTheyDid(golden, theirs, image);
            MemorySegment ours =
                    MemorySegment.ofArray(new long[(int) (image.memory().byteSize() + 7) / 8])
                            .asSlice(0, image.memory().byteSize())
                            .copyFrom(image.memory());
            hideWhatMustDiffer(golden, theirs, (int) golden.number("creatorPID"));
            hideWhatMustDiffer(golden, ours, Processes.ownPid());
            assertThat(ours.toArray(JAVA_BYTE)).isEqualTo(theirs.toArray(JAVA_BYTE));
        }
    }

    private static void publishAsTheyDid(GoldenImage golden, MemorySegment theirs, Image image) {
        FrameWriter writer = image.newWriter();
        writer.writeKeywords(image.spec().keywordSlots(), theirs, image.layout().keywordsOffset());
        boolean bySlices = golden.name().equals("g_circ");
        long slicePixels = image.spec().shape().slicePixels();
        long pixelBytes = image.spec().type().bytes();
        for (int f = 0; f < golden.number("cnt0"); f++) {
            writer.begin();
            for (int slice = 0; slice < image.spec().shape().slices(); slice++) {
                if (bySlices && slice != f % 3) {
                    continue;
                }
                MemorySegment frame =
                        MemorySegment.ofArray(new byte[(int) (slicePixels * pixelBytes)]);
                for (long i = 0; i < slicePixels; i++) {
                    golden.putPixel(frame, i * pixelBytes, slice * slicePixels + i, f);
                }
                writer.writeSlice(slice, frame, 0);
            }
            int slice = bySlices ? f % 3 : (int) golden.number("cnt1");
            writer.commit(slice, 1_700_000_000, 123_456_789);
        }
    }

    /**
     * Clears exactly the fields that differ between two creators: times, PIDs, the inode, and the
     * time and counter arrays of a circular image. The C library leaves those arrays to its callers
     * (they are zero in one golden file, and contain invented times in the other); this program
     * fills them.
     */
    private static void hideWhatMustDiffer(GoldenImage golden, MemorySegment image, int maker) {
        image.asSlice(MetadataLayout.CREATIONTIME, 32).fill((byte) 0); // and lastaccesstime
        if (golden.number("cnt0") > 0) {
            image.asSlice(MetadataLayout.WRITETIME, 16).fill((byte) 0);
        }
        hidePid(image, MetadataLayout.CREATOR_PID, maker);
        image.set(JAVA_LONG, MetadataLayout.INODE, 0);
        for (int i = 0; i < golden.number("sem"); i++) {
            if (golden.number("cnt0") > 0) {
                hidePid(image, golden.number("off_semWritePID") + 4L * i, maker);
            }
        }
        long times = golden.number("off_atimearray");
        long counters = golden.number("off_cntarray");
        if (times > 0) {
            image.asSlice(times, counters - times).fill((byte) 0);
        }
        if (golden.name().equals("g_cb3_circ_kw2")) {
            image.asSlice(counters, 8 * golden.number("size2")).fill((byte) 0);
        }
    }

    private static void hidePid(MemorySegment image, long offset, int pid) {
        assertThat(image.get(JAVA_INT, offset)).as("PID at %d", offset).isEqualTo(pid);
        image.set(JAVA_INT, offset, 0);
    }

    @Test
    void theCPeerReadsWhatIsMade() {
        ImageSpec spec =
                SPEC.withKeywords(3)
                        .withRing(4)
                        .withSemaphores(5)
                        .withImageType(ImageType.MATH_DATA);
        try (Image image = Image.create(directory, spec)) {
            image.keywords().put("GAIN", 0.25, "loop gain");
            image.keywords().put("MODES", 1234L, "");
            image.keywords().put("SIXTEENCHARNAME!", "0123456789abcdef", "c".repeat(80));
            image.newWriter().publish(0, MemorySegment.ofArray(new float[35]));

            assertThat(Peer.run(path, "info", "x"))
                    .contains("version 2.00\nname x\nnaxis 2\nsize 7 5 0\n")
                    .contains("nsem 5\n")
                    .contains("cnt0 1\ncnt1 0\nwrite 0\n")
                    .contains("cbsize 4\ncbindex 1\ncbcycle 0\n")
                    .contains("inode " + inode(image.file()) + "\n")
                    .contains("sem4 1 readPID -1 writePID " + Processes.ownPid() + "\n")
                    .contains("kw0 GAIN D 0.25 \"loop gain\"\n")
                    .contains("kw1 MODES L 1234 \"\"\n")
                    .contains(
                            "kw2 SIXTEENCHARNAME! S 0123456789abcdef \"" + "c".repeat(80) + "\"\n");
        }
    }

    private static long inode(Path file) {
        try {
            return ((Number) Files.getAttribute(file, "unix:ino")).longValue();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void modeIs0666WhateverTheUmask() throws IOException {
        String strict = "umask 077; exec \"$0\" \"$@\"";
        List<String> command = new ArrayList<>(List.of("sh", "-c", strict));
        command.addAll(ChildProcess.javaCommand(List.of(), Creator.class, path.toString()));
        ChildProcess.start(Map.of(), command).awaitSuccess(Duration.ofSeconds(30));

        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(path.resolve("x.im.shm"))))
                .isEqualTo("rw-rw-rw-");
    }

    /** Creates {@link #SPEC} in the given directory. */
    static final class Creator {
        private Creator() {}

        public static void main(String[] args) {
            Image.create(new ImageDirectory(Path.of(args[0])), SPEC).close();
        }
    }

    @Test
    void nobodySeesHalfAFile() throws InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger whole = new AtomicInteger();
        AtomicInteger other = new AtomicInteger();
        ImageSpec large = ImageSpec.of("x", DataType.DOUBLE, Shape.of(512, 512));
        Thread onlooker =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!over.get()) {
                                try {
                                    Image.open(directory, "x").close();
                                    whole.incrementAndGet();
                                } catch (ImageException.Missing notYet) {
                                    // not visible yet, or between two images
                                } catch (ImageException.NotReady replacedInThatMoment) {
                                    // reported by open's second check, not because of half a file
                                } catch (ImageException half) {
                                    other.incrementAndGet();
                                }
                            }
                        });
        for (int i = 0; i < 50; i++) {
            if (i % 2 == 0) {
                Image.create(directory, large).close();
            } else {
                Image.replace(directory, SPEC).close();
                directory.remove("x");
            }
        }
        Image.create(directory, large).close();
        Await.until(Duration.ofSeconds(20), "a look at the last one", () -> whole.get() > 0);
        over.set(true);
        onlooker.join();
        assertThat(other).hasValue(0);
    }

    @Test
    void anExistingOneIsNotTouched() throws IOException {
        Image.create(directory, SPEC).close();
        byte[] before = Files.readAllBytes(path.resolve("x.im.shm"));

        assertThatThrownBy(() -> Image.create(directory, SPEC.withKeywords(1)))
                .isInstanceOf(ImageException.class)
                .hasMessage("stream 'x' cannot be created in %s: it already exists", path);
        assertThat(path.resolve("x.im.shm")).hasBinaryContent(before);
        assertThat(files()).containsExactly("x.im.shm");
    }

    @Test
    void replacingMakesANewFileAndTheOldImageNotices() {
        try (Image old = Image.create(directory, SPEC)) {
            long inode = inode(old.file());
            assertThat(old.isReplaced()).isFalse();
            try (Image fresh = Image.replace(directory, SPEC)) {
                assertThat(inode(fresh.file())).isNotEqualTo(inode);
                assertThat(MetadataLayout.inode(fresh.head())).isEqualTo(inode(fresh.file()));
                Await.until(A_SECOND, "the old image to notice", old::isReplaced);
                assertThat(fresh.isReplaced()).isFalse();
            }
            assertThat(files()).containsExactly("x.im.shm");
        }
    }

    @Test
    void replacingWhereThereIsNoneMakesOne() {
        Image.replace(directory, SPEC).close();
        assertThat(files()).containsExactly("x.im.shm");
    }

    @Test
    void removalIsNoticed() {
        try (Image image = Image.create(directory, SPEC)) {
            directory.remove("x");
            Await.until(A_SECOND, "the image to notice", image::isReplaced);
            assertThat(files()).isEmpty();
        }
    }

    @Test
    void replacementByTheCPeerIsNoticed() {
        Peer.run(path, "create", "x", "9", "7", "5");
        try (Image image = Image.open(directory, "x")) {
            Peer.run(path, "create", "x", "9", "7", "5");
            Await.until(A_SECOND, "the image to notice", image::isReplaced);
        }
    }

    @Test
    void moreThanThereIsRoomForIsRefusedAndLeavesNothing() {
        ImageSpec huge = ImageSpec.of("x", DataType.DOUBLE, Shape.of(1 << 30, 1 << 12));
        assertThatThrownBy(() -> Image.create(directory, huge))
                .isInstanceOf(ImageException.class)
                .hasMessageMatching(
                        "stream 'x' cannot be created in .*: it needs 35184372\\d+ bytes, and \\d+"
                                + " are free");
        assertThat(files()).isEmpty();
    }

    @Test
    void aNameThatIsADirectoryIsNotReplaced() throws IOException {
        Files.createDirectories(path.resolve("x.im.shm/inside"));
        assertThatThrownBy(() -> Image.replace(directory, SPEC))
                .isInstanceOf(ImageException.class)
                .hasMessageStartingWith("stream 'x' cannot be created in " + path);
        assertThat(files()).containsExactly("x.im.shm");
    }

    @Test
    void aDirectoryThatIsNotThereIsNamed() {
        ImageDirectory nowhere = new ImageDirectory(path.resolve("nowhere"));
        assertThatThrownBy(() -> Image.create(nowhere, SPEC))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("stream 'x' cannot be created in " + nowhere.path());
    }

    @Test
    void litterOfDeadProcessesIsRemovedAndNothingElse() throws IOException {
        ChildProcess dead = ChildProcess.start(Map.of(), List.of("true"));
        dead.awaitSuccess(Duration.ofSeconds(10));
        Path litter = path.resolve(".y.im.shm." + dead.pid() + ".tmp");
        Path busy = path.resolve(".z.im.shm." + ProcessHandle.current().pid() + ".tmp");
        Path foreign = path.resolve(".editor." + dead.pid() + ".tmp");
        for (Path file : List.of(litter, busy, foreign)) {
            Files.createFile(file);
        }
        Image.create(directory, SPEC).close();
        assertThat(litter).doesNotExist();
        assertThat(busy).exists();
        assertThat(foreign).exists();
    }

    private List<String> files() {
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
