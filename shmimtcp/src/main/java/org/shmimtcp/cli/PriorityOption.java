package org.shmimtcp.cli;

import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.process.UserError;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The option {@code -p}, for commands whose loop has no priority by default. */
final class PriorityOption {
    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "-p",
            paramLabel = "PRIO",
            description = "SCHED_FIFO priority of the loop, 1 to 99. Default: 0, none.")
    private int priority;

    /** Throws ParameterException if the priority is out of range. */
    void check() {
        if (priority < 0 || priority > RealTimeSettings.MAX_PRIORITY) {
            throw new ParameterException(
                    spec.commandLine(),
                    "-p " + priority + ": must be 0 to " + RealTimeSettings.MAX_PRIORITY);
        }
    }

    /** Returns the scheduling given by the option and the environment. */
    RealTimeSettings realTime() {
        return realTime(priority);
    }

    static RealTimeSettings realTime(int priority) {
        try {
            return RealTimeSettings.of(priority, System.getenv());
        } catch (IllegalArgumentException e) {
            throw new UserError(String.valueOf(e.getMessage()), e);
        }
    }
}
