package org.shmimtcp.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.DoubleHistogram;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Image;
import org.shmimtcp.picture.LiveScreen;
import org.shmimtcp.picture.Palette;
import org.shmimtcp.picture.PngPlot;
import org.shmimtcp.picture.Samples;
import org.shmimtcp.picture.Screen;
import org.shmimtcp.picture.StreamView;
import org.shmimtcp.picture.TextPlot;
import org.shmimtcp.process.UserError;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim plot}. */
@Command(
        name = "plot",
        mixinStandardHelpOptions = true,
        description = {
            "Plots a number of each frame over time: a pixel, the age, or the interval between"
                    + " frames.",
            "",
            "It reads the stream for some seconds, or until Ctrl-C, then draws in the terminal"
                    + " and, with --png, in a file. The line above the plot gives the number of"
                    + " frames, the number missed, and minimum, mean and maximum."
        },
        footer = {
            "",
            "Examples:",
            "  shmim plot dm01disp03 --pixel 25,25",
            "  shmim plot camera --interval --seconds 30 --png jitter.png"
        })
final class PlotCommand implements Callable<Integer> {
    private static final Pattern PIXEL = Pattern.compile("(\\d{1,9})(?:,(\\d{1,9}))?");
    private static final double MAX_SECONDS = 1e6;
    private static final Duration TIME_TO_DRAW = Duration.ofSeconds(20);
    private static final int LINES_AROUND = 3;

    /** The quantity to plot: one of these. */
    static final class Choice {
        @Option(
                names = "--pixel",
                required = true,
                paramLabel = "X,Y",
                description = "Plot the value of this pixel; 0,0 is the first one.")
        private @Nullable String pixel;

        @Option(
                names = "--age",
                required = true,
                description = "Plot the age of each frame when it is seen here, in µs.")
        private boolean age;

        @Option(
                names = {"--interval", "--rate"},
                required = true,
                description =
                        "Plot the time from each frame to the next by the stream's clock, in"
                                + " µs.")
        private boolean interval;
    }

    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description = "The stream.")
    private String name = "";

    @ArgGroup(multiplicity = "1")
    private Choice choice = new Choice();

    @Option(
            names = "--slice",
            paramLabel = "N",
            description = "Use only frames of this slice of a cube, from 0. Default: all.")
    private @Nullable Integer slice;

    @Option(
            names = {"-s", "--seconds"},
            paramLabel = "S",
            description = "Time to read the stream for. Default: ${DEFAULT-VALUE}.")
    private double seconds = 5;

    @Option(names = "--png", paramLabel = "FILE", description = "Also draw in this file.")
    private @Nullable Path png;

    PlotCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
            throw wrong("--seconds " + seconds + ": must be above 0");
        }
        if (slice != null && slice < 0) {
            throw wrong("--slice " + slice + ": must be 0 or more");
        }
        int[] pixel = pixel();
        Samples.What what =
                choice.age
                        ? Samples.What.AGE
                        : choice.interval ? Samples.What.INTERVAL : Samples.What.PIXEL;
        int wanted = slice == null ? StreamView.NEWEST : slice;
        Samples samples;
        try (Image image = Image.open(context.directory(), name);
                StopRequest stop = new StopRequest(TIME_TO_DRAW)) {
            samples = Samples.take(image, what, pixel[0], pixel[1], wanted, seconds, stop);
            if (samples.count() == 0) {
                throw new UserError(
                        samples.unstamped() > 0
                                ? "the writer of " + name + " sets no write time: plot a --pixel"
                                : "no frame of "
                                        + name
                                        + " came in "
                                        + seconds
                                        + " s: nothing to plot");
            }
            show(samples, what);
        }
        return 0;
    }

    private void show(Samples samples, Samples.What what) throws IOException {
        String title =
                name
                        + " "
                        + switch (what) {
                            case PIXEL -> "pixel " + choice.pixel;
                            case AGE -> "age";
                            case INTERVAL -> "interval";
                        };
        String unit = what.unit().isEmpty() ? "" : " [" + what.unit() + "]";
        boolean terminal =
                Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
        var room = terminal ? LiveScreen.dimensions(context.terminal()) : Screen.Dimensions.DEFAULT;
        boolean unicode = Palette.of(System.getenv()).unicode();
        var out = spec.commandLine().getOut();
        out.println(title + unit + "  " + numbers(samples, what));
        out.print(TextPlot.of(samples, room.columns(), room.lines() - LINES_AROUND, unicode));
        if (png != null) {
            PngPlot.write(samples, title, what.unit(), png);
            out.println("drawn in " + png);
        }
    }

    private static String numbers(Samples samples, Samples.What what) {
        double least = Double.POSITIVE_INFINITY;
        double greatest = Double.NEGATIVE_INFINITY;
        double sum = 0;
        int finite = 0;
        DoubleHistogram histogram = new DoubleHistogram(3);
        histogram.setAutoResize(true);
        for (int i = 0; i < samples.count(); i++) {
            double value = samples.value(i);
            if (Double.isFinite(value)) {
                least = Math.min(least, value);
                greatest = Math.max(greatest, value);
                sum += value;
                finite++;
            }
            if (what != Samples.What.PIXEL) {
                histogram.recordValue(Math.clamp(value, 1e-3, 1e9));
            }
        }
        String text =
                String.format(
                        Locale.ROOT,
                        "frames %d  missed %d  min %.6g  mean %.6g  max %.6g",
                        samples.count(),
                        samples.skipped(),
                        finite == 0 ? Double.NaN : least,
                        sum / finite,
                        finite == 0 ? Double.NaN : greatest);
        return what == Samples.What.PIXEL
                ? text
                : text
                        + String.format(
                                Locale.ROOT,
                                "  p50 %.4g  p99 %.4g",
                                histogram.getValueAtPercentile(50),
                                histogram.getValueAtPercentile(99));
    }

    private int[] pixel() {
        if (choice.pixel == null) {
            return new int[2];
        }
        Matcher m = PIXEL.matcher(choice.pixel);
        if (!m.matches()) {
            throw wrong("--pixel " + choice.pixel + ": must be X,Y, like 25,25");
        }
        int y = m.group(2) == null ? 0 : Integer.parseInt(m.group(2));
        return new int[] {Integer.parseInt(m.group(1)), y};
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
