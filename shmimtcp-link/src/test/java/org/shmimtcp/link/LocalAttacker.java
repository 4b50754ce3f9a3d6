package org.shmimtcp.link;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.shmimtcp.testing.CCompiler;
import org.shmimtcp.testing.ChildProcess;

/**
 * A user without permissions, {@code nobody}, who swaps names in a directory that all may write to.
 */
final class LocalAttacker implements AutoCloseable {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String NOBODY = "65534";
    private static final Path SETPRIV = Path.of("/usr/bin/setpriv");

    private final ChildProcess racer;

    private LocalAttacker(ChildProcess racer) {
        this.racer = racer;
    }

    /** Skips the calling test where nobody can become nobody. */
    static void assume() throws IOException {
        CCompiler.assume();
        boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        assumeTrue(root && Files.isExecutable(SETPRIV), "needs root, and setpriv");
    }

    /**
     * Starts.
     *
     * @param place where he finds his program
     * @param streams the directory that he may write to
     * @param file that the names are to lead to
     * @param directory that the directory of states is to lead to
     */
    static LocalAttacker start(Path place, Path streams, Path file, Path directory)
            throws IOException {
        Path program = Files.copy(CCompiler.compile("racer"), place.resolve("racer"));
        List<String> command =
                List.of(
                        SETPRIV.toString(),
                        "--reuid=" + NOBODY,
                        "--regid=" + NOBODY,
                        "--clear-groups",
                        "nice",
                        program.toString(),
                        streams.toString(),
                        file.toString(),
                        directory.toString());
        ChildProcess racer = ChildProcess.start(Map.of(), command);
        return new LocalAttacker(racer.awaitOutput("swapped", SOON));
    }

    /** How many names he has swapped, as of the last second. */
    long swapped() {
        return racer.output()
                .lines()
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
                .max()
                .orElse(0);
    }

    String report() {
        return "swapped " + swapped();
    }

    @Override
    public void close() {
        racer.kill9();
    }
}
