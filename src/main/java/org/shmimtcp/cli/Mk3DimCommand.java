package org.shmimtcp.cli;

import org.shmimtcp.image.Shape;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mk3Dim}, as it is typed at the prompt of milk and cacao. */
@Command(
        name = "mk3Dim",
        mixinStandardHelpOptions = true,
        description = {
            "Makes a stream of NX columns, NY rows and NZ slices. One of the same size and type that"
                    + " is there already is kept. SPEC is as in mk2Dim."
        },
        footer = {"", "Example:", "  mk3Dim \"tui16>cube\" 120 120 10"})
final class Mk3DimCommand implements Runnable {
    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "SPEC", description = "Prefixes and name.")
    private String imageSpec = "";

    @Parameters(index = "1", paramLabel = "NX", description = "Columns.")
    private int nx;

    @Parameters(index = "2", paramLabel = "NY", description = "Rows.")
    private int ny;

    @Parameters(index = "3", paramLabel = "NZ", description = "Slices.")
    private int nz;

    @Option(
            names = {"-f", "--force"},
            description = "Replace a stream of that name that has another size or type.")
    private boolean force;

    Mk3DimCommand(Context context) {
        this.context = context;
    }

    @Override
    public void run() {
        ImageName name = ImageName.parse(imageSpec, new StreamNameConverter(context)::plain);
        var line = spec.commandLine();
        new ImageMaker(context.directory(), line.getOut(), line.getErr())
                .make(name.request(Shape.of(nx, ny, nz)), force);
    }
}
