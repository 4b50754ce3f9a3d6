package org.shmimtcp.link;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.offer.OfferSettings;
import org.shmimtcp.offer.Offering;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.status.StatusFile;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/**
 * Tests several receivers of one stream. They speak as docs/protocol.md says, and check each frame
 * themselves.
 */
@Timeout(120)
class SharedReaderTest {
    /** 512 kB: more than a connection takes whose receiver does not read. */
    private static final int SIDE = 256;

    private static final int KEYWORDS = 3;
    private static final long ANOTHER = 4711;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final ImageDirectory directory;
    private final int port = Programs.freePort();

    SharedReaderTest(@ShmDir Path dir) {
        this.directory = new ImageDirectory(dir);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private Image create(int side) {
        ImageSpec spec = ImageSpec.of("cam", DataType.INT64, Shape.of(side, side));
        Image image = Image.create(directory, spec.withKeywords(KEYWORDS));
        opened.add(image);
        return image;
    }

    private void offer() throws IOException {
        opened.add(
                new Offering(
                        OfferSettings.NOTHING
                                .with(OfferSettings.PORT, port)
                                .with(OfferSettings.STREAMS, List.of("cam"))
                                .with(ReceiveSettings.BIND, "127.0.0.1")
                                .with(LinkSettings.PRIORITY, 0),
                        directory,
                        end -> new StatusFile(directory, end)));
    }

    /** A receiver. Its thread, once started, reads whatever comes. */
    private final class Viewer implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;
        private final Map<Integer, Long> keywords = new ConcurrentHashMap<>();
        private final List<Long> frames = new CopyOnWriteArrayList<>();
        private final List<String> faults = new CopyOnWriteArrayList<>();

        /** Bytes read at once, a millisecond apart; 0 for no limit. */
        private volatile int piece;

        /** True if the first keyword of each frame must be its number. */
        private volatile boolean numbered;

        private volatile long newest;
        private volatile @Nullable String bye;

        Viewer(int flags) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(20_000);
            in = socket.getInputStream();
            opened.add(this);
            send(ProtocolPage.subscribe("cam", flags, 0, ANOTHER));
            assertThat(next().type()).isEqualTo(ProtocolPage.SUBSCRIBED);
            assertThat(ProtocolPage.isWhole(bytes(384))).isTrue();
            send(ProtocolPage.welcome(ProtocolPage.VERSION, "test"));
        }

        Viewer() throws IOException {
            this(0);
        }

        Viewer start() {
            Thread.ofPlatform().daemon().name("viewer").start(this::run);
            return this;
        }

        void send(byte[] message) throws IOException {
            socket.getOutputStream().write(message);
        }

        private ByteBuffer bytes(int count) throws IOException {
            ByteBuffer all = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
            while (all.hasRemaining()) {
                int most = piece == 0 ? count : Math.min(piece, all.remaining());
                int n = in.read(all.array(), all.position(), Math.min(most, all.remaining()));
                if (n < 0) {
                    throw new IOException("the end");
                }
                all.position(all.position() + n);
                if (piece != 0) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
            return all.rewind();
        }

        private ProtocolPage.Message next() throws IOException {
            ByteBuffer header = bytes(16);
            if (!ProtocolPage.isHeader(header)) {
                throw new IOException("no message: " + header);
            }
            int body = Math.toIntExact(header.getLong(8));
            ByteBuffer whole = ByteBuffer.allocate(16 + body).order(ByteOrder.LITTLE_ENDIAN);
            whole.put(0, header, 0, 16).put(16, bytes(body), 0, body);
            return new ProtocolPage.Message(Short.toUnsignedInt(header.getShort(4)), whole);
        }

        private void run() {
            try {
                while (true) {
                    take(next());
                }
            } catch (IOException closed) {
                // by one of the two ends
            } catch (RuntimeException e) {
                faults.add(e.toString());
            }
        }

        private void take(ProtocolPage.Message message) throws IOException {
            ByteBuffer b = message.bytes();
            switch (message.type()) {
                case ProtocolPage.PING ->
                        send(ProtocolPage.withTimes(ProtocolPage.PONG, message.longAt(16), 1, 2));
                case ProtocolPage.BYE -> bye = message.text(16);
                case ProtocolPage.KEYWORDS -> {
                    check(b);
                    change(b, 128);
                }
                case ProtocolPage.FRAME -> {
                    check(b);
                    if (b.getInt(b.limit() - 8) != 1) {
                        return; // withdrawn
                    }
                    int pixels = (int) b.getLong(96);
                    long number = b.getLong(128);
                    for (int at = 128; at < 128 + pixels; at += 8) {
                        if (b.getLong(at) != number) {
                            faults.add("frame " + number + " is torn");
                            break;
                        }
                    }
                    change(b, 128 + pixels);
                    if (numbered && !Long.valueOf(number).equals(keywords.get(0))) {
                        faults.add("frame " + number + " with keyword " + keywords.get(0));
                    }
                    if (b.getLong(24) != number) {
                        faults.add("frame " + number + " with cnt0 " + b.getLong(24));
                    }
                    frames.add(number);
                    newest = number;
                }
                default -> {}
            }
        }

        private void check(ByteBuffer b) {
            byte[] all = ProtocolPage.all(b);
            int sum = ProtocolPage.crc32c(all, 16, all.length - 4);
            if (sum != b.getInt(b.limit() - 4)) {
                faults.add("a wrong checksum");
            }
        }

        private void change(ByteBuffer b, int at) {
            for (int i = 0; i < b.getInt(20); i++) {
                keywords.put(b.getInt(at + 136 * i), b.getLong(at + 136 * i + 8 + 24));
            }
        }

        void awaitFrame(long number) {
            Wire.until("frame " + number + " of " + newest, () -> newest == number);
        }

        void assertOrder() {
            assertThat(faults).isEmpty();
            assertThat(frames).isSorted().doesNotHaveDuplicates();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static long semaphoresTaken(Image image) {
        return IntStream.range(0, image.spec().semaphores())
                .filter(i -> image.readerPid(i) == Processes.ownPid())
                .count();
    }

    @Test
    void aStoppedOrSlowOrDyingReceiverDelaysNoOther() throws IOException {
        Image cam = create(SIDE);
        offer();
        Viewer first = new Viewer().start();
        new Viewer(); // stopped
        Viewer slow = new Viewer();
        slow.piece = 4 << 10;
        slow.start();
        Viewer dying = new Viewer();
        Viewer last = new Viewer().start();
        Wire.until("one semaphore", () -> semaphoresTaken(cam) == 1);
        FrameWriter writer = cam.newWriter();
        for (long number = 1; number <= 150; number++) {
            NumberedFrames.publish(cam, writer, number);
            first.awaitFrame(number);
            last.awaitFrame(number);
            if (number == 20) {
                dying.bytes(100_000);
                dying.socket.setSoLinger(true, 0);
                dying.close();
            }
        }
        slow.awaitFrame(150);
        assertThat(semaphoresTaken(cam)).isEqualTo(1);
        List<Long> all = LongStream.rangeClosed(1, 150).boxed().toList();
        assertThat(first.frames).isEqualTo(all);
        assertThat(last.frames).isEqualTo(all);
        for (Viewer viewer : List.of(first, last, slow)) {
            viewer.assertOrder();
        }
        assertThat(slow.frames.size()).isLessThan(150);
        Viewer late = new Viewer().start();
        late.awaitFrame(150);
        assertThat(late.frames).containsExactly(150L);
        opened.add(Image.replace(directory, ImageSpec.of("cam", DataType.INT64, Shape.of(4, 4))));
        for (Viewer viewer : List.of(first, last, slow, late)) {
            Wire.until("the end", () -> viewer.bye != null);
            assertThat(viewer.bye).isEqualTo("its stream was re-created or removed");
        }
    }

    @Test
    void aReceiverThatSkipsFramesGetsTheirKeywords() throws IOException {
        Image cam = create(SIDE);
        offer();
        Viewer prompt = new Viewer();
        Viewer slow = new Viewer();
        prompt.numbered = true;
        slow.numbered = true;
        prompt.start();
        FrameWriter writer = cam.newWriter();
        for (long number = 1; number <= 60; number++) {
            publishWithKeywords(cam, writer, number);
            prompt.awaitFrame(number);
        }
        slow.start().awaitFrame(60);
        assertThat(slow.frames.size()).isLessThan(60);
        assertThat(slow.keywords).containsEntry(1, 30L);
        writeKeyword(cam, writer, 2, 7); // without a frame
        for (Viewer viewer : List.of(prompt, slow)) {
            Wire.until("the keyword", () -> Long.valueOf(7).equals(viewer.keywords.get(2)));
            viewer.assertOrder();
        }
        int frames = slow.frames.size();
        slow.keywords.clear();
        slow.send(ProtocolPage.empty(ProtocolPage.AGAIN));
        Wire.until("all again", () -> slow.keywords.size() == KEYWORDS);
        Wire.until("the frame again", () -> slow.frames.size() == frames + 1);
        publishWithKeywords(cam, writer, 61);
        prompt.awaitFrame(61);
        slow.awaitFrame(61);
        assertThat(slow.faults).isEmpty();
        assertThat(slow.keywords).containsEntry(2, 7L);
        prompt.assertOrder(); // nobody else gets a frame twice
    }

    /** Publishes a frame with its number in the first keyword, and frame 30 with another one. */
    private static void publishWithKeywords(Image image, FrameWriter writer, long number) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = arena.allocate(image.spec().sliceBytes(), 8);
            for (long i = 0; i < frame.byteSize() / 8; i++) {
                frame.setAtIndex(JAVA_LONG, i, number);
            }
            writer.begin();
            writer.writeSlice(0, frame, 0);
            writer.writeKeyword(0, keyword(0, number), 0);
            if (number == 30) {
                writer.writeKeyword(1, keyword(1, number), 0);
            }
            writer.commit(0);
        }
    }

    private static void writeKeyword(Image image, FrameWriter writer, int slot, long value) {
        assertThat(image.isWritable()).isTrue();
        writer.writeKeyword(slot, keyword(slot, value), 0);
    }

    private static MemorySegment keyword(int slot, long value) {
        ByteBuffer keyword = ProtocolPage.Change.ofLong(slot, "K" + slot, value).keyword();
        return MemorySegment.ofArray(ProtocolPage.all(keyword));
    }

    @Test
    void aBusyWriterTearsNothing() throws IOException {
        Image cam = create(2 * SIDE);
        offer();
        List<Viewer> viewers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            viewers.add(new Viewer().start());
        }
        FrameWriter writer = cam.newWriter();
        long number = 0;
        while (viewers.stream().anyMatch(viewer -> viewer.frames.size() < 50)) {
            NumberedFrames.publish(cam, writer, ++number);
        }
        for (Viewer viewer : viewers) {
            viewer.awaitFrame(number);
            viewer.assertOrder();
        }
    }

    @Test
    void aReceiverOfEveryFrameHasItsOwnReader() throws IOException {
        Image cam = create(4);
        offer();
        Viewer newest = new Viewer().start();
        Viewer every = new Viewer(1).start();
        Wire.until("two semaphores", () -> semaphoresTaken(cam) == 2);
        NumberedFrames.publish(cam, cam.newWriter(), 1);
        newest.awaitFrame(1);
        every.awaitFrame(1);
        every.close();
        newest.close();
        Wire.until("no semaphore", () -> semaphoresTaken(cam) == 0);
    }
}
