package org.shmimtcp.cli;

import org.shmimtcp.image.Shape;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mk3Dim}, as it is typed at the prompt of milk and cacao. */
@Command(
        name = "mk3Dim",
        mixinStandardHelpOptions = true,
        description = {
            "Creates a stream of NX columns, NY rows and NZ slices. An existing stream of the same"
                    + " size and type is kept. SPEC is as in mk2Dim."
        },
        footer = {"", "Example:", "  mk3Dim \"tui16>cube\" 120 120 10"})
final class Mk3DimCommand implements Runnable {
    private final Context context;

    @Spec private CommandSpec spec;

    @Mixin private MilkImage image;

    @Parameters(index = "3", paramLabel = "NZ", description = "Slices.")
    private int nz;

    Mk3DimCommand(Context context) {
        this.context = context;
    }

    @Override
    public void run() {
        image.make(context, spec.commandLine(), Shape.of(image.nx(), image.ny(), nz));
    }
}
