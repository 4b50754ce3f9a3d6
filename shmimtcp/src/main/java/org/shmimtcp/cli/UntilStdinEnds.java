package org.shmimtcp.cli;

import java.io.IOException;
import java.io.OutputStream;
import picocli.CommandLine.Option;

/** The hidden option of commands that run beside another program and end with it. */
final class UntilStdinEnds {
    static final String NAME = "--until-stdin-ends";

    @Option(
            names = NAME,
            hidden = true,
            description =
                    "Exit at the end of standard input, with the program that started this"
                            + " one.")
    private boolean given;

    /** Starts watching standard input, if the option was given. */
    void watch() {
        if (given) {
            Thread.ofPlatform().daemon().name("parent").start(UntilStdinEnds::exitWithStdin);
        }
    }

    private static void exitWithStdin() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException gone) {
            // this also means the end
        }
        System.exit(0);
    }
}
