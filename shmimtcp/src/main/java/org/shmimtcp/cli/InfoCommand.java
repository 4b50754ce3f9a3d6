package org.shmimtcp.cli;

import org.shmimtcp.image.Image;
import org.shmimtcp.status.Json;
import org.shmimtcp.status.StreamDetails;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code shmim info}. */
final class InfoCommand implements Runnable, Modelled {
    private final Context context;
    private final CommandSpec spec;
    private final PositionalParamSpec nameArgument;
    private final OptionSpec jsonOption = Modelled.flag("Print a JSON object.", "--json");

    InfoCommand(Context context) {
        this.context = context;
        nameArgument =
                PositionalParamSpec.builder()
                        .index("0")
                        .arity("1")
                        .required(true)
                        .type(String.class)
                        .paramLabel("NAME")
                        .converters(new StreamNameConverter(context))
                        .description("The stream.")
                        .build();
        spec = CommandSpec.wrapWithoutInspection(this).name("info");
        spec.addPositional(nameArgument).addOption(jsonOption);
        Modelled.addHelp(spec);
        spec.usageMessage()
                .description(
                        "Shows everything in a stream's file.",
                        "",
                        "That is: its head, keywords, semaphores with the processes that read and"
                                + " post them, process traces, slices, ring, and the offsets of its"
                                + " parts.",
                        "",
                        "Times of day are UTC; the number in brackets after a process's name is its"
                                + " PID.")
                .footer("", "Example:", "  shmim info dm01disp06");
    }

    @Override
    public CommandSpec model() {
        return spec;
    }

    @Override
    public void run() {
        try (Image image = Image.openToLook(context.directory(), nameArgument.getValue())) {
            if (Modelled.isGiven(jsonOption)) {
                String text = Json.pretty(StreamDetails.of(image));
                spec.commandLine().getOut().println(text);
                return;
            }
            new ImageReport(context.directory(), image, spec.commandLine().getOut()).print();
        }
    }
}
