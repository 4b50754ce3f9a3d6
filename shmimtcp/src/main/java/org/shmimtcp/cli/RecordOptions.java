package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.fits.ImageHeader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.Keyword;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.process.UserError;
import org.shmimtcp.record.Recorder;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Options for the length and manner of a recording, shared by the commands that record. */
final class RecordOptions {
    private static final double MAX_SECONDS = 1e9;
    private static final int MAX_BUFFER_MB = 1 << 20;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = {"-n", "--frames"},
            paramLabel = "N",
            description = "End after this number of frames.")
    private @Nullable Long frames;

    @Option(
            names = {"-s", "--seconds"},
            paramLabel = "S",
            description = "End after this time.")
    private @Nullable Double seconds;

    @Option(
            names = {"-f", "--force"},
            description = "Replace an existing file.")
    private boolean force;

    @Option(
            names = "--buffer",
            paramLabel = "MB",
            description =
                    "Memory for frames that wait for the disk, 1 to 1048576. Default:"
                            + " ${DEFAULT-VALUE}.")
    private int bufferMb = 256;

    @Mixin private final PriorityOption priority = new PriorityOption();

    void check() {
        require(frames == null || frames >= 1, "--frames " + frames + ": must be 1 or more");
        require(
                seconds == null || (seconds > 0 && seconds <= MAX_SECONDS),
                "--seconds " + seconds + ": must be above 0");
        require(
                bufferMb >= 1 && bufferMb <= MAX_BUFFER_MB,
                "--buffer " + bufferMb + ": must be 1 to " + MAX_BUFFER_MB);
        priority.check();
    }

    private void require(boolean good, String message) {
        if (!good) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    /** True if a number of frames or a duration was given. */
    boolean isLimited() {
        return frames != null || seconds != null;
    }

    Recorder.Limits limits() {
        return new Recorder.Limits(
                frames == null ? Long.MAX_VALUE : frames,
                seconds == null ? Long.MAX_VALUE : Math.round(seconds * 1e9),
                (long) bufferMb << 20);
    }

    RealTimeSettings realTime() {
        return priority.realTime();
    }

    /** True if an existing file must be replaced. */
    boolean force() {
        return force;
    }

    /** Refuses an existing file that must not be replaced, before anything is done. */
    void check(Path file) throws IOException {
        if (force) {
            return; // the code that creates the file checks the existing one
        }
        if (Recorder.isUnfinished(file)) {
            throw new UserError(
                    Recorder.writer(file)
                            .map(writer -> file + " is being recorded: " + writer)
                            .orElse(
                                    file
                                            + " was not completed: shmim recover "
                                            + file
                                            + " does that, --force replaces it"));
        }
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new UserError(file + " already exists; --force replaces it");
        }
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new UserError(file + " already exists, and is not a regular file");
        }
    }

    /** Returns the information about a stream for the header. */
    static ImageHeader.Origin origin(Image image, ImageHeader.@Nullable Moment moment) {
        List<Keyword> keywords = image.keywords().all();
        return new ImageHeader.Origin(
                Version.program(),
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                Clock.taiMinusUtc().toSeconds(),
                keywords,
                moment);
    }
}
