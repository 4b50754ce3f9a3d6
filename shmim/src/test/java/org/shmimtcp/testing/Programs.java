package org.shmimtcp.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Starts the commands as users do, by the launchers in {@code bin}, on a directory of streams.
 *
 * @param environment variables besides the directory
 * @param prefix a command that starts the launchers, for example {@code setpriv ...}; empty for
 *     none
 */
public record Programs(Path directory, Map<String, String> environment, List<String> prefix) {
    /** The directory of the launchers. */
    public static final Path BIN = Project.ROOT.resolve("bin");

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    /** Below the kernel's range of ephemeral ports, so that no client gets one by chance. */
    private static final int FIRST_PORT = 15_000;

    private static final int PORTS = 15_000;
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    public Programs(Path directory) {
        this(directory, Map.of());
    }

    public Programs(Path directory, Map<String, String> environment) {
        this(directory, environment, List.of());
    }

    /** Returns the programs, started through another command. */
    public Programs behind(List<String> command) {
        return new Programs(directory, environment, command);
    }

    /** Returns the path of a launcher. */
    public static String launcher(String program) {
        return BIN.resolve(program).toString();
    }

    /** Starts a program. */
    public ChildProcess start(String program, String... arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.add(launcher(program));
        command.addAll(List.of(arguments));
        Map<String, String> all = new HashMap<>(environment);
        all.put("MILK_SHM_DIR", directory.toString());
        return ChildProcess.start(all, command);
    }

    /** Starts a receiver and waits until it listens. */
    public ChildProcess receive(int port, String... options) {
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.add(Integer.toString(port));
        return start("shmimTCPreceive", arguments.toArray(String[]::new))
                .awaitOutput("listening on", DEADLINE);
    }

    /** Starts a transmitter to {@code 127.0.0.1} in the foreground. */
    public ChildProcess transmit(String stream, int port, String... options) {
        return transmitTo("127.0.0.1", stream, port, options);
    }

    /** Starts a transmitter in the foreground. */
    public ChildProcess transmitTo(String host, String stream, int port, String... options) {
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("--foreground", stream, host, Integer.toString(port)));
        return start("shmimTCPtransmit", arguments.toArray(String[]::new));
    }

    /** Returns a free port, a different one each time. */
    public static int freePort() {
        SplittableRandom random = new SplittableRandom();
        while (true) {
            int port = FIRST_PORT + random.nextInt(PORTS);
            if (!GIVEN.add(port)) {
                continue;
            }
            try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                // try another one
            }
        }
    }

    /**
     * Waits until {@code shmim status} shows a text of a stream. A state is published once a
     * second, up to a second after the log line that tells it.
     *
     * @throws AssertionError at the deadline
     */
    public void awaitStatus(Duration deadline, String stream, String text) {
        Await.until(
                deadline,
                text + " in the status of " + stream,
                () -> {
                    ChildProcess status = start("shmim", "status", stream);
                    status.awaitExit(deadline);
                    return status.output().contains(text);
                });
    }

    /** Returns the counts in the last line that a loop prints. */
    public static Map<String, String> sum(ChildProcess ended) {
        String line =
                ended.errors()
                        .lines()
                        .filter(l -> l.contains(" end: "))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("no sum: " + ended.report()));
        return Peer.fields(line);
    }
}
