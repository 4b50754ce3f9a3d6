package org.shmimtcp.bridge;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.shmimtcp.posix.IoReason;

/** Runs programs that read a script from their standard input. */
final class Shell {
    private static final int MAX_OUTPUT_BYTES = 16 << 20;

    private Shell() {}

    /**
     * Runs a command to its end. Its output goes to a file, because a server that it leaves in the
     * background could keep a pipe open indefinitely.
     *
     * @throws BridgeException if the command does not end in time; it is then killed
     */
    static Machine.Output run(
            List<String> command,
            Map<String, String> environment,
            String script,
            Duration timeout,
            String whom) {
        try {
            Path output = Files.createTempFile("shmimtcp", ".out");
            output.toFile().deleteOnExit(); // in case of Ctrl-C while it runs
            try {
                ProcessBuilder builder = new ProcessBuilder(ofItsOwn(command));
                builder.environment().putAll(environment);
                builder.redirectErrorStream(true).redirectOutput(output.toFile());
                Process process = builder.start();
                try (OutputStream in = process.getOutputStream()) {
                    in.write(script.getBytes(StandardCharsets.UTF_8));
                } catch (IOException ended) {
                    // before it had read everything: its exit code and output say why
                }
                if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly().waitFor();
                    throw new BridgeException(
                            whom + " does not answer within " + timeout.toMillis() / 1e3 + " s");
                }
                return new Machine.Output(process.exitValue(), read(output));
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            throw new BridgeException(
                    "cannot run " + command.getFirst() + ": " + IoReason.of(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BridgeException("interrupted", e);
        }
    }

    /**
     * Runs the command in a session of its own. Ctrl-C then reaches only this program, which lets a
     * step finish before it undoes the step. An interrupted ssh would leave unknown processes on
     * the other machine.
     */
    private static List<String> ofItsOwn(List<String> command) {
        List<String> all = new ArrayList<>(List.of("setsid", "-w"));
        all.addAll(command);
        return all;
    }

    private static String read(Path output) throws IOException {
        try (var in = Files.newInputStream(output)) {
            return new String(in.readNBytes(MAX_OUTPUT_BYTES), StandardCharsets.UTF_8);
        }
    }
}
