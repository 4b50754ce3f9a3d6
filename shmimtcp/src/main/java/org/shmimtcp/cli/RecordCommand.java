package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.shmimtcp.image.Image;
import org.shmimtcp.process.LoopRunner;
import org.shmimtcp.record.Recorder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code shmim record}. */
@Command(
        name = "record",
        mixinStandardHelpOptions = true,
        description = {
            "Records every frame of a stream in a FITS file until interrupted, in constant memory.",
            "",
            "The file holds a cube of the frames, then a table FRAMES of their counters and times,"
                    + " as from shmim save. Keywords are saved once, with their values at the"
                    + " start. Frames that were overwritten before they could be read (skipped)"
                    + " or for which the disk was too slow (lost_to_disk) are counted and"
                    + " reported. A line of rates is printed every 10 s and at the end.",
            "",
            "While recording, the table is in FILE.times. After a crash, shmim recover FILE"
                    + " completes the file."
        },
        footer = {
            "",
            "Examples:",
            "  shmim record camera night.fits",
            "  shmim record camera minute.fits --seconds 60 -p 50 --buffer 1024"
        })
final class RecordCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(
            index = "0",
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description = "The stream.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "FILE", description = "The file to create.")
    private Path file = Path.of("");

    @Mixin private final RecordOptions options = new RecordOptions();

    RecordCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        options.check();
        try (Image image = Image.open(context.directory(), name)) {
            options.check(file);
            var recorder =
                    new Recorder(
                            image,
                            file,
                            options.force(),
                            RecordOptions.origin(image, null),
                            options.limits());
            LoopRunner.run(recorder, "record", options.realTime());
        }
        return 0;
    }
}
