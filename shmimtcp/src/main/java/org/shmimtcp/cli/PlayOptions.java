package org.shmimtcp.cli;

import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.RealTimeSettings;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Options for playing a file, shared by the commands that do. */
final class PlayOptions {
    private static final double MAX_RATE_HZ = 1e6;

    /** Size of the ring of frames read ahead, equal to the recorder's. */
    static final long BUFFER_BYTES = 256L << 20;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--rate", paramLabel = "HZ", description = "Frames a second.")
    private @Nullable Double rateHz;

    @Option(names = "--loop", description = "Start again after the last frame.")
    private boolean loop;

    @Option(
            names = {"-f", "--force"},
            description = "Replace an existing stream that does not fit.")
    private boolean force;

    @Mixin private final PriorityOption priority = new PriorityOption();

    void check() {
        if (rateHz != null && !(rateHz > 0 && rateHz <= MAX_RATE_HZ)) {
            throw wrong("--rate " + rateHz + ": must be above 0, and at most 1e6");
        }
        priority.check();
    }

    ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    @Nullable Double rateHz() {
        return rateHz;
    }

    boolean loop() {
        return loop;
    }

    boolean force() {
        return force;
    }

    RealTimeSettings realTime() {
        return priority.realTime();
    }
}
