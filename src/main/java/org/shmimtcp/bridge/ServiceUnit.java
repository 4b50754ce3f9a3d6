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
                    "SHMIMTCP_CPU_LATENCY",
                    "SHMIMTCP_PROCINFO",
                    "SHMIMTCP_LOG_FORMAT",
                    "SHMIMTCP_JAVA_OPTS",
                    "JAVA_HOME");

    /** By it a unit is known as this program's. */
    public static final String FIRST_LINE = "# As 'shmim service print' prints it.\n";

    private ServiceUnit() {}

    /**
     * The file's text.
     *
     * @param program path of {@code shmim}
     * @param arguments of {@code shmim serve}
     * @param user true for a user's own systemd
     */
    public static String text(
            String program, List<String> arguments, Map<String, String> environment, boolean user) {
        List<String> command = new ArrayList<>(List.of(program, "serve"));
        command.addAll(arguments);
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
        # As 'shmim service print' prints it.
        [Unit]
        Description=shmimTCP: streams of shared memory between machines
        Documentation=man:shmim-serve(1)
        After=network.target
        # A link is tried for ever.
        StartLimitIntervalSec=0

        [Service]
        ExecStart=COMMAND
        ExecReload=kill -HUP $MAINPID
        VARIABLESRestart=always
        RestartSec=2
        # What a JVM ends with on SIGTERM.
        SuccessExitStatus=143
        NoNewPrivileges=yes
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
