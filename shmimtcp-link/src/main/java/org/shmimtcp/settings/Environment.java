package org.shmimtcp.settings;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.loop.CpuSleepGuard;
import org.shmimtcp.loop.RealTimeSettings;

/**
 * The environment variables that the commands read: the meaning of each, the processes that it is
 * passed to, and the commands whose help lists it. Help, man pages and the packages' {@code
 * environment} file are generated from this list.
 */
public enum Environment {
    ROLE(
            "MAGAOX_ROLE",
            "role of this machine, as the site's file calls it",
            "ICC",
            Set.of(Destination.UNIT, Destination.TMUX),
            "serve",
            "want",
            "service",
            "bridge",
            "dmdispbridge"),
    CONFIG(
            "SHMIMTCP_CONFIG",
            "the site's file; else ~/.config/shmimtcp/config.toml or"
                    + " /etc/shmimtcp/config.toml; see docs/bridges.md",
            null,
            Set.of(Destination.UNIT, Destination.TMUX),
            "serve",
            "want",
            "service",
            "bridge",
            "dmdispbridge"),
    STREAMS(
            ImageDirectory.VARIABLE,
            "directory of the streams; else /milk/shm or /tmp",
            "/milk/shm",
            Set.of(Destination.values()),
            "shmim",
            "shmimTCPtransmit",
            "shmimTCPreceive",
            "serve",
            "want",
            "subscribe"),
    PROCESSES(
            "MILK_PROC_DIR",
            "directory of milk's process information; else that of the streams",
            "/milk/shm",
            Set.of(Destination.values()),
            "shmimTCPtransmit",
            "shmimTCPreceive",
            "serve",
            "want",
            "subscribe"),
    CPUS(
            RealTimeSettings.CPUS_VARIABLE,
            "CPUs for the loops, like 2,4-7",
            "2,4-7",
            Set.of(Destination.values()),
            "shmimTCPtransmit",
            "shmimTCPreceive",
            "serve",
            "want"),
    CPU_LATENCY(
            CpuSleepGuard.VARIABLE,
            "default of --cpu-latency",
            "auto",
            Set.of(Destination.values()),
            "shmimTCPtransmit",
            "shmimTCPreceive",
            "serve",
            "want"),
    PROCINFO(
            "SHMIMTCP_PROCINFO",
            "default of --procinfo",
            "auto",
            Set.of(Destination.values()),
            "shmimTCPtransmit",
            "shmimTCPreceive",
            "serve",
            "want",
            "subscribe"),
    WIRE(
            "SHMIMTCP_WIRE",
            "default of --wire of shmimTCPtransmit",
            "auto",
            Set.of(Destination.TMUX),
            "shmimTCPtransmit"),
    LOG_FORMAT(
            "SHMIMTCP_LOG_FORMAT",
            "default of --log-format",
            "text",
            Set.of(Destination.values()),
            "shmim",
            "shmimTCPtransmit",
            "shmimTCPreceive",
            "serve"),
    JAVA_OPTS(
            "SHMIMTCP_JAVA_OPTS",
            "additional options for the Java virtual machine",
            "",
            Set.of(Destination.values()),
            "shmim"),
    DEBUG(
            "SHMIMTCP_DEBUG",
            "if set, error messages include a stack trace",
            null,
            Set.of(Destination.values()),
            "shmim"),
    JAVA_HOME(
            "JAVA_HOME",
            "directory of the JDK that runs a clone",
            null,
            Set.of(Destination.values()),
            "shmim"),
    LANG("LANG", "the locale", null, Set.of(Destination.TMUX, Destination.SSH)),
    LC_ALL("LC_ALL", "the locale", null, Set.of(Destination.TMUX, Destination.SSH)),
    LC_CTYPE("LC_CTYPE", "the locale", null, Set.of(Destination.TMUX, Destination.SSH)),
    PATH("PATH", "search path of programs", null, Set.of(Destination.TMUX));

    /** How a variable reaches a process that does not inherit the command's environment. */
    public enum Destination {
        /** A program in tmux: its server has the environment in which it was started. */
        TMUX,
        /** A receiver in tmux on the other machine, from the login there. */
        SSH,
        /** The unit of systemd, from the command that wrote it. */
        UNIT
    }

    private static final int WIDTH = 60;
    private static final String MARGIN = " ".repeat(20);

    private final String variable;
    private final String meaning;
    private final @Nullable String example;

    @SuppressWarnings("ImmutableEnumChecker") // from Set.of
    private final Set<Destination> destinations;

    @SuppressWarnings("ImmutableEnumChecker") // from List.of
    private final List<String> commands;

    Environment(
            String variable,
            String meaning,
            @Nullable String example,
            Set<Destination> destinations,
            String... commands) {
        this.variable = variable;
        this.meaning = meaning;
        this.example = example;
        this.destinations = destinations;
        this.commands = List.of(commands);
    }

    /** Returns the variable's name. */
    public String variable() {
        return variable;
    }

    /** Returns the names of the variables that are passed on to this destination. */
    public static List<String> forwarded(Destination to) {
        return Arrays.stream(values())
                .filter(one -> one.destinations.contains(to))
                .map(Environment::variable)
                .toList();
    }

    /** Returns the lines on variables in a command's help; empty if it reads none. */
    public static List<String> help(String command) {
        return Arrays.stream(values())
                .filter(one -> one.commands.contains(command))
                .flatMap(one -> one.helpLines().stream())
                .toList();
    }

    private List<String> helpLines() {
        StringBuilder text = new StringBuilder("  ").append(variable);
        text.append(
                text.length() < MARGIN.length() ? MARGIN.substring(text.length()) : "\n" + MARGIN);
        int column = 0;
        for (String word : meaning.split(" ", -1)) {
            if (column > 0) {
                boolean fits = column + 1 + word.length() <= WIDTH;
                text.append(fits ? " " : "\n" + MARGIN);
                column = fits ? column + 1 : 0;
            }
            text.append(word);
            column += word.length();
        }
        return text.toString().lines().toList();
    }

    /** Returns the text of the packages' {@code environment} file; every line is a comment. */
    public static String file() {
        StringBuilder text =
                new StringBuilder(
                        """
                        # Settings for all users of shmimTCP: shell assignments, which its commands read at their
                        # start. A variable of the user takes precedence over a value in this form.
                        """);
        for (Environment one : values()) {
            if (one.example != null) {
                text.append("\n# ")
                        .append(Character.toUpperCase(one.meaning.charAt(0)))
                        .append(one.meaning.substring(1))
                        .append(
                                ".\n#%s=${%s:-%s}\n"
                                        .formatted(one.variable, one.variable, one.example));
            }
        }
        return text.toString();
    }
}
