package org.shmimtcp.cli;

import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** Entry point of every command; the launchers in {@code bin} pass a subcommand's name first. */
@Command(
        name = "shmim",
        description = "Keeps shared-memory image streams synchronized between machines.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        subcommands = {Main.Transmit.class, Main.Receive.class, Main.Mk2Dim.class})
public final class Main {

    public static void main(String[] args) {
        System.exit(execute(args));
    }

    /** Runs one command in this JVM and returns its exit code. */
    static int execute(String... args) {
        return new CommandLine(new Main()).execute(args);
    }

    @Command(
            name = "shmimTCPtransmit",
            description = "Sends every new frame of a stream to a receiver.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Transmit {}

    @Command(
            name = "shmimTCPreceive",
            description = "Writes frames that arrive from a transmitter into a stream.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Receive {}

    @Command(
            name = "mk2Dim",
            description = "Creates a two-dimensional stream.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Mk2Dim {}

    /** The version that the build wrote into the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {
                "shmimTCP " + Objects.requireNonNullElse(version, "(not packaged)")
            };
        }
    }
}
