package org.shmimtcp.serve;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.process.UserError;
import org.shmimtcp.settings.Environment;

/** The systemd unit that runs {@code shmim serve}. */
public final class ServiceUnit {
    public static final String NAME = "shmimtcp.service";

    /** Identifies a unit file as written by this program. */
    public static final String FIRST_LINE = "# As 'shmim service print' prints it.\n";

    /**
     * The usual directories of streams. {@code shmim service} does not know the directories of
     * other sites.
     */
    private static final List<String> USUAL_DIRECTORIES = List.of("/milk/shm", "/tmp");

    private static final Pattern USER_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]*");

    /**
     * Protective settings that also work in a user's own systemd. Memory must stay executable,
     * because the JVM compiles code at run time.
     */
    private static final String PROTECTION =
            """
            NoNewPrivileges=yes
            LockPersonality=yes
            RestrictNamespaces=yes
            RestrictSUIDSGID=yes
            SystemCallArchitectures=native
            RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
            """;

    /** Further protective settings for the system's systemd. */
    private static final String SYSTEM_PROTECTION =
            """
            ProtectSystem=strict
            ProtectHome=read-only
            ProtectKernelTunables=yes
            ProtectKernelModules=yes
            ProtectKernelLogs=yes
            ProtectControlGroups=yes
            ProtectClock=yes
            ProtectHostname=yes
            # The request for CPUs that wake fast.
            DevicePolicy=closed
            DeviceAllow=/dev/cpu_dma_latency rw
            # Real-time priority and locked memory, and no way round the permissions of files.
            CapabilityBoundingSet=CAP_SYS_NICE CAP_IPC_LOCK
            # Writable paths. For streams elsewhere, add a line like these in a drop-in.
            """;

    private ServiceUnit() {}

    /**
     * The systemd instance that runs the service, and the user.
     *
     * @param user true for a user's own systemd
     * @param runAs the user; empty for root, or for the owner of the user's systemd
     * @param directories directories that the service writes to
     */
    public record Place(boolean user, String runAs, List<Path> directories) {}

    /**
     * Returns the text of the unit file.
     *
     * @param program path of {@code shmim}
     * @param arguments arguments of {@code shmim serve}
     * @throws UserError if a value cannot be written in a unit file
     */
    public static String text(
            String program, List<String> arguments, Map<String, String> environment, Place place) {
        if (!place.runAs.isEmpty() && !USER_NAME.matcher(place.runAs).matches()) {
            throw new UserError("'" + place.runAs + "' is not the name of a user");
        }
        List<String> command = new ArrayList<>(List.of(program, "serve"));
        command.addAll(arguments);
        StringBuilder variables = new StringBuilder();
        for (String name : Environment.forwarded(Environment.Destination.UNIT)) {
            String value = environment.getOrDefault(name, "");
            if (!value.isEmpty()) {
                variables
                        .append("Environment=")
                        .append(quote(name + "=" + value, false))
                        .append('\n');
            }
        }
        String settings =
                """
                [Unit]
                Description=shmimTCP: streams of shared memory between machines
                Documentation=man:shmim-serve(1)
                After=network.target
                # Links are retried indefinitely.
                StartLimitIntervalSec=0

                [Service]
                ExecStart=%s
                ExecReload=kill -HUP $MAINPID
                %sRestart=always
                RestartSec=2
                # The exit code of a JVM on SIGTERM.
                SuccessExitStatus=143
                %s# SCHED_FIFO priority, and memory that is not swapped out.
                LimitRTPRIO=99
                LimitMEMLOCK=infinity
                %s
                [Install]
                WantedBy=%s
                """
                        .formatted(
                                command.stream()
                                        .map(w -> quote(w, true))
                                        .collect(Collectors.joining(" ")),
                                variables,
                                place.runAs.isEmpty() ? "" : "User=" + place.runAs + "\n",
                                place.user ? PROTECTION : PROTECTION + writable(place),
                                place.user ? "default.target" : "multi-user.target");
        return FIRST_LINE + settings;
    }

    /**
     * Returns settings with the writable directories. A missing directory does not prevent the
     * start.
     */
    private static String writable(Place place) {
        String directories =
                Stream.concat(
                                USUAL_DIRECTORIES.stream(),
                                place.directories.stream().map(Path::toString))
                        .distinct()
                        .map(directory -> quote("-" + directory, false))
                        .collect(Collectors.joining(" "));
        return SYSTEM_PROTECTION + "ReadWritePaths=" + directories + "\n";
    }

    /** Refuses control characters, because a line break would start another setting. */
    private static void checkPrintable(String word) {
        if (word.chars().anyMatch(Character::isISOControl)) {
            throw new UserError(
                    "'"
                            + StreamName.printable(word)
                            + "' has a line break or another control character: it cannot stand in"
                            + " the unit");
        }
    }

    /** Quotes a word as required by systemd.syntax(7) and, in a command, by systemd.service(5). */
    private static String quote(String word, boolean inCommand) {
        checkPrintable(word);
        String escaped = word.replace("\\", "\\\\").replace("\"", "\\\"").replace("%", "%%");
        return '"' + (inCommand ? escaped.replace("$", "$$") : escaped) + '"';
    }
}
