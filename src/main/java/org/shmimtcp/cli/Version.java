package org.shmimtcp.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar. */
final class Version implements IVersionProvider {
    /** The program and its version in one line. */
    static String program() {
        @Nullable String version = Version.class.getPackage().getImplementationVersion();
        return "shmimTCP " + (version == null ? "(not packaged)" : version);
    }

    @Override
    public String[] getVersion() {
        return new String[] {program(), "Java " + System.getProperty("java.vm.version")};
    }
}
