package org.shmimtcp.cli;

import org.shmimtcp.image.Image;
import org.shmimtcp.status.Json;
import org.shmimtcp.status.StreamDetails;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim info}. */
@Command(
        name = "info",
        mixinStandardHelpOptions = true,
        description = {
            "Shows everything in a stream's file.",
            "",
            "That is: its head, keywords, semaphores with the processes that read and post them,"
                    + " process traces, slices, ring, and the offsets of its parts.",
            "",
            "Times of day are UTC; the number in brackets after a process's name is its PID."
        },
        footer = {"", "Example:", "  shmim info dm01disp06"})
final class InfoCommand implements Runnable {
    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description = "The stream.")
    private String name = "";

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    InfoCommand(Context context) {
        this.context = context;
    }

    @Override
    public void run() {
        try (Image image = Image.open(context.directory(), name)) {
            if (json) {
                String text = Json.pretty(StreamDetails.of(image));
                spec.commandLine().getOut().println(text);
                return;
            }
            new ImageReport(context.directory(), image, spec.commandLine().getOut()).print();
        }
    }
}
