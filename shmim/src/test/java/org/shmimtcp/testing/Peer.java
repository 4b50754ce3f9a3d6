package org.shmimtcp.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * {@code shmpeer}, an independent C program that creates, writes, reads, sends and receives
 * streams. Tests that use it are skipped if there is no C compiler.
 */
public final class Peer {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final Pattern FIELD = Pattern.compile("(\\S+)=(\\S+)");

    private Peer() {}

    /** Returns the program, which is compiled at the first call. */
    public static Path program() {
        return CCompiler.compile("shmpeer");
    }

    /**
     * Starts one of its commands on the streams in a directory: {@code start(dir, "write", "x",
     * …)}.
     */
    public static ChildProcess start(Path directory, String... arguments) {
        return startBehind(List.of(), directory, arguments);
    }

    /** Starts one of its commands through another command. */
    public static ChildProcess startBehind(
            List<String> prefix, Path directory, String... arguments) {
        return startBehind(prefix, program(), directory, arguments);
    }

    /**
     * Starts a command through another command.
     *
     * @param program this program, or another version of it
     */
    public static ChildProcess startBehind(
            List<String> prefix, Path program, Path directory, String... arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.add(program.toString());
        command.addAll(List.of(arguments));
        return ChildProcess.start(Map.of("MILK_SHM_DIR", directory.toString()), command);
    }

    /** Starts a receiver and waits until it listens. */
    public static ChildProcess receive(Path directory, int port, String... arguments) {
        List<String> words = new ArrayList<>(List.of("rx", Integer.toString(port)));
        words.addAll(List.of(arguments));
        return receiveBehind(List.of(), program(), directory, port, words.toArray(String[]::new));
    }

    /**
     * Starts a receiver through another command and waits until it listens.
     *
     * @param program this program, or another version of it
     * @param words the whole command of a receiver on that port
     */
    public static ChildProcess receiveBehind(
            List<String> prefix, Path program, Path directory, int port, String... words) {
        ChildProcess receiver = startBehind(prefix, program, directory, words);
        Await.until(DEADLINE, "port " + port + " of " + receiver, () -> isListening(port));
        return receiver;
    }

    /**
     * Checks the kernel's table: a test connection would use up the only connection that the peer
     * accepts.
     */
    private static boolean isListening(int port) {
        String listener = ":%04X 00000000:0000 0A".formatted(port);
        try {
            return Files.readString(Path.of("/proc/net/tcp")).contains(listener);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Runs one of its commands to its end.
     *
     * @return its standard output
     * @throws AssertionError if it fails, or takes more than a minute
     */
    public static String run(Path directory, String... arguments) {
        return start(directory, arguments).awaitSuccess(DEADLINE);
    }

    /** Returns the values in a report like {@code frames=100 lost=0 torn=0 …}, by name. */
    public static Map<String, String> fields(String report) {
        return FIELD.matcher(report)
                .results()
                .collect(Collectors.toMap(m -> m.group(1), m -> m.group(2), (a, b) -> b));
    }
}
