package org.shmimtcp.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A command that builds its model by calls instead of annotations, which take 50 ms and more to
 * read: for the commands that people and scripts run over and over.
 */
interface Modelled {
    /** Returns the command's model, the same at each call. */
    CommandSpec model();

    /** Adds the options of every command; they come last. */
    static CommandSpec addHelp(CommandSpec spec) {
        return spec.addOption(
                        OptionSpec.builder("-h", "--help")
                                .usageHelp(true)
                                .description("Show this help message and exit.")
                                .build())
                .addOption(
                        OptionSpec.builder("-V", "--version")
                                .versionHelp(true)
                                .description("Print version information and exit.")
                                .build());
    }

    /** Returns an option without a value. */
    static OptionSpec flag(String description, String name, String... names) {
        return OptionSpec.builder(name, names).type(boolean.class).description(description).build();
    }

    /** True if the option was given. */
    static boolean isGiven(OptionSpec flag) {
        return Boolean.TRUE.equals(flag.getValue());
    }
}
