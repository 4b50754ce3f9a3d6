package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.shmimtcp.record.Recorder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim recover}. */
@Command(
        name = "recover",
        mixinStandardHelpOptions = true,
        description =
                "Completes a recording that ended because shmim record was killed or the disk was"
                        + " full: sets the number of frames and adds their table.",
        footer = {"", "Example:", "  shmim recover night.fits"})
final class RecoverCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The recording.")
    private Path file = Path.of("");

    RecoverCommand(@SuppressWarnings("unused") Context context) {}

    @Override
    public Integer call() throws IOException {
        long frames = Recorder.recover(file);
        spec.commandLine().getOut().println(file + " is complete now: " + frames + " frames");
        return 0;
    }
}
