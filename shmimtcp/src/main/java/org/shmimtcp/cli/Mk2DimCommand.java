package org.shmimtcp.cli;

import org.shmimtcp.create.ImageName;
import org.shmimtcp.image.Shape;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code mk2Dim}, as it is typed at the prompt of milk and cacao. */
@Command(
        name = "mk2Dim",
        mixinStandardHelpOptions = true,
        description = {
            "Creates a 2D stream of NX columns and NY rows. An existing stream of the same size"
                    + " and type is kept.",
            "",
            "SPEC is the stream's name after prefixes in any order. Quote it, because > is special"
                    + " to the shell.",
            "  tui8>   unsigned integers of 8 bits; likewise tui16> tui32> tui64>",
            "  tsi8>   signed ones; likewise tsi16> tsi32> tsi64>",
            "  tf32>   floats of 32 bits (default); likewise tf16> tf64>",
            "  k20>    20 keywords (default: 10)",
            "  c5>     a ring of the 5 newest frames (default: none)",
            "",
            "Every stream is in shared memory. milk's prompt marks such a stream by s> (until"
                    + " 2025), or by @S: before everything else, or nothing (since 2026). All are"
                    + " accepted. @E: and @SE: require that the stream exists, @N: that it does"
                    + " not."
        },
        footer = {
            "",
            "Examples:",
            "  mk2Dim \"tf32>dm01disp06\" 50 50",
            "  mk2Dim \"@S:camera\" 120 120"
        })
final class Mk2DimCommand implements Runnable {
    private final Context context;

    @Spec private CommandSpec spec;

    @Mixin private MilkImage image;

    Mk2DimCommand(Context context) {
        this.context = context;
    }

    @Override
    public void run() {
        var line = spec.commandLine();
        ImageName name = image.make(context, line, Shape.of(image.nx(), image.ny()));
        if (name.local()) {
            line.getErr()
                    .println(
                            "note: every stream is in shared memory here, " + name.name() + " too");
        }
    }
}
