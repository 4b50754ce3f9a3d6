package org.shmimtcp.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.shmimtcp.fits.ImageHeader;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.PlainFits;
import org.shmimtcp.testing.ShmDir;

/** A recorder on a thread; an independent reader checks its file. */
class RecorderTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int PIXELS = 50;

    private final Path dir;
    private Path file = Path.of("");
    private @Nullable Image image;

    RecorderTest(@ShmDir Path dir) {
        this.dir = dir;
    }

    @BeforeEach
    void stream() {
        file = dir.resolve("cam.fits");
        ImageSpec spec = ImageSpec.of("cam", DataType.UINT8, Shape.of(10, 5)).withRing(200);
        image = Image.create(new ImageDirectory(dir), spec);
    }

    @AfterEach
    void close() {
        image().close();
    }

    private Image image() {
        return java.util.Objects.requireNonNull(image);
    }

    private Recorder recorder(boolean replace) throws IOException {
        var origin = new ImageHeader.Origin("test", Instant.EPOCH, 0, List.of(), null);
        var limits = new Recorder.Limits(Long.MAX_VALUE, Long.MAX_VALUE, 1 << 20);
        return new Recorder(image(), file, replace, origin, limits);
    }

    /** Publishes frames of one value each, until that many are recorded. */
    private CompletableFuture<Void> record(Recorder recorder, int frames) {
        var running = CompletableFuture.runAsync(recorder);
        Await.until(DEADLINE, "a recorder that follows", this::isFollowed);
        for (int i = 1; recorder.frames() < frames; i++) {
            byte[] pixels = new byte[PIXELS];
            java.util.Arrays.fill(pixels, (byte) i);
            long before = recorder.frames();
            image().newWriter().publish(0, MemorySegment.ofArray(pixels));
            if (before > 0) { // the first frames may come during the rehearsal
                Await.until(DEADLINE, "the frame", () -> recorder.frames() > before);
            } else {
                Await.time(Duration.ofMillis(1));
            }
        }
        return running;
    }

    private boolean isFollowed() {
        return IntStream.range(0, image().spec().semaphores())
                .anyMatch(i -> image().readerPid(i) > 0);
    }

    private void awaitRows(long frames) {
        Path times = dir.resolve("cam.fits.times");
        Await.until(DEADLINE, "the rows", () -> times.toFile().length() >= 32 * frames);
    }

    private PlainFits part(int number) throws IOException {
        return PlainFits.read(file).get(number);
    }

    private static void get(CompletableFuture<Void> running) throws Exception {
        running.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    /** The last frame and the last row match the stream's counter. */
    @Test
    void theLastFrameIsInTheFile() throws Exception {
        Recorder recorder = recorder(false);
        var running = record(recorder, 7);
        recorder.stop();
        get(running);
        long frames = recorder.frames();
        assertThat(recorder.traffic().rest()).isEqualTo("lost_to_disk=0");
        PlainFits cube = part(0);
        PlainFits table = part(1);
        assertThat(cube.cards()).containsEntry("NAXIS3", Long.toString(frames));
        assertThat(table.cards()).containsEntry("NAXIS2", Long.toString(frames));
        long last = table.data().getLong((int) (32 * (frames - 1)));
        assertThat(last).isEqualTo(image().cnt0());
        assertThat(cube.data().get((int) (PIXELS * frames - 1))).isEqualTo((byte) last);
        assertThat(dir.resolve("cam.fits.times")).doesNotExist();
    }

    @Test
    void theHeaderTellsAllOfABurst() throws Exception {
        Recorder recorder = recorder(false);
        var running = record(recorder, 5);
        String frames = Long.toString(recorder.frames());
        Await.until(
                DEADLINE,
                "the header's number of frames, without a further frame",
                () -> {
                    try {
                        return frames.equals(part(0).cards().get("NAXIS3"));
                    } catch (IOException | RuntimeException beingWritten) {
                        return false;
                    }
                });
        recorder.stop();
        get(running);
    }

    @Test
    void ofARemovedFileAllFramesAreMissing() throws Exception {
        Recorder recorder = recorder(false);
        var running = record(recorder, 5);
        awaitRows(5);
        long read = recorder.frames();
        Files.delete(file);
        recorder.stop();
        assertThatThrownBy(() -> get(running))
                .hasRootCauseMessage(
                        file
                                + ": it was removed while it was recorded: its "
                                + read
                                + " frames are lost");
        assertThat(recorder.frames()).isZero();
        assertThat(recorder.skipped()).isGreaterThanOrEqualTo(read);
        assertThat(recorder.traffic().rest()).isEqualTo("lost_to_disk=" + read);
    }

    /** A recording that nobody will ever see does not continue until the morning. */
    @Test
    void aRemovedFileEndsIt() throws Exception {
        Recorder recorder = recorder(false);
        var running = record(recorder, 1);
        Files.delete(file);
        assertThatThrownBy(() -> get(running))
                .hasRootCauseInstanceOf(IOException.class)
                .hasStackTraceContaining("was removed while it was recorded");
    }

    @Test
    void aRenamedFileIsCompleteAndSaid() throws Exception {
        Recorder recorder = recorder(false);
        var running = record(recorder, 5);
        Path moved = Files.move(file, dir.resolve("moved.fits"));
        Files.writeString(file, "another");
        recorder.stop();
        assertThatThrownBy(() -> get(running))
                .hasRootCauseMessage(
                        file
                                + ": it was renamed while it was recorded: all "
                                + recorder.frames()
                                + " frames are in "
                                + moved.toRealPath());
        assertThat(file).hasContent("another");
        assertThat(recorder.traffic().rest()).isEqualTo("lost_to_disk=0");
        assertThat(PlainFits.read(moved)).hasSize(2);
    }

    @Test
    void aRunningRecordingIsNotReplacedNorRecovered() throws Exception {
        Recorder recorder = recorder(false);
        var running = record(recorder, 3);
        assertThatThrownBy(() -> recorder(true)).hasMessageContaining("is writing it");
        assertThatThrownBy(() -> Recorder.recover(file)).hasMessageContaining("is writing it");
        assertThat(Recorder.writer(file)).isPresent();
        recorder.stop();
        get(running);
        assertThat(PlainFits.read(file)).hasSize(2);
        Recorder next = recorder(true);
        next.stop();
        next.run();
        assertThat(part(0).cards()).containsEntry("NAXIS3", "0");
    }

    /** Creates a file as left by kill -9, with the ends that a file system may leave. */
    private void unfinished(int frames, int rows, int zeroRows) throws IOException {
        byte[] header =
                ImageHeader.ofFrames(
                        image().spec(),
                        "cam",
                        new ImageHeader.Origin("test", Instant.EPOCH, 0, List.of(), null));
        Files.write(file, header);
        byte[] pixels = new byte[PIXELS * frames];
        java.util.Arrays.fill(pixels, (byte) 1);
        Files.write(file, pixels, StandardOpenOption.APPEND);
        ByteBuffer table = ByteBuffer.allocate(32 * (rows + zeroRows));
        for (int i = 0; i < rows; i++) {
            table.putLong(32 * i, i + 1);
        }
        Files.write(dir.resolve("cam.fits.times"), table.array());
    }

    @Test
    void recoversNoPaddingAsFrames() throws IOException {
        unfinished(9, 5, 20);
        assertThat(Recorder.recover(file)).isEqualTo(5);
        assertThat(part(0).cards()).containsEntry("NAXIS3", "5");
        assertThat(PlainFits.read(file)).hasSize(2);
    }

    /** The file is padded to whole blocks before its rows are removed. */
    @Test
    void recoversTheSameAgain() throws IOException {
        unfinished(5, 5, 0);
        Path times = dir.resolve("cam.fits.times");
        ByteBuffer more = ByteBuffer.allocate(32 * 3).putLong(0, 6).putLong(32, 7).putLong(64, 8);
        Files.write(times, more.array(), StandardOpenOption.APPEND);
        Files.createLink(dir.resolve("kept"), times);
        assertThat(Recorder.recover(file)).isEqualTo(5);
        Files.move(dir.resolve("kept"), times); // as if killed before removing the rows
        assertThat(Recorder.recover(file)).isEqualTo(5);
    }

    @Test
    void recoversWhatIsThereOfWhatTheHeaderSays() throws IOException {
        unfinished(4, 8, 0);
        byte[] all = Files.readAllBytes(file);
        String text = new String(all, java.nio.charset.StandardCharsets.ISO_8859_1);
        Files.writeString(
                file,
                text.replace("NAXIS3  =                    0", "NAXIS3  =                    8"),
                java.nio.charset.StandardCharsets.ISO_8859_1);
        assertThat(Recorder.recover(file)).isEqualTo(4);
    }

    @Test
    void recoverFollowsNoLink() throws IOException {
        unfinished(3, 3, 0);
        Path link = Files.createSymbolicLink(dir.resolve("link.fits"), file);
        Files.copy(dir.resolve("cam.fits.times"), dir.resolve("link.fits.times"));
        assertThatThrownBy(() -> Recorder.recover(link)).hasMessageContaining("a symbolic link");
        Path times = dir.resolve("cam.fits.times");
        Files.move(times, dir.resolve("elsewhere"));
        Files.createSymbolicLink(times, dir.resolve("elsewhere"));
        assertThatThrownBy(() -> Recorder.recover(file)).hasMessageContaining("a symbolic link");
        assertThat(dir.resolve("elsewhere")).hasSize(96);
    }

    @Test
    void recoverSaysWhyThereIsNothingToDo() throws IOException {
        assertThatThrownBy(() -> Recorder.recover(file))
                .isInstanceOf(java.nio.file.NoSuchFileException.class);
        unfinished(3, 3, 0);
        Recorder.recover(file);
        assertThatThrownBy(() -> Recorder.recover(file)).hasMessage(file + " is complete");
        unfinished(3, 3, 0);
        Files.delete(dir.resolve("cam.fits.times"));
        assertThatThrownBy(() -> Recorder.recover(file))
                .hasMessageContaining("cannot be recovered: there is no " + file + ".times");
    }
}
