package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.shmimtcp.create.FileStream;
import org.shmimtcp.fits.ImageHdu;
import org.shmimtcp.image.Image;
import org.shmimtcp.process.LoopRunner;
import org.shmimtcp.record.FrameFile;
import org.shmimtcp.record.Player;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim load}. */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        description = {
            "Publishes the first image of a FITS file as a frame of a stream. With --rate,"
                    + " publishes the slices along its last axis one after the other.",
            "",
            "A missing stream is created, with the file's keywords; an existing stream that fits"
                    + " is reused. NAXIS1 is the x axis. Integers with a BSCALE or BZERO of their"
                    + " own become floats (8 and 16 bits) or doubles. Text is cut to the 16 bytes"
                    + " that a stream's keyword has."
        },
        footer = {
            "",
            "Examples:",
            "  shmim load flat.fits dm01disp03",
            "  shmim load turbulence.fits dm01disp06 --rate 2000 --loop"
        })
final class LoadCommand implements Callable<Integer> {
    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "The FITS file.")
    private Path file = Path.of("");

    @Parameters(
            index = "1",
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description = "The stream.")
    private String name = "";

    @Mixin private final PlayOptions options = new PlayOptions();

    LoadCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        options.check();
        Double rateHz = options.rateHz();
        if (rateHz == null && options.loop()) {
            throw options.wrong("--loop needs --rate HZ");
        }
        ImageHdu hdu = ImageHdu.open(file);
        var line = spec.commandLine();
        FileStream streams =
                new FileStream(context.directory(), line.getOut(), line.getErr(), "--force");
        var shape = rateHz == null ? hdu.shape() : hdu.frameShape();
        try (Image image = streams.open(name, hdu, shape, options.force())) {
            if (rateHz == null) {
                FrameFile.load(hdu, image);
                line.getOut().println("loaded " + image.spec().describe() + " into " + name);
            } else {
                var player =
                        new Player(image, hdu, rateHz, options.loop(), PlayOptions.BUFFER_BYTES);
                LoopRunner.run(player, "play", options.realTime());
            }
        }
        return 0;
    }
}
