package org.shmimtcp.cli;

import java.nio.file.Path;

/** The scripts that start the programs, for programs that start others. */
final class Launcher {
    private static final String PROPERTY = "shmimtcp.bin";

    private Launcher() {}

    /** Where they are; empty if not known. */
    static String directory() {
        return System.getProperty(PROPERTY, "");
    }

    /** The script of a program, {@code /opt/shmimtcp/bin/shmimTCPtransmit}. */
    static String path(String program) {
        String directory = System.getProperty(PROPERTY);
        if (directory == null) {
            throw new UserError(
                    "started without bin/" + program + " (-D" + PROPERTY + " is not set)");
        }
        return Path.of(directory, program).toString();
    }
}
