package org.shmimtcp.cli;

import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.loop.Waiting;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What {@code shmimTCPtransmit} and {@code shmimTCPreceive} have in common. */
final class LoopOptions {
    static final int MAX_PORT = 65535;
    private static final int DEFAULT_PRIORITY = 80;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli's
    private CommandSpec spec;

    @Option(
            names = "-p",
            paramLabel = "PRIO",
            description =
                    "SCHED_FIFO priority of the loop, 1 to 99; 0 for none. Without permission it"
                            + " goes on without. Default: ${DEFAULT-VALUE}.")
    private int priority = DEFAULT_PRIORITY;

    @Option(
            names = "--wait",
            paramLabel = "HOW",
            description =
                    "How to wait for the next frame. auto: sleep until shortly before one of a"
                            + " periodic source is due, then look for it (where CPUs sleep: see"
                            + " --cpu-latency); block: sleep until it is there; spin: never sleep,"
                            + " for CPUs that the loop has for itself."
                            + " Default: ${DEFAULT-VALUE}.")
    private Waiting waiting = Waiting.AUTO;

    Waiting waiting() {
        return waiting;
    }

    int priority() {
        return priority;
    }

    /** Scheduling as the options and the environment say. */
    RealTimeSettings realTime() {
        if (priority < 0 || priority > RealTimeSettings.MAX_PRIORITY) {
            throw wrong("priority " + priority + ": must be 0 to " + RealTimeSettings.MAX_PRIORITY);
        }
        return PriorityOption.realTime(priority);
    }

    int checkPort(int port) {
        if (port < 1 || port > MAX_PORT) {
            throw wrong("port " + port + ": must be 1 to " + MAX_PORT);
        }
        return port;
    }

    ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
