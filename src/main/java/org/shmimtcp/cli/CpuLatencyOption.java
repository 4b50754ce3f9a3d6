package org.shmimtcp.cli;

import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.Wakefulness;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code --cpu-latency}: how deeply the CPUs may sleep while frames come. */
final class CpuLatencyOption {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli's
    private CommandSpec spec;

    @Option(
            names = "--cpu-latency",
            paramLabel = "US",
            description =
                    "While 20 frames a second or more come, keep this machine's CPUs from sleeping so"
                            + " deeply that they take more than US microseconds to wake"
                            + " (/dev/cpu_dma_latency; without permission it goes on without). any:"
                            + " let them sleep. auto (default): 2, in a virtual machine 0.")
    private @Nullable String latency;

    String value() {
        return latency != null
                ? latency
                : System.getenv().getOrDefault(Wakefulness.VARIABLE, Wakefulness.AUTO);
    }

    /**
     * What sees to it.
     *
     * @throws ParameterException if it is no such thing
     */
    Wakefulness wakefulness() {
        try {
            return new Wakefulness(Wakefulness.parse(value()));
        } catch (IllegalArgumentException e) {
            String where = latency != null ? "--cpu-latency" : "$" + Wakefulness.VARIABLE;
            throw new ParameterException(spec.commandLine(), where + " " + e.getMessage());
        }
    }
}
