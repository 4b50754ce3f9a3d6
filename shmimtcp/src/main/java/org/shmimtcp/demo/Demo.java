package org.shmimtcp.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.process.ShutdownHooks;

/**
 * The whole chain on this machine: a source of turbulence on a mirror channel, a transmitter and a
 * receiver as separate processes over loopback TCP, and a check of every frame of the copy. The two
 * "machines" are two directories.
 */
public final class Demo implements AutoCloseable {
    /** The tweeter's channel 3, as used in the documentation. */
    public static final String STREAM = "dm01disp03";

    private static final long START_NS = 20_000_000_000L;

    /** After this time without a frame, none are on the way. */
    private static final long QUIET_NS = 1_000_000_000L;

    private static final Path FAST = Path.of("/dev/shm");

    /**
     * The size and rate of the demo's stream, and how long it runs.
     *
     * @param size pixels along each side
     * @param rateHz frames a second
     */
    public record Settings(int size, double rateHz, double seconds) {}

    private final UnaryOperator<String> programs;
    private final Path directory;
    private final ImageDirectory copies;
    private final DemoProcess receiver;
    private final DemoProcess transmitter;
    private final DemoProcess writer;
    private final Image source;
    private final Image copy;
    private final CheckThread check;

    /**
     * Starts all programs.
     *
     * @param programs maps a program's name to the path of its launcher
     * @throws IOException if one of the programs does not start; the message contains its last line
     */
    @SuppressWarnings("NullAway.Init") // if construction fails, there is no object to use
    public Demo(Settings settings, UnaryOperator<String> programs) throws IOException {
        this.programs = programs;
        this.directory = makeDirectory();
        if (!ShutdownHooks.add(new Thread(this::cleanUp, "demo clean-up"))) {
            cleanUp();
            throw new IOException("interrupted");
        }
        ImageDirectory sources = makeImageDirectory("source");
        this.copies = makeImageDirectory("copy");
        Shape shape = Shape.of(settings.size, settings.size);
        this.source = Image.create(sources, ImageSpec.of(STREAM, DataType.FLOAT, shape));
        String port = Integer.toString(freePort());
        this.receiver = start("receiver", copies, "shmimTCPreceive", "--bind", "127.0.0.1", port);
        receiver.awaitWord("listening", START_NS);
        this.transmitter =
                start(
                        "transmitter",
                        sources,
                        "shmimTCPtransmit",
                        "--foreground",
                        STREAM,
                        "127.0.0.1",
                        port);
        transmitter.awaitWord("connected", START_NS);
        receiver.awaitWord("created in", START_NS);
        this.copy = Image.open(copies, STREAM);
        this.check = new CheckThread(copy);
        this.writer =
                start(
                        "source",
                        sources,
                        "shmim",
                        "write",
                        STREAM,
                        "--pattern",
                        "turbulence",
                        "--stamp",
                        "--rate",
                        Double.toString(settings.rateHz),
                        "--seconds",
                        Double.toString(settings.seconds));
    }

    private static Path makeDirectory() throws IOException {
        Path parent = Files.isWritable(FAST) ? FAST : Path.of(System.getProperty("java.io.tmpdir"));
        return Files.createTempDirectory(parent, "shmimtcp-demo");
    }

    private ImageDirectory makeImageDirectory(String name) throws IOException {
        return new ImageDirectory(Files.createDirectory(directory.resolve(name)));
    }

    /**
     * Returns a port that is free now. If another process takes it meanwhile, the receiver reports
     * that.
     */
    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private DemoProcess start(
            String name, ImageDirectory streams, String program, String... arguments)
            throws IOException {
        List<String> command =
                Stream.concat(Stream.of(programs.apply(program)), Stream.of(arguments)).toList();
        return DemoProcess.start(name, streams.path(), directory.resolve(name + ".log"), command);
    }

    /** The directory of the copy, for displays. */
    public ImageDirectory copies() {
        return copies;
    }

    /** Returns true until the source has written its last frame. */
    public boolean isRunning() {
        return writer.isAlive();
    }

    /** The check's results so far, in one line. */
    public String counts() {
        return check.check().counts();
    }

    /** The ages of frames when they could be read from the copy, in one line. */
    public String ages() {
        return check.check().ages();
    }

    /** Waits until no more frames are on the way. */
    private void drain() {
        long before;
        do {
            before = copy.cnt0();
            Backoff.sleep(QUIET_NS, () -> false);
        } while (copy.cnt0() != before);
    }

    /**
     * Ends all programs and adds up their counts.
     *
     * @throws IOException if one of them failed; the message contains its last line
     */
    public Result finish() throws IOException {
        DemoProcess.Sum written = writer.end();
        drain();
        DemoProcess.Sum sent = transmitter.end();
        DemoProcess.Sum received = receiver.end();
        check.end();
        DemoResult result =
                new DemoResult(
                        written.frames(),
                        received.frames(),
                        received.skipped(),
                        check.check().seen(),
                        check.check().missed(),
                        check.check().faults(),
                        samePixels());
        List<String> complaints = result.complaints();
        String sum =
                String.format(
                        Locale.ROOT,
                        "written %d, sent %d, published %d, skipped %d (each counted); checked %d,"
                                + " missed by the check %d",
                        result.written(),
                        sent.frames(),
                        result.published(),
                        result.skipped(),
                        result.seen(),
                        result.missed());
        return new Result(sum, complaints);
    }

    /**
     * The demo's result.
     *
     * @param complaints what was wrong; empty if all is well
     */
    public record Result(String sum, List<String> complaints) {}

    private boolean samePixels() {
        try (FrameReader ofSource = source.newPollingReader();
                FrameReader ofCopy = copy.newPollingReader()) {
            var one = ofSource.newBuffer();
            var other = ofCopy.newBuffer();
            return ofSource.readNewest(one)
                    && ofCopy.readNewest(other)
                    && one.mismatch(other) == -1;
        }
    }

    @Override
    public void close() {
        check.end();
        source.close();
        copy.close();
        cleanUp();
    }

    /** Removes everything that the demo created, however it ended. */
    private void cleanUp() {
        for (DemoProcess one : new DemoProcess[] {writer, transmitter, receiver}) {
            if (one != null) {
                one.close();
            }
        }
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(Demo::delete);
        } catch (IOException gone) {
            // already cleaned up
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // a process that is about to end still writes there
        }
    }
}
