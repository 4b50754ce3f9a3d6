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
import org.shmimtcp.loop.ShutdownHooks;

/**
 * The whole chain on this machine alone: a source of turbulence on a mirror channel, a transmitter
 * and a receiver as processes of their own over loopback TCP, and a check of every frame of the
 * copy. The two "machines" are two directories.
 */
public final class Demo implements AutoCloseable {
    /** The tweeter's channel 3, as in the documentation of its users. */
    public static final String STREAM = "dm01disp03";

    private static final long START_NS = 20_000_000_000L;

    /** Time without a frame after which no more are on the way. */
    private static final long QUIET_NS = 1_000_000_000L;

    private static final Path FAST = Path.of("/dev/shm");

    /**
     * What to show.
     *
     * @param size pixels along each side
     * @param rateHz frames a second
     */
    public record Settings(int size, double rateHz, double seconds) {}

    private final UnaryOperator<String> programs;
    private final Path directory;
    private final ImageDirectory copies;
    private final Child receiver;
    private final Child transmitter;
    private final Child writer;
    private final Image source;
    private final Image copy;
    private final CheckThread check;

    /**
     * Starts it all.
     *
     * @param programs from a program's name to the path of its launcher
     * @throws IOException if one of the programs does not start: with what it said
     */
    @SuppressWarnings("NullAway.Init") // on failure nothing is left to use
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

    /** A port that nobody listens on now; that somebody takes it meanwhile would be said. */
    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Child start(String name, ImageDirectory streams, String program, String... arguments)
            throws IOException {
        List<String> command =
                Stream.concat(Stream.of(programs.apply(program)), Stream.of(arguments)).toList();
        return Child.start(name, streams.path(), directory.resolve(name + ".log"), command);
    }

    /** Where the copy is, for who shows it. */
    public ImageDirectory copies() {
        return copies;
    }

    /** True until the source has written its last frame. */
    public boolean isRunning() {
        return writer.isAlive();
    }

    /** What the check found so far, in a line. */
    public String counts() {
        return check.check().counts();
    }

    /** How old frames were when they could be read from the copy, in a line. */
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
     * Ends all programs and adds up.
     *
     * @throws IOException if one of them has not done its part: with what it said
     */
    public Result finish() throws IOException {
        Child.Sum written = writer.end();
        drain();
        Child.Sum sent = transmitter.end();
        Child.Sum received = receiver.end();
        check.end();
        Account account =
                new Account(
                        written.frames(),
                        received.frames(),
                        received.skipped(),
                        check.check().seen(),
                        check.check().missed(),
                        check.check().faults(),
                        samePixels());
        List<String> complaints = account.complaints();
        String sum =
                String.format(
                        Locale.ROOT,
                        "written %d, sent %d, published %d, skipped %d (each counted); checked %d,"
                                + " missed by the check %d",
                        account.written(),
                        sent.frames(),
                        account.published(),
                        account.skipped(),
                        account.seen(),
                        account.missed());
        return new Result(sum, complaints);
    }

    /**
     * How it went.
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

    /** Nothing is left of it, however it ended. */
    private void cleanUp() {
        for (Child child : new Child[] {writer, transmitter, receiver}) {
            if (child != null) {
                child.close();
            }
        }
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(Demo::delete);
        } catch (IOException gone) {
            // cleaned up before
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
