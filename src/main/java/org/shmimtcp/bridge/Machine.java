package org.shmimtcp.bridge;

import java.time.Duration;

/** A machine that runs what a shell is told. */
public interface Machine {
    /**
     * What a script printed, standard error included, and how it ended.
     *
     * @param exitCode of the script
     */
    record Output(int exitCode, String text) {}

    /**
     * Runs a script of bash in the environment of a login there.
     *
     * @throws BridgeException if the machine cannot be reached, or does not answer in time
     */
    Output run(String script, Duration timeout);
}
