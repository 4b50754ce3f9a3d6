package org.shmimtcp.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A few machines on one switch, simulated by network namespaces and a bridge. They share the file
 * system. Requires root and {@code ip}; tests are skipped without them.
 */
public final class SwitchedHosts implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final String SWITCH = "switch";
    private static final String PORT = "net";

    private final String prefix = "shmtcp" + ProcessHandle.current().pid() + "n";
    private final List<String> namespaces = new ArrayList<>();

    private SwitchedHosts() {}

    /** Sets up machines 1 to {@code number}, or skips the calling test if that is impossible. */
    public static SwitchedHosts open(int number) {
        SwitchedHosts hosts = new SwitchedHosts();
        try {
            hosts.add(0);
            hosts.ip(0, "link add " + SWITCH + " type bridge");
        } catch (AssertionError | RuntimeException e) {
            hosts.close();
            String[] lines = String.valueOf(e.getMessage()).split("\n", -1);
            assumeTrue(false, "no network namespaces here: " + lines[lines.length - 1]);
        }
        try {
            hosts.ip(0, "link set " + SWITCH + " up");
            for (int n = 1; n <= number; n++) {
                hosts.add(n);
                String end = "port" + n;
                hosts.ip(
                        0,
                        "link add "
                                + end
                                + " type veth peer name "
                                + PORT
                                + " netns "
                                + hosts.prefix
                                + n);
                hosts.ip(0, "link set " + end + " master " + SWITCH + " up");
                hosts.ip(n, "addr add " + address(n) + "/24 dev " + PORT);
                hosts.ip(n, "link set " + PORT + " up");
                hosts.ip(n, "link set lo up");
            }
            return hosts;
        } catch (AssertionError | RuntimeException e) {
            hosts.close();
            throw e;
        }
    }

    private void add(int n) {
        run(List.of("ip", "netns", "add", prefix + n));
        namespaces.add(prefix + n);
    }

    private void ip(int n, String arguments) {
        List<String> command = new ArrayList<>(List.of("ip", "-n", prefix + n));
        command.addAll(Arrays.asList(arguments.split(" ")));
        run(command);
    }

    private static void run(List<String> command) {
        ChildProcess.start(Map.of(), command).awaitSuccess(DEADLINE);
    }

    /** Returns the address of a machine. */
    public static String address(int n) {
        return "10.213.8." + n;
    }

    /** Returns the prefix that runs a command on a machine. */
    public List<String> on(int n) {
        return List.of("ip", "netns", "exec", prefix + n);
    }

    @Override
    public void close() {
        for (String namespace : namespaces) {
            ChildProcess.start(Map.of(), List.of("ip", "netns", "del", namespace))
                    .awaitExit(DEADLINE);
        }
    }
}
