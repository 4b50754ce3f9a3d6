package org.shmimtcp.cli;

import java.io.Console;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.picture.ColorMap;
import org.shmimtcp.picture.LiveScreen;
import org.shmimtcp.picture.Palette;
import org.shmimtcp.picture.Screen;
import org.shmimtcp.picture.StreamView;
import org.shmimtcp.picture.Stretch;
import org.shmimtcp.picture.Style;
import org.shmimtcp.picture.Watch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim watch}. */
@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = {
            "Shows a stream as a picture in the terminal, live; q or Ctrl-C ends it.",
            "",
            "Pixel (0,0) is at the lower left, as in FITS viewers; --top puts it at the upper"
                    + " left. Large images are shrunk by area mean, small ones enlarged by whole"
                    + " factors. Below the picture are the values of the colours, and minimum,"
                    + " maximum, mean and rms (about the mean) of all pixels. Complex pixels are"
                    + " shown by magnitude; pixels that are not finite are purple (or ?) and"
                    + " counted.",
            "",
            "If the output is not a terminal, one line of numbers per second is printed."
        },
        footer = {
            "",
            "Environment:",
            "  TERM, COLORTERM, NO_COLOR   colours of the terminal",
            "  LC_ALL, LC_CTYPE, LANG      half blocks are used if this is UTF-8",
            "",
            "Examples:",
            "  shmim watch dm01disp03 --map diverging",
            "  shmim watch camera --stretch log --fps 5",
            "  shmim watch modes --slice 12 --once"
        })
final class WatchCommand implements Callable<Integer> {
    private static final double MAX_FPS = 60;

    /** Numbers of colours by their usual names. */
    enum Colors {
        AUTO("auto"),
        TRUE("24bit"),
        INDEXED("256"),
        NONE("none");

        private final String text;

        Colors(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description = "The stream.")
    private String name = "";

    @Option(
            names = "--fps",
            paramLabel = "N",
            description = "Pictures per second, 0.1 to 60. Default: ${DEFAULT-VALUE}.")
    private double fps = 10;

    @Option(names = "--once", description = "Print one picture and end.")
    private boolean once;

    @Option(
            names = "--stretch",
            paramLabel = "HOW",
            description = "linear (default), log, or zscale (1st to 99th percentile).")
    private Stretch stretch = Stretch.LINEAR;

    @Option(
            names = "--map",
            paramLabel = "COLOURS",
            description =
                    "viridis, grey, or diverging (about zero, for mirror commands). Default:"
                            + " viridis where there are 24-bit colours, else grey, of which 256 colours"
                            + " have more shades.")
    private @Nullable ColorMap map;

    @Option(
            names = "--range",
            paramLabel = "LOW:HIGH",
            description = "Values at the ends of the colours. Default: those of each frame.")
    private @Nullable String range;

    @Option(
            names = "--slice",
            paramLabel = "N",
            description = "Slice of a cube, from 0. Default: the slice written last.")
    private @Nullable Integer slice;

    @Option(names = "--top", description = "Show the first row at the top.")
    private boolean top;

    @Option(
            names = "--colors",
            paramLabel = "N",
            description = "auto (default: by terminal), 24bit, 256, or none.")
    private Colors colors = Colors.AUTO;

    WatchCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        if (!(fps >= 0.1 && fps <= MAX_FPS)) {
            throw wrong("--fps " + fps + ": must be 0.1 to 60");
        }
        if (slice != null && slice < 0) {
            throw wrong("--slice " + slice + ": must be 0 or more");
        }
        Style.Range limits = parsedRange();
        boolean terminal =
                Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
        Palette palette = palette(terminal);
        boolean fine = palette.colors() == Palette.Colors.TRUE;
        ColorMap shades = fine ? ColorMap.VIRIDIS : ColorMap.GREY;
        Style style = new Style(map == null ? shades : map, stretch, limits, top);
        int wanted = slice == null ? StreamView.NEWEST : slice;
        try (StreamView view = new StreamView(context.directory(), name, wanted);
                StopRequest stop = new StopRequest()) {
            show(new Watch(view, style, palette), terminal, stop);
        }
        return 0;
    }

    private void show(Watch watch, boolean terminal, StopRequest stop) throws IOException {
        var out = spec.commandLine().getOut();
        if (once) {
            var room =
                    terminal
                            ? LiveScreen.dimensions(context.terminal())
                            : Screen.Dimensions.DEFAULT;
            watch.once(out, room, stop);
        } else if (terminal) {
            try (LiveScreen screen = LiveScreen.open(context.terminal())) {
                watch.live(screen, fps, stop);
            }
        } else {
            watch.lines(out, stop);
        }
    }

    private Palette palette(boolean terminal) {
        Palette found = Palette.of(System.getenv());
        return switch (colors) {
            case AUTO -> terminal ? found : Palette.PLAIN;
            case TRUE -> new Palette(Palette.Colors.TRUE, found.unicode());
            case INDEXED -> new Palette(Palette.Colors.INDEXED, found.unicode());
            case NONE -> Palette.PLAIN;
        };
    }

    private Style.@Nullable Range parsedRange() {
        if (range == null) {
            return null;
        }
        String[] ends = range.split(":", -1);
        try {
            if (ends.length == 2) {
                double low = Double.parseDouble(ends[0]);
                double high = Double.parseDouble(ends[1]);
                if (low < high && Double.isFinite(low) && Double.isFinite(high)) {
                    return new Style.Range(low, high);
                }
            }
        } catch (NumberFormatException e) {
            throw wrong(rangeMessage(), e);
        }
        throw wrong(rangeMessage());
    }

    private String rangeMessage() {
        return String.format(
                Locale.ROOT, "--range %s: must be LOW:HIGH, two numbers, like -0.5:0.5", range);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private ParameterException wrong(String message, Exception cause) {
        return new ParameterException(spec.commandLine(), message, cause);
    }
}
