package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.shmimtcp.image.Image;
import org.shmimtcp.process.LoopRunner;
import org.shmimtcp.record.FrameFile;
import org.shmimtcp.record.Recorder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim save}. */
@Command(
        name = "save",
        mixinStandardHelpOptions = true,
        description = {
            "Saves the newest frame of a stream as a FITS file. With --frames or --seconds, saves"
                    + " the next frames as a cube with a table FRAMES of their counters and"
                    + " times.",
            "",
            "The x axis is NAXIS1. A frame of a circular cube is one slice; of any other cube, the"
                    + " whole cube. Complex pixels cannot be saved; half floats are saved as"
                    + " floats. The stream's keywords are saved in the header."
        },
        footer = {
            "",
            "Examples:",
            "  shmim save dm01disp03 flat.fits",
            "  shmim save camera dark.fits --frames 1000",
            "  shmim save camera tenseconds.fits --seconds 10 --force"
        })
final class SaveCommand implements Callable<Integer> {
    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description = "The stream.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "FILE", description = "The file to create.")
    private Path file = Path.of("");

    @Mixin private final RecordOptions options = new RecordOptions();

    SaveCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        options.check();
        try (Image image = Image.open(context.directory(), name)) {
            options.check(file);
            if (options.isLimited()) {
                cube(image);
            } else {
                FrameFile.save(
                        image,
                        file,
                        options.force(),
                        moment -> RecordOptions.origin(image, moment));
                spec.commandLine()
                        .getOut()
                        .println(
                                "saved " + image.spec().describe() + " of " + name + " in " + file);
            }
        }
        return 0;
    }

    private void cube(Image image) throws IOException {
        var recorder =
                new Recorder(
                        image,
                        file,
                        options.force(),
                        RecordOptions.origin(image, null),
                        options.limits());
        LoopRunner.run(recorder, "record", options.realTime());
        spec.commandLine()
                .getOut()
                .println(
                        "saved "
                                + recorder.frames()
                                + " frames of "
                                + name
                                + " in "
                                + file
                                + (recorder.skipped() > 0
                                        ? "; " + recorder.skipped() + " were missed"
                                        : ""));
    }
}
