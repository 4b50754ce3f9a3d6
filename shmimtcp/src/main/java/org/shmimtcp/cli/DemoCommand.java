package org.shmimtcp.cli;

import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.shmimtcp.demo.Demo;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.picture.ColorMap;
import org.shmimtcp.picture.LiveScreen;
import org.shmimtcp.picture.Palette;
import org.shmimtcp.picture.StreamView;
import org.shmimtcp.picture.Stretch;
import org.shmimtcp.picture.Style;
import org.shmimtcp.picture.Watch;
import org.shmimtcp.process.Launcher;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code shmim demo}. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Demonstrates shmimTCP on this machine alone.",
            "",
            "A source writes turbulence to the mirror channel dm01disp03 in one directory. A"
                    + " transmitter and a receiver, in separate processes, copy it over loopback"
                    + " TCP to another directory, where every frame is checked. The copy is shown"
                    + " live; q or Ctrl-C ends it. If the output is not a terminal, one line per"
                    + " second is printed.",
            "",
            "The exit code is 0 only if no frame was torn, wrong, reordered or repeated, every"
                    + " skipped frame was counted, and the copy equals the source at the end."
        },
        footer = {"", "Example:", "  shmim demo --seconds 10 --size 120 --rate 1000"})
final class DemoCommand implements Callable<Integer> {
    private static final double PICTURES_PER_SECOND = 10;
    private static final long LINE_PERIOD_NS = 1_000_000_000L;
    private static final int MAX_SIZE = 4096;

    @Spec private CommandSpec spec;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "Duration. Default: ${DEFAULT-VALUE}.")
    private double seconds = 20;

    @Option(
            names = "--size",
            paramLabel = "N",
            description = "Pixels along each side. Default: ${DEFAULT-VALUE}.")
    private int size = 50;

    @Option(
            names = "--rate",
            paramLabel = "HZ",
            description = "Frames per second. Default: ${DEFAULT-VALUE}.")
    private double rateHz = 2000;

    private final Context context;

    DemoCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        check(seconds > 0 && seconds <= 1e6, "--seconds " + seconds + ": must be above 0");
        check(size >= 2 && size <= MAX_SIZE, "--size " + size + ": must be 2 to " + MAX_SIZE);
        check(rateHz > 0 && rateHz <= 1e6, "--rate " + rateHz + ": must be above 0");
        PrintWriter out = spec.commandLine().getOut();
        var settings = new Demo.Settings(size, rateHz, seconds);
        try (StopRequest stop = new StopRequest();
                Demo demo = new Demo(settings, Launcher::path)) {
            show(demo, stop, out);
            if (stop.getAsBoolean()) {
                out.println("interrupted before the check was complete");
                return Failures.FAILED;
            }
            Demo.Result result = demo.finish();
            out.println(result.sum());
            out.println(demo.counts());
            out.println(demo.ages());
            result.complaints().forEach(complaint -> out.println("FAILED: " + complaint));
            if (result.complaints().isEmpty()) {
                out.println("OK: the copy followed its source, frame by frame");
                return 0;
            }
            return Failures.FAILED;
        }
    }

    private void show(Demo demo, StopRequest stop, PrintWriter out) throws IOException {
        boolean terminal =
                Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
        if (!terminal) {
            while (demo.isRunning() && !stop.getAsBoolean() && !out.checkError()) {
                Backoff.sleep(LINE_PERIOD_NS, () -> !demo.isRunning() || stop.getAsBoolean());
                out.println(demo.counts() + "  " + demo.ages());
            }
            return;
        }
        Style style = new Style(ColorMap.DIVERGING, Stretch.LINEAR, null, false);
        Palette palette = Palette.of(System.getenv());
        try (StreamView view = new StreamView(demo.copies(), Demo.STREAM, StreamView.NEWEST);
                LiveScreen screen = LiveScreen.open(context.terminal())) {
            new Watch(view, style, palette, () -> demo.counts() + "\n" + demo.ages())
                    .live(
                            screen,
                            PICTURES_PER_SECOND,
                            () -> !demo.isRunning() || stop.getAsBoolean());
        }
    }

    private void check(boolean good, String message) {
        if (!good) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }
}
