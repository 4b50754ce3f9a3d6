package org.shmimtcp.cli;

import org.shmimtcp.image.Image;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code readshmim}. milk must load a stream before using it; here the command only checks that the
 * stream can be read.
 */
@Command(
        name = "readshmim",
        mixinStandardHelpOptions = true,
        description = {
            "Checks that a stream can be read. (At other prompts, this loads a stream before its"
                    + " first use; here that is not necessary.)"
        },
        footer = {"", "Example:", "  readshmim dm01disp06"})
final class ReadShmimCommand implements Runnable {
    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "NAME",
            converter = MilkStreamConverter.class,
            description = "The stream.")
    private String name = "";

    ReadShmimCommand(Context context) {
        this.context = context;
    }

    @Override
    public void run() {
        try (Image image = Image.open(context.directory(), name)) {
            spec.commandLine().getOut().println(image + " can be read, cnt0 " + image.cnt0());
        }
    }
}
