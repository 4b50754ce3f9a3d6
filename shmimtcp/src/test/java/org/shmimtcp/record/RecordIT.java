package org.shmimtcp.record;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.fits.FrameTable;
import org.shmimtcp.fits.ImageHdu;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.PlainFits;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/** Long recordings with separate processes: a writer, a recorder, and a check of the file. */
@ExtendWith(ChildProcesses.class)
class RecordIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int RATE_HZ = Full.or(3600, 500);
    private static final int SECONDS = Full.or(60, 2);

    @TempDir Path disk;
    private final Path dir;
    private final Programs programs;

    RecordIT(@ShmDir Path dir) {
        this.dir = dir;
        this.programs = new Programs(dir);
    }

    private ChildProcess shmim(String line) {
        return programs.start("shmim", line.replace("DISK", disk.toString()).split(" "));
    }

    private ChildProcess write(int frames) {
        String priority = Full.isOn() ? " -p 50" : "";
        return shmim(
                "write cam --pattern counter --rate " + RATE_HZ + " --frames " + frames + priority);
    }

    /** Starts a recorder, and waits until it is ready for the next frame. */
    private ChildProcess record(String options) {
        ChildProcess recorder = shmim("record cam DISK/cam.fits " + options);
        Await.until(DEADLINE, "a semaphore claimed by " + recorder, this::isFollowed);
        return recorder;
    }

    private boolean isFollowed() {
        try (Image image = Image.open(new ImageDirectory(dir), "cam")) {
            for (int i = 0; i < image.spec().semaphores(); i++) {
                if (image.readerPid(i) > 0) {
                    return Files.exists(disk.resolve("cam.fits.times"));
                }
            }
            return false;
        }
    }

    private static void verify(Path file) {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/fitsverify")), "no fitsverify here");
        String report =
                ChildProcess.start(Map.of(), List.of("fitsverify", file.toString()))
                        .awaitSuccess(DEADLINE);
        assertThat(report).contains("0 warning(s) and 0 error(s)");
    }

    /** Checks that each frame is whole and matches its row; returns the number of frames. */
    private long check(Path file) throws IOException {
        ImageHdu hdu = ImageHdu.open(file);
        ImageHdu.@Nullable Table table = hdu.table();
        assertThat(table).isNotNull();
        assertThat(hdu.axes()).startsWith(120, 120);
        long frames = hdu.axes().getLast();
        long pixels = 120 * 120;
        try (Arena arena = Arena.ofConfined();
                FileChannel in = FileChannel.open(file)) {
            MemorySegment all = in.map(MapMode.READ_ONLY, 0, in.size(), arena);
            MemorySegment frame = arena.allocate(2 * pixels, 8);
            long before = 0;
            for (long i = 0; i < frames && table != null; i++) {
                long cnt0 = FrameTable.cnt0(all, table.at() + i * FrameTable.ROW_BYTES);
                assertThat(cnt0).isGreaterThan(before);
                before = cnt0;
                MemorySegment.copy(all, hdu.dataAt() + i * 2 * pixels, frame, 0, 2 * pixels);
                hdu.codec().fromFile(frame, 0, pixels);
                for (long word = 0; word < pixels / 4; word++) {
                    if (word != 1 && frame.getAtIndex(JAVA_LONG, word) != cnt0) {
                        throw new AssertionError("frame " + i + " is not that of cnt0 " + cnt0);
                    }
                }
            }
        }
        return frames;
    }

    private static long count(Map<String, String> sum, String name) {
        return Long.parseLong(sum.getOrDefault(name, "-1"));
    }

    @Test
    void everyFrameIsInTheFile() throws IOException {
        // A ring is needed: no scheduler runs a thread within every 0.3 ms of a minute.
        shmim("create cam 120 120 --type ui16 --ring 200").awaitSuccess(DEADLINE);
        ChildProcess recorder = record(Full.isOn() ? "-p 40" : "");
        write(RATE_HZ * SECONDS).awaitSuccess(DEADLINE.plusSeconds(SECONDS));
        recorder.signal("INT");
        recorder.awaitExit(DEADLINE);

        Map<String, String> sum = Programs.sum(recorder);
        Path file = disk.resolve("cam.fits");
        long frames = check(file);
        assertThat(frames).isEqualTo(count(sum, "frames"));
        assertThat(frames + count(sum, "skipped")).isEqualTo((long) RATE_HZ * SECONDS);
        assertThat(sum).containsEntry("lost_to_disk", "0");
        if (Full.isOn()) {
            assertThat(sum).containsEntry("skipped", "0");
        }
        assertThat(disk.resolve("cam.fits.times")).doesNotExist();
        List<PlainFits> parts = PlainFits.read(file);
        String all = Long.toString(frames);
        assertThat(parts.get(0).cards()).containsEntry("NAXIS3", all);
        assertThat(parts.get(1).cards()).containsEntry("NAXIS2", all);
        assertThat(parts.get(1).data().getLong((int) (32 * (frames - 1)))).isEqualTo(cnt0("cam"));
        verify(file);
    }

    @Test
    void aKilledRecordingIsCompleted() throws IOException {
        shmim("create cam 120 120 --type ui16").awaitSuccess(DEADLINE);
        ChildProcess recorder = record("");
        ChildProcess writer = write(100 * RATE_HZ);
        Path file = disk.resolve("cam.fits");
        Await.until(DEADLINE, "some frames in the file", () -> sizeOf(file) > 300 * 28_800L);
        recorder.kill9();
        writer.close();

        ChildProcess replay = shmim("replay DISK/cam.fits copy");
        assertThat(replay.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(replay.errors()).contains("is not complete: shmim recover " + file);
        ChildProcess careless = shmim("record cam DISK/cam.fits");
        assertThat(careless.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(careless.errors()).contains("was not completed: shmim recover " + file);
        String said = shmim("recover DISK/cam.fits").awaitSuccess(DEADLINE);
        long frames = check(file);
        assertThat(frames).isGreaterThan(250);
        assertThat(said).isEqualTo(file + " is complete now: " + frames + " frames\n");
        ChildProcess again = shmim("recover DISK/cam.fits");
        assertThat(again.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(again.errors()).contains("is complete");
        verify(file);
    }

    private static long sizeOf(Path file) {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException gone) {
            return 0;
        }
    }

    @Test
    void aFullDiskIsSaidAndWhatIsThereIsKept() throws IOException {
        shmim("create cam 120 120 --type ui16").awaitSuccess(DEADLINE);
        ChildProcess recorder =
                programs.behind(List.of("prlimit", "--fsize=3000000"))
                        .start("shmim", "record", "cam", disk.resolve("cam.fits").toString());
        Await.until(DEADLINE, "a semaphore claimed by " + recorder, this::isFollowed);
        ChildProcess writer = write(100 * RATE_HZ);
        assertThat(recorder.awaitExit(DEADLINE)).isEqualTo(1);
        writer.close();
        assertThat(recorder.errors())
                .contains("shmim record: " + disk.resolve("cam.fits") + " cannot be written: ")
                .contains("free some space, then: shmim recover ");
        shmim("recover DISK/cam.fits").awaitSuccess(DEADLINE);
        long frames = check(disk.resolve("cam.fits"));
        assertThat(frames).isBetween(1L, 104L).isEqualTo(count(Programs.sum(recorder), "frames"));
    }

    /**
     * The table no longer fits when Ctrl-C ends the recording: an error is printed, and the exit
     * code is 1.
     */
    @Test
    void ctrlCOfARecordingThatCannotBeCompletedFails() throws IOException {
        shmim("create cam 120 120 --type ui16 --ring 200").awaitSuccess(DEADLINE);
        Path file = disk.resolve("cam.fits");
        long fits = 2880 + 20 * 28_800L + 100;
        ChildProcess recorder =
                programs.behind(List.of("prlimit", "--fsize=" + fits))
                        .start("shmim", "record", "cam", file.toString());
        Await.until(DEADLINE, "a semaphore claimed by " + recorder, this::isFollowed);
        ChildProcess thief = shmim("record cam DISK/cam.fits --force");
        assertThat(thief.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(thief.errors()).contains("shmim record (process ").contains(") is writing it");
        shmim("write cam --pattern counter --rate 500 --frames 20").awaitSuccess(DEADLINE);
        Path times = disk.resolve("cam.fits.times");
        Await.until(DEADLINE, "20 rows", () -> sizeOf(times) == 20 * 32);
        recorder.signal("INT");
        assertThat(recorder.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(recorder.errors())
                .contains("shmim record: " + file + " cannot be written: ")
                .contains("; it has 20 of 20 frames; free some space, then: shmim recover " + file);
        assertThat(Programs.sum(recorder)).containsEntry("frames", "20");
        String said = shmim("recover DISK/cam.fits").awaitSuccess(DEADLINE);
        assertThat(said).isEqualTo(file + " is complete now: 20 frames\n");
        assertThat(check(file)).isEqualTo(20);
    }

    @Test
    void aStreamThatGoesAwayEndsIt() throws IOException {
        shmim("create cam 120 120 --type ui16").awaitSuccess(DEADLINE);
        ChildProcess recorder = record("");
        write(50).awaitSuccess(DEADLINE);
        shmim("rm --force cam").awaitSuccess(DEADLINE);
        assertThat(recorder.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(recorder.errors()).contains("'cam' was replaced or removed: ");
        assertThat(check(disk.resolve("cam.fits"))).isBetween(1L, 50L);
    }

    @Test
    void replayKeepsTheTimes() throws IOException {
        shmim("create cam 120 120 --type ui16").awaitSuccess(DEADLINE);
        ChildProcess recorder = record("--frames 100");
        shmim("write cam --pattern counter --rate 100 --frames 160").awaitSuccess(DEADLINE);
        recorder.awaitSuccess(DEADLINE);
        ChildProcess replay = shmim("replay DISK/cam.fits copy");
        replay.awaitSuccess(DEADLINE);
        Map<String, String> sum = Programs.sum(replay);
        assertThat(sum).containsEntry("frames", "100");
        String rate = sum.getOrDefault("out", "nan").replace("/s", "");
        assertThat(Double.parseDouble(rate)).isBetween(10.0, 102.0);
        try (Image copy = Image.open(new ImageDirectory(dir), "copy")) {
            assertThat(copy.cnt0()).isEqualTo(100);
            assertThat(copy.pixels().get(JAVA_LONG, 0)).isGreaterThanOrEqualTo(100);
        }
        ChildProcess loop = shmim("replay DISK/cam.fits copy --rate 2000 --loop");
        Await.until(DEADLINE, "more than a second pass", () -> cnt0("copy") > 350);
        loop.signal("INT");
        loop.awaitExit(DEADLINE);
        assertThat(loop.errors()).contains("end: copy played");
    }

    private long cnt0(String name) {
        try (Image image = Image.open(new ImageDirectory(dir), name)) {
            return image.cnt0();
        }
    }

    @Test
    void plotsInTheTerminalAndAsPng() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/fc-list")), "no fonts here");
        shmim("create cam 120 120 --type ui16").awaitSuccess(DEADLINE);
        ChildProcess writer = write(100 * RATE_HZ);
        Await.until(DEADLINE, "a frame", () -> cnt0("cam") > 0);
        String text =
                shmim("plot cam --interval --seconds 1 --png DISK/plot.png").awaitSuccess(DEADLINE);
        writer.close();
        assertThat(text).startsWith("cam interval [µs]  frames ").contains(" p99 ");
        assertThat(text.lines().count()).isGreaterThan(20);
        var picture = javax.imageio.ImageIO.read(disk.resolve("plot.png").toFile());
        assertThat(picture.getWidth()).isEqualTo(1200);
    }
}
