package org.shmimtcp.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.KeywordTracker;
import org.shmimtcp.image.Shape;
import org.shmimtcp.link.ClockOffset;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.LatencyTrace;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.testing.Allocation;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.wire.FrameMessage;

class DistributionTest {
    /** 8 MB: more than the kernel takes ahead of a receiver that does not read. */
    private static final int SIDE = 1024;

    private static final int KEYWORDS = 3;
    private static final int PASSES = 4_000;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<Branch> left = new ArrayList<>();
    private final ServerSocket server;
    private final ImageDirectory directory;
    private final Image image;
    private final Arena arena = Arena.ofConfined();
    private final TransmitterCounts counts = new TransmitterCounts(LatencyTrace.OFF);

    DistributionTest(@ShmDir Path path) throws IOException {
        ImageSpec spec = ImageSpec.of("x", DataType.DOUBLE, Shape.of(SIDE, SIDE));
        directory = new ImageDirectory(path);
        image = Image.create(directory, spec.withKeywords(KEYWORDS));
        server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
        server.close();
        arena.close();
        image.close();
    }

    private Socket connect(List<Branch> branches) throws IOException {
        Connection connection =
                Connection.connect(new Endpoint("127.0.0.1", server.getLocalPort()), () -> false);
        connection.giveUpAfterSilence(60);
        opened.add(connection);
        Socket there = server.accept();
        opened.add(there);
        Control control = new Control();
        branches.add(
                new Branch(
                        connection,
                        new Answers(connection, new ClockOffset(), () -> false),
                        counts,
                        control,
                        new LinkState(LinkState.State.CONNECTED, null, control),
                        0,
                        1 << 20,
                        0,
                        FrameMessage.bytes(0, KeywordTracker.SLOTS_A_SCAN)));
        return there;
    }

    private Distribution distribution() {
        return distribution(image);
    }

    private Distribution distribution(Image of) {
        FrameReader reader = of.newReader();
        opened.add(reader);
        LinkState state = new LinkState(LinkState.State.CONNECTED, null, new Control());
        var writer = new WriterWatch(of, state, new LimitedLog(line -> {}, 1));
        return new Distribution(
                of, reader, new FrameWait(reader, () -> Waiting.BLOCK, writer), arena);
    }

    @Test
    void receiversThatDoNotReadHoldOneBufferEach() throws IOException {
        List<Branch> branches = new ArrayList<>();
        Distribution distribution = distribution();
        FrameWriter writer = image.newWriter();
        long number = 0;
        for (int i = 0; i < 4; i++) {
            connect(branches); // each gets stuck in another frame
            Branch[] all = branches.toArray(Branch[]::new);
            for (int frame = 0; frame < 20; frame++) {
                NumberedFrames.publish(image, writer, ++number);
                distribution.pass(all, left::add);
            }
            assertThat(branches).noneMatch(Branch::isBetweenMessages);
            assertThat(distribution.buffers()).isBetween(i + 1, i + 3);
        }
        assertThat(left).isEmpty();
    }

    @Test
    void aFrameAllocatesNothing() throws Exception {
        ImageSpec spec = ImageSpec.of("small", DataType.DOUBLE, Shape.of(11, 11));
        List<Branch> branches = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Socket there = connect(branches);
            Thread.ofPlatform().daemon().start(() -> drain(there));
        }
        AtomicBoolean done = new AtomicBoolean();
        try (Image small = Image.create(directory, spec.withKeywords(300))) {
            Thread source = Thread.ofPlatform().daemon().start(() -> publish(small, done));
            Distribution distribution = distribution(small);
            Branch[] all = branches.toArray(Branch[]::new);
            Consumer<Branch> leave = left::add;
            Allocation.awaitNone(() -> {
                for (int pass = 0; pass < PASSES; pass++) {
                    distribution.pass(all, leave);
                }
            });
            assertThat(left).isEmpty();
            opened.removeLast().close(); // the reader of this image
            done.set(true);
            source.join();
        }
    }

    private static void publish(Image image, AtomicBoolean done) {
        FrameWriter writer = image.newWriter();
        for (long number = 1; !done.get(); number++) {
            image.keywords().setLong((int) (number % 300), number);
            NumberedFrames.publish(image, writer, number);
            LockSupport.parkNanos(100_000);
        }
    }

    private static void drain(Socket socket) {
        try {
            socket.getInputStream().skipNBytes(Long.MAX_VALUE);
        } catch (IOException closed) {
            // at the end
        }
    }

    @Test
    void oneThatHasEndedLetsGoOfItsBuffer() throws IOException {
        List<Branch> branches = new ArrayList<>();
        Distribution distribution = distribution();
        FrameWriter writer = image.newWriter();
        long number = 0;
        for (int i = 0; i < 20; i++) {
            branches.clear();
            Socket there = connect(branches);
            Branch one = branches.getFirst();
            for (int frame = 0; frame < 5; frame++) {
                NumberedFrames.publish(image, writer, ++number);
                distribution.pass(new Branch[] {one}, left::add);
            }
            if (i % 2 == 0) {
                one.leave("it was stopped");
            } else {
                there.setSoLinger(true, 0);
                there.close();
            }
            while (!one.isOut()) {
                distribution.pass(new Branch[] {one}, left::add);
            }
            assertThat(one.failure() == null).isEqualTo(i % 2 == 0);
        }
        assertThat(left).hasSize(20);
        assertThat(distribution.buffers()).isLessThanOrEqualTo(3);
    }
}
