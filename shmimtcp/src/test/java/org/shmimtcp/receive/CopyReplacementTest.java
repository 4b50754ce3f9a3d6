package org.shmimtcp.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.CapturedErr;
import org.shmimtcp.testing.GoldenWire;
import org.shmimtcp.testing.Sender;
import org.shmimtcp.testing.ShmDir;

/** Which streams a receiver replaces, and when. */
class CopyReplacementTest {
    private static final GoldenWire MIRROR = new GoldenWire("50x50-float-5");
    private static final String NAME = "dm01disp03";
    private static final ImageSpec FITTING = ImageSpec.of(NAME, DataType.FLOAT, Shape.of(50, 50));
    private static final ImageSpec OTHER = ImageSpec.of(NAME, DataType.FLOAT, Shape.of(11, 11));
    private static final int VERSION_BYTES = 32;
    private static final int NELEMENT = 128;

    private final ImageDirectory directory;

    CopyReplacementTest(@ShmDir Path path) {
        directory = new ImageDirectory(path);
    }

    private Path file() {
        return directory.file(NAME);
    }

    private void make(ImageSpec spec) {
        Image.create(directory, spec).close();
    }

    private void overwrite(long at, byte[] bytes) throws IOException {
        try (var file = new RandomAccessFile(file().toFile(), "rw")) {
            file.seek(at);
            file.write(bytes);
        }
    }

    /** Sends a complete frame and checks that the existing stream is unchanged. */
    private void assertRefused(String reason) throws IOException {
        byte[] before = Files.readAllBytes(file());
        Object inode = Files.getAttribute(file(), "unix:ino");
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            sender.send(MIRROR.head()).send(MIRROR.records().getFirst());
            sender.awaitClosed(ReceiverHarness.SOON);
            assertThat(String.join("\n", err.awaitWarnings()))
                    .contains(reason, "not replaced", "shmim rm " + NAME, "another name");
        }
        assertThat(Files.getAttribute(file(), "unix:ino")).isEqualTo(inode);
        assertThat(Files.readAllBytes(file())).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2.01", "2.0", "2.00.3", "9.99"})
    void anotherVersionIsLeftAlone(String version) throws IOException {
        make(FITTING);
        byte[] text = version.getBytes(StandardCharsets.US_ASCII);
        overwrite(0, Arrays.copyOf(text, VERSION_BYTES));
        assertRefused("format version '" + version + "'");
    }

    @Test
    void oneWhoseMakerHasNotFinishedIsLeftAlone() throws IOException {
        make(OTHER);
        overwrite(0, new byte[VERSION_BYTES]);
        assertRefused("still being created");
    }

    @Test
    void oneOfADaoCompatBuildIsLeftAlone() throws IOException {
        make(FITTING);
        overwrite(Files.size(file()) + 4111, new byte[1]);
        assertRefused("DAO_COMPAT build");
    }

    @Test
    void oneThatItsMakerFinishesMeanwhileIsWrittenInto() throws IOException {
        make(FITTING);
        overwrite(0, new byte[VERSION_BYTES]);
        Object inode = Files.getAttribute(file(), "unix:ino");
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            sender.send(MIRROR.head()).send(MIRROR.records().getFirst());
            Await.until(
                    ReceiverHarness.SOON,
                    "the transmitter is served",
                    () -> String.join("\n", err.lines()).contains("sends '" + NAME));
            overwrite(0, Arrays.copyOf("2.00".getBytes(StandardCharsets.US_ASCII), 32));
            receiver.awaitRecords(1);
        }
        assertThat(Files.getAttribute(file(), "unix:ino")).isEqualTo(inode);
    }

    /** A stream that no program can use is replaced, but not by a head alone. */
    @ParameterizedTest
    @ValueSource(strings = {"empty", "truncated", "contradictory", "another shape", "dangling"})
    void theFirstWholeFrameReplaces(String what) throws IOException {
        switch (what) {
            case "empty" -> Files.createFile(file());
            case "dangling" -> Files.createSymbolicLink(file(), Path.of("nowhere.im.shm"));
            default -> make(what.equals("another shape") ? OTHER : FITTING);
        }
        if (what.equals("truncated")) {
            try (var file = new RandomAccessFile(file().toFile(), "rw")) {
                file.setLength(5000);
            }
        } else if (what.equals("contradictory")) {
            overwrite(NELEMENT, new byte[] {1});
        }
        Object inode = inode();
        byte[] record = MIRROR.records().getFirst();
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            sender.send(MIRROR.head()).send(Arrays.copyOf(record, record.length - 1));
            Await.until(
                    ReceiverHarness.SOON,
                    "the transmitter is served",
                    () -> receiver.loop().count("connections") == 1);
            assertThat(inode()).isEqualTo(inode);
            assertThat(String.join("\n", err.lines())).doesNotContain("replacing");
            sender.send(Arrays.copyOfRange(record, record.length - 1, record.length));
            receiver.awaitRecords(1);
            assertThat(inode()).isNotEqualTo(inode);
            assertThat(String.join("\n", err.lines())).contains("replacing it");
        }
        try (Image copy = Image.open(directory, NAME)) {
            assertThat(copy.spec().describe()).isEqualTo("50x50 f32");
            assertThat(copy.cnt0()).isEqualTo(1);
        }
    }

    private Object inode() throws IOException {
        return Files.getAttribute(file(), "unix:ino", java.nio.file.LinkOption.NOFOLLOW_LINKS);
    }

    @Test
    void aHeadAloneDoesNotEvenZeroTheStream() throws IOException {
        make(FITTING);
        overwrite(384, new byte[] {1, 2, 3, 4});
        byte[] before = Files.readAllBytes(file());
        try (ReceiverHarness receiver =
                new ReceiverHarness(
                        directory, s -> s.with(ReceiveSettings.ON_LOSS, OnLoss.parse("zero")))) {
            new Sender(receiver.port()).send(MIRROR.head()).close();
            Await.until(
                    ReceiverHarness.SOON,
                    "its end",
                    () ->
                            receiver.loop().count("connections") == 1
                                    && receiver.loop().traffic().state().equals("waiting"));
        }
        assertThat(Files.readAllBytes(file())).isEqualTo(before);
    }

    /** Another program keeps re-creating a different stream of this name. */
    @Test
    void theThirdReplacementWithinSecondsIsRefused() throws IOException {
        List<byte[]> records = MIRROR.records();
        make(OTHER);
        try (CapturedErr err = new CapturedErr();
                ReceiverHarness receiver = new ReceiverHarness(directory);
                Sender sender = new Sender(receiver.port())) {
            sender.send(MIRROR.head()).send(records.get(0));
            receiver.awaitRecords(1);
            Image.replace(directory, OTHER).close();
            sendUntilReplaced(sender, records.get(1));
            Image.replace(directory, OTHER).close();
            Object inode = inode();
            sender.awaitClosed(ReceiverHarness.SOON);
            assertThat(inode()).isEqualTo(inode);
            assertThat(String.join("\n", err.warnings()))
                    .contains(
                            "was re-created by process " + Processes.ownPid() + " (",
                            "no longer replaced; end one of the two");
            // The next transmitter is refused, too. Once the other program is gone, replacing works
            // again.
            try (Sender next = new Sender(receiver.port())) {
                next.send(MIRROR.head()).send(records.get(2)).awaitClosed(ReceiverHarness.SOON);
            }
            assertThat(inode()).isEqualTo(inode);
            directory.remove(NAME);
            long before = receiver.loop().traffic().out();
            try (Sender next = new Sender(receiver.port())) {
                next.send(MIRROR.head()).send(records.get(2));
                receiver.awaitRecords(before + 1);
            }
        }
    }

    private void sendUntilReplaced(Sender sender, byte[] record) throws IOException {
        Object inode = inode();
        long endNs = System.nanoTime() + ReceiverHarness.SOON.toNanos();
        while (inode().equals(inode)) {
            assertThat(System.nanoTime()).isLessThan(endNs);
            sender.send(record);
        }
    }
}
