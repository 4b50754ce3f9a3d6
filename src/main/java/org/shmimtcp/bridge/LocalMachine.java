package org.shmimtcp.bridge;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** This machine, with the environment of this process. */
public final class LocalMachine implements Machine {
    private final Map<String, String> environment = new HashMap<>();

    /**
     * @param bin where our programs are, for scripts that name them; empty for the PATH alone
     */
    public LocalMachine(String bin) {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        environment.put("PATH", bin.isEmpty() ? path : bin + ":" + path);
        // Set where this was typed inside of tmux; tmux would want to be told that it is meant so.
        environment.put("TMUX", "");
    }

    @Override
    public Output run(String script, Duration timeout) {
        return Shell.run(List.of("bash", "-s"), environment, script, timeout, "this machine");
    }
}
