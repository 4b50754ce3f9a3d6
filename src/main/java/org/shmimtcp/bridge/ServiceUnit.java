package org.shmimtcp.bridge;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The unit by which systemd runs {@code shmim serve}. */
public final class ServiceUnit {
    public static final String NAME = "shmimtcp.service";

    /** What the process needs of the environment in which the unit is written. */
    private static final List<String> VARIABLES =
            List.of(
                    "MAGAOX_ROLE",
                    "MILK_SHM_DIR",
                    "MILK_PROC_DIR",
                    "SHMIMTCP_CONFIG",
                    "SHMIMTCP_CPUSET",
                    "SHMIMTCP_PROCINFO",
                    "SHMIMTCP_LOG_FORMAT",
                    "SHMIMTCP_JAVA_OPTS",
                    "JAVA_HOME");

    private ServiceUnit() {}

    /**
     * The file's text.
     *
     * @param program path of {@code shmim}
     * @param names what to serve; empty for what the site's file says
     * @param user true for a user's own systemd
     */
    public static String text(
            String program, List<String> names, Map<String, String> environment, boolean user) {
        List<String> command = new ArrayList<>(List.of(program, "serve"));
        command.addAll(names);
        StringBuilder variables = new StringBuilder();
        for (String name : VARIABLES) {
            String value = environment.getOrDefault(name, "");
            if (!value.isEmpty()) {
                variables
                        .append("Environment=")
                        .append(quote(name + "=" + value, false))
                        .append('\n');
            }
        }
        return """
        # Written by 'shmim service install'.
        [Unit]
        Description=shmimTCP: streams of shared memory between machines
        After=network.target

        [Service]
        ExecStart=COMMAND
        ExecReload=kill -HUP $MAINPID
        VARIABLESRestart=always
        RestartSec=2
        # SCHED_FIFO priority, and memory that is not swapped out.
        LimitRTPRIO=99
        LimitMEMLOCK=infinity

        [Install]
        WantedBy=TARGET
        """
                .replace(
                        "COMMAND",
                        String.join(" ", command.stream().map(w -> quote(w, true)).toList()))
                .replace("VARIABLES", variables)
                .replace("TARGET", user ? "default.target" : "multi-user.target");
    }

    /** A word as systemd.syntax(7) and, in a command, systemd.service(5) have it. */
    private static String quote(String word, boolean inCommand) {
        String escaped = word.replace("\\", "\\\\").replace("\"", "\\\"").replace("%", "%%");
        return '"' + (inCommand ? escaped.replace("$", "$$") : escaped) + '"';
    }
}
