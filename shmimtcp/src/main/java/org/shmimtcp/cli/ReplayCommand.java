package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.shmimtcp.create.FileStream;
import org.shmimtcp.fits.ImageHdu;
import org.shmimtcp.image.Image;
import org.shmimtcp.process.LoopRunner;
import org.shmimtcp.process.UserError;
import org.shmimtcp.record.Player;
import org.shmimtcp.record.Recorder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim replay}. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description = {
            "Publishes the frames of a recording in a stream, at their original times or, with"
                    + " --rate, at a steady rate.",
            "",
            "A missing stream is created; an existing stream that fits is reused. Every frame is"
                    + " published in order; a late frame is published immediately. Frames get new"
                    + " counters and times. A line of rates is printed every 10 s and at the end,"
                    + " with percentiles of how late frames were."
        },
        footer = {
            "",
            "Examples:",
            "  shmim replay night.fits camera",
            "  shmim replay night.fits camera --rate 100 --loop"
        })
final class ReplayCommand implements Callable<Integer> {
    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "The recording.")
    private Path file = Path.of("");

    @Parameters(
            index = "1",
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description = "The stream.")
    private String name = "";

    @Mixin private final PlayOptions options = new PlayOptions();

    ReplayCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        options.check();
        ImageHdu hdu = ImageHdu.open(file);
        Double rateHz = options.rateHz();
        if (rateHz == null && hdu.table() == null) {
            String why =
                    Recorder.isUnfinished(file)
                            ? " is not complete: shmim recover " + file + " does that"
                            : " has no times of its frames: give --rate HZ";
            throw new UserError(file + why);
        }
        var line = spec.commandLine();
        FileStream streams =
                new FileStream(context.directory(), line.getOut(), line.getErr(), "--force");
        try (Image image = streams.open(name, hdu, hdu.frameShape(), options.force())) {
            double rate = rateHz == null ? 0 : rateHz;
            var player = new Player(image, hdu, rate, options.loop(), PlayOptions.BUFFER_BYTES);
            LoopRunner.run(player, "play", options.realTime());
        }
        return 0;
    }
}
