package org.shmimtcp.transmit;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.wire.FrameMessage;
import org.shmimtcp.wire.Message;

class FrameSenderTest {
    private static final int SMALL = 50;

    /** 2 MB, sent in pieces. */
    private static final int LARGE = 512;

    private final ImageDirectory directory;
    private final Arena arena = Arena.ofShared();
    private final ServerSocket server;
    private final Connection connection;
    private final Socket there;

    FrameSenderTest(@ShmDir Path path) throws IOException {
        directory = new ImageDirectory(path);
        server = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
        connection =
                Connection.connect(new Endpoint("127.0.0.1", server.getLocalPort()), () -> false);
        there = server.accept();
    }

    @AfterEach
    void close() throws IOException {
        connection.close();
        there.close();
        server.close();
        arena.close();
    }

    private Image image(int size) {
        ImageSpec spec = ImageSpec.of("x", DataType.DOUBLE, Shape.of(size, size));
        Image image = Image.create(directory, spec.withKeywords(3));
        NumberedFrames.publish(image, image.newWriter(), 1);
        return image;
    }

    private FrameSender sender(Image image) {
        return new FrameSender(image, connection, false, arena);
    }

    private static void copy(FrameSender sender, Image image, long cnt0) {
        sender.copy(cnt0, 0, image.layout().pixels(), true);
    }

    /**
     * Reads a message while the test sends it, because a large one does not fit into the kernel's
     * buffers.
     */
    private CompletableFuture<MemorySegment> message(long bytes) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                byte[] read = there.getInputStream().readNBytes((int) bytes);
                assertThat(read).hasSize((int) bytes);
                return arena.allocate(bytes, 64).copyFrom(MemorySegment.ofArray(read));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static void assertRight(MemorySegment message, Image image, long cnt0) {
        long bytes = message.byteSize();
        assertThat(Message.bytes(message, 0, bytes)).isEqualTo(bytes);
        FrameMessage.check(
                message, bytes, Message.FRAME, image.spec(), new FrameMessage.Checksum(message));
        assertThat(FrameMessage.cnt0(message)).isEqualTo(cnt0);
    }

    private static long numberIn(MemorySegment message, Image image) {
        long pixels = image.spec().frameBytes();
        return NumberedFrames.numberIn(message.asSlice(FrameMessage.PIXELS, pixels));
    }

    @ParameterizedTest
    @ValueSource(ints = {SMALL, LARGE})
    void sendsWhatWasCopied(int size) throws ConnectionLostException {
        try (Image image = image(size)) {
            FrameSender sender = sender(image);
            for (int number = 1; number <= 5; number++) {
                copy(sender, image, number);
                var message = message(sender.bytes());
                // Whatever the writer writes from now on belongs to the next frame.
                NumberedFrames.publish(image, image.newWriter(), number + 1L);
                assertThat(sender.send()).isTrue();
                assertRight(message.join(), image, number);
                assertThat(FrameMessage.isWhole(message.join(), sender.bytes())).isTrue();
                assertThat(numberIn(message.join(), image)).isEqualTo(number);
                assertThat(FrameMessage.changes(message.join())).isEqualTo(number == 1 ? 3 : 0);
            }
        }
    }

    @Test
    void aLargeFrameIsOnItsWayBeforeItIsWholeAndMayBeWithdrawn() throws ConnectionLostException {
        try (Image image = image(LARGE)) {
            FrameSender sender = sender(image);
            copy(sender, image, 1);
            long bytes = sender.bytes();
            awaitSomething();
            var first = message(bytes);
            sender.cancel();
            assertRight(first.join(), image, 1);
            assertThat(FrameMessage.isWhole(first.join(), bytes)).isFalse();
            // Its keywords were discarded, and the next frames are copied completely before they
            // are sent.
            copy(sender, image, 2);
            assertThat(isThere()).isFalse();
            sender.cancel();
            copy(sender, image, 3);
            var second = message(sender.bytes());
            assertThat(sender.send()).isTrue();
            assertRight(second.join(), image, 3);
            assertThat(FrameMessage.changes(second.join())).isEqualTo(3);
            for (int careful = 1; careful < 64; careful++) {
                copy(sender, image, 4);
                assertThat(isThere()).isFalse();
                var next = message(sender.bytes());
                assertThat(sender.send()).isTrue();
                assertRight(next.join(), image, 4);
            }
            copy(sender, image, 5);
            awaitSomething();
        }
    }

    /** When the reader requests a second copy, the first one is withdrawn. */
    @Test
    void aCopyThatIsMadeAgainWithdrawsTheFirst() throws ConnectionLostException {
        try (Image image = image(LARGE)) {
            FrameSender sender = sender(image);
            copy(sender, image, 1);
            long bytes = sender.bytes();
            var both = message(2 * bytes);
            copy(sender, image, 2);
            assertThat(sender.bytes()).isEqualTo(bytes);
            assertThat(sender.send()).isTrue();
            MemorySegment first = aligned(both.join().asSlice(0, bytes));
            MemorySegment second = aligned(both.join().asSlice(bytes));
            assertRight(first, image, 1);
            assertThat(FrameMessage.isWhole(first, bytes)).isFalse();
            assertRight(second, image, 2);
            assertThat(FrameMessage.isWhole(second, bytes)).isTrue();
            assertThat(second.get(JAVA_LONG, FrameMessage.PIXELS)).isEqualTo(1);
        }
    }

    @Test
    void aConnectionThatEndsBetweenThePiecesIsLost() throws IOException {
        try (Image image = image(LARGE)) {
            FrameSender sender = sender(image);
            there.setSoLinger(true, 0);
            there.close();
            copy(sender, image, 1);
            copy(sender, image, 1);
            assertThatThrownBy(sender::send).isInstanceOf(ConnectionLostException.class);
        }
    }

    private MemorySegment aligned(MemorySegment message) {
        return arena.allocate(message.byteSize(), 64).copyFrom(message);
    }

    private boolean isThere() {
        try {
            return there.getInputStream().available() > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitSomething() {
        Await.until(Duration.ofSeconds(10), "the first piece", this::isThere);
    }
}
