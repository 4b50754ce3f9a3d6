package org.shmimtcp.bridge;

import java.time.Duration;

/** A machine that runs shell scripts. */
public interface Machine {
    /** The output of a script, including standard error, and its exit code. */
    record Output(int exitCode, String text) {}

    /**
     * Runs a bash script in the environment of a login on that machine.
     *
     * @throws BridgeException if the machine cannot be reached, or does not answer in time
     */
    Output run(String script, Duration timeout);
}
