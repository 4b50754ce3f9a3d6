package org.shmimtcp.cli;

import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.create.ImageMaker;
import org.shmimtcp.create.ImageRequest;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.Shape;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.process.LoopRunner;
import org.shmimtcp.synthetic.FrameLoop;
import org.shmimtcp.synthetic.FrameStamp;
import org.shmimtcp.synthetic.SourceKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim write}. */
@Command(
        name = "write",
        mixinStandardHelpOptions = true,
        description = {
            "Writes synthetic frames into a stream at a steady rate, until interrupted.",
            "",
            "Frames are due on a grid of times that does not drift. A late frame is written"
                    + " immediately; due times that have passed meanwhile are dropped and counted"
                    + " as skipped, never caught up in a burst. Frame numbers have no gaps. The"
                    + " slices of a cube are written one after the other. A line of rates is"
                    + " printed every 10 s and at the end, with percentiles of how late frames"
                    + " were.",
            "",
            "Patterns:",
            "  pattern     axes (the brighter along x), a ramp, and a spot that turns",
            "              from x to y once in 4 s; values 0 to 1",
            "  counter     each 8-byte word is the frame number, except the second:",
            "              CLOCK_MONOTONIC in ns",
            "  turbulence  Kolmogorov phase screens on three winds; mean 0, rms 0.25",
            "",
            "For integer pixels, values are scaled to 8 bits (8-bit types) or 16 bits (all others)."
        },
        footer = {
            "",
            "Examples:",
            "  shmim write dm01disp06 --pattern turbulence --rate 2000",
            "  shmim write test --create 120x120,ui16 --pattern counter --rate 0 --seconds 10",
            "  shmim write dm01disp06 --rate 1000 --stamp"
        })
final class WriteCommand implements Callable<Integer> {
    private static final double MAX_RATE_HZ = 1e6;
    private static final double MAX_SECONDS = 1e9;
    private static final Pattern SIZE =
            Pattern.compile("(\\d{1,9})(?:x(\\d{1,9}))?(?:x(\\d{1,9}))?(?:,(\\w+))?");

    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description = "The stream.")
    private String name = "";

    @Option(
            names = "--create",
            paramLabel = "WxH[,TYPE]",
            description =
                    "Create the stream with this size and type (default f32) if it does not exist;"
                            + " W creates a line, WxHxD a cube.")
    private @Nullable String create;

    @Option(
            names = "--force",
            description = "With --create: replace an existing stream that does" + " not fit.")
    private boolean force;

    @Option(
            names = "--pattern",
            paramLabel = "PATTERN",
            description = "pattern (default), counter, or turbulence.")
    private SourceKind pattern = SourceKind.PATTERN;

    @Option(
            names = "--rate",
            paramLabel = "HZ",
            description =
                    "Frames per second; 0 for as many as possible. Default:" + " ${DEFAULT-VALUE}.")
    private double rateHz = 100;

    @Option(names = "--frames", paramLabel = "N", description = "End after this number of frames.")
    private long frames = Long.MAX_VALUE;

    @Option(names = "--seconds", paramLabel = "S", description = "End after this time.")
    private double seconds = MAX_SECONDS;

    @Option(
            names = "--stamp",
            description =
                    "Write frame number, due time and checksum to the keywords FRAME, TIME_NS and"
                            + " CRC32C, so that a copy can be checked.")
    private boolean stamp;

    @Mixin private final PriorityOption priority = new PriorityOption();

    WriteCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        check(rateHz >= 0 && rateHz <= MAX_RATE_HZ, "--rate " + rateHz + ": must be 0 to 1e6");
        check(frames >= 1, "--frames " + frames + ": must be 1 or more");
        check(seconds > 0 && seconds <= MAX_SECONDS, "--seconds " + seconds + ": must be above 0");
        priority.check();
        RealTimeSettings realTime = priority.realTime();
        if (create != null) {
            create(create);
        }
        try (Image image = Image.open(context.directory(), name)) {
            var limits = new FrameLoop.Limits(rateHz, frames, Math.round(seconds * 1e9));
            var stamps = stamp ? new FrameStamp(image.keywords()) : null;
            var source = pattern.source(image.spec(), rateHz);
            LoopRunner.run(new FrameLoop(image, source, limits, stamps), "write", realTime);
        }
        return 0;
    }

    private void create(String size) {
        Matcher m = SIZE.matcher(size);
        check(m.matches(), "--create " + size + ": must be like 50x50 or 120x120,ui16");
        String letters = m.group(4) == null ? DataType.FLOAT.letters() : m.group(4);
        DataType type =
                DataType.ofName(letters)
                        .orElseThrow(() ->
                                wrong(
                                        "--create "
                                                + size
                                                + ": no pixel type '"
                                                + letters
                                                + "'; there are "
                                                + DataType.allLetters()));
        ImageRequest request = new ImageRequest(name, type, shape(m), null, null, null, null);
        var line = spec.commandLine();
        new ImageMaker(context.directory(), line.getOut(), line.getErr(), "--force")
                .make(request, force);
    }

    private static Shape shape(Matcher m) {
        int nx = Integer.parseInt(m.group(1));
        if (m.group(2) == null) {
            return Shape.of(nx);
        }
        int ny = Integer.parseInt(m.group(2));
        return m.group(3) == null
                ? Shape.of(nx, ny)
                : Shape.of(nx, ny, Integer.parseInt(m.group(3)));
    }

    private void check(boolean good, String message) {
        if (!good) {
            throw wrong(message);
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
