package org.shmimtcp.cli;

import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.settings.LinkSettings;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What milk's two commands that transfer streams have in common. */
final class MilkLink {
    /** The priority if none is given. */
    static final int INITIAL = 80;

    static final String HELP =
            "SCHED_FIFO priority, 1 to 99; 0 and below for none, as in milk. Default: 80.";

    private final CommandLine command;

    MilkLink(CommandLine command) {
        this.command = command;
    }

    /** Returns the port as an argument of our own commands. */
    String port(int port) {
        return check("PORT", port, 1, LinkSettings.MAX_PORT);
    }

    /** Returns the priority as an argument of our own commands. */
    String priority(int priority) {
        if (priority < 0) {
            command.getErr()
                    .println(
                            command.getCommandName()
                                    + ": priority "
                                    + priority
                                    + " is below 0: running without real-time priority");
        }
        return check("PRIO", Math.max(priority, 0), 0, RealTimeSettings.MAX_PRIORITY);
    }

    private String check(String what, int value, int min, int max) {
        if (value < min || value > max) {
            throw new ParameterException(
                    command, what + " must be from " + min + " to " + max + ", not " + value);
        }
        return Integer.toString(value);
    }
}
