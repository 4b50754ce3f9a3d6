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

    /** A word as a POSIX shell reads it back. */
    static String quote(String word) {
        return word.matches("[A-Za-z0-9_./:=@%+,-]+")
                ? word
                : "'" + word.replace("'", "'\\''") + "'";
    }

    /** Words as a line to paste. */
    static String join(List<String> words) {
        return String.join(" ", words.stream().map(Shell::quote).toList());
    }

    /**
     * Runs a command to its end. What it prints goes through a file: a server that it leaves in the
     * background may hold a pipe open for ever.
     *
     * @throws BridgeException if it does not end in time, and is killed
     */
    static Machine.Output run(
            List<String> command,
            Map<String, String> environment,
            String script,
            Duration timeout,
            String whom) {
        try {
            Path output = Files.createTempFile("shmimtcp", ".out");
            output.toFile().deleteOnExit(); // Ctrl-C while it runs
            try {
                ProcessBuilder builder = new ProcessBuilder(ofItsOwn(command));
                builder.environment().putAll(environment);
                builder.redirectErrorStream(true).redirectOutput(output.toFile());
                Process process = builder.start();
                try (OutputStream in = process.getOutputStream()) {
                    in.write(script.getBytes(StandardCharsets.UTF_8));
                } catch (IOException ended) {
                    // before it had read all: its exit code and output say why
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
     * In a session of its own: Ctrl-C is for this program, which lets a step end before it undoes
     * it. Cut in the middle, ssh would leave behind on the other machine what nobody knows of.
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
