package org.shmimtcp.bridge;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** This machine, with the environment of this process. */
public final class LocalMachine implements Machine {
    private final Map<String, String> environment = new HashMap<>();

    /**
     * @param bin directory of the shmimTCP programs for scripts that call them; empty to use only
     *     the PATH
     */
    public LocalMachine(String bin) {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        environment.put("PATH", bin.isEmpty() ? path : bin + ":" + path);
        // Inside a tmux session this variable is set, and tmux would refuse to nest.
        environment.put("TMUX", "");
    }

    @Override
    public Output run(String script, Duration timeout) {
        return Shell.run(List.of("bash", "-s"), environment, script, timeout, "this machine");
    }
}
