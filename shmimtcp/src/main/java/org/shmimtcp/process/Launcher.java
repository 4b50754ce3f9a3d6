package org.shmimtcp.process;

import java.nio.file.Path;

/** The launcher scripts, for programs that start other programs. */
public final class Launcher {
    private static final String PROPERTY = "shmimtcp.bin";

    private Launcher() {}

    /** Returns the directory of the launchers; empty if unknown. */
    public static String directory() {
        return System.getProperty(PROPERTY, "");
    }

    /**
     * Returns the launcher of a program, for example {@code /opt/shmimtcp/bin/shmimTCPtransmit}.
     */
    public static String path(String program) {
        String directory = System.getProperty(PROPERTY);
        if (directory == null) {
            throw new UserError(
                    "started without bin/" + program + " (-D" + PROPERTY + " is not set)");
        }
        return Path.of(directory, program).toString();
    }
}
