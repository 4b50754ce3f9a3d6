package org.shmimtcp.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Two machines and a cable, as network namespaces and a veth pair: the cable can be pulled and made
 * slow. Needs root, {@code ip} and {@code tc}; tests are skipped without them.
 */
public final class NetLab implements AutoCloseable {
    /** The receiver's address. */
    public static final String RECEIVER_IP = "10.213.7.2";

    /** The same in IPv6, which is valid on the cable only. */
    public static final String RECEIVER_LINK_LOCAL = "fe80::2%cable";

    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final String CABLE_END = "cable";

    private final String prefix = "shmtcp" + ProcessHandle.current().pid();
    private final String sender = prefix + "s";
    private final String receiver = prefix + "r";

    private NetLab() {}

    /** Sets it up, or skips the calling test where that is not possible. */
    public static NetLab open() {
        NetLab lab = new NetLab();
        try {
            run("ip", "netns", "add", lab.sender);
        } catch (AssertionError | RuntimeException e) {
            String[] lines = String.valueOf(e.getMessage()).split("\n", -1);
            assumeTrue(false, "no network namespaces here: " + lines[lines.length - 1]);
        }
        try {
            run("ip", "netns", "add", lab.receiver);
            String[] pair = {
                "ip",
                "-n",
                lab.sender,
                "link",
                "add",
                CABLE_END,
                "type",
                "veth",
                "peer",
                "name",
                CABLE_END,
                "netns",
                lab.receiver
            };
            run(pair);
            lab.configure(lab.sender, "10.213.7.1/24", "fe80::1/64");
            lab.configure(lab.receiver, RECEIVER_IP + "/24", "fe80::2/64");
            return lab;
        } catch (AssertionError | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    private void configure(String namespace, String address, String linkLocal) {
        run("ip", "-n", namespace, "addr", "add", address, "dev", CABLE_END);
        run("ip", "-n", namespace, "link", "set", CABLE_END, "up");
        // nodad: the kernel would look for a second or two whether somebody else has it.
        run("ip", "-n", namespace, "addr", "add", linkLocal, "dev", CABLE_END, "nodad");
        run("ip", "-n", namespace, "link", "set", "lo", "up");
    }

    private static void run(String... command) {
        ChildProcess.start(Map.of(), List.of(command)).awaitSuccess(DEADLINE);
    }

    /** Put before a command it has that run on the sender's machine. */
    public List<String> onSender() {
        return in(sender);
    }

    /** Put before a command it has that run on the receiver's machine. */
    public List<String> onReceiver() {
        return in(receiver);
    }

    private static List<String> in(String namespace) {
        return List.of("ip", "netns", "exec", namespace);
    }

    /** Pulls the cable at the receiver's end: the sender's machine is told of no more than that. */
    public void pull() {
        run("ip", "-n", receiver, "link", "set", CABLE_END, "down");
    }

    /** Puts it back. */
    public void plug() {
        run("ip", "-n", receiver, "link", "set", CABLE_END, "up");
    }

    /** Lets frames through at that rate only, with a queue of that time's worth in front. */
    public void limit(int megabitPerSecond, int queueMs) {
        int burstBytes = Math.max(3200, megabitPerSecond * 250); // 2 ms
        String[] command = {
            "ip",
            "netns",
            "exec",
            sender,
            "tc",
            "qdisc",
            "replace",
            "dev",
            CABLE_END,
            "root",
            "tbf",
            "rate",
            megabitPerSecond + "mbit",
            "burst",
            Integer.toString(burstBytes),
            "latency",
            queueMs + "ms"
        };
        run(command);
    }

    @Override
    public void close() {
        for (String namespace : List.of(sender, receiver)) {
            ChildProcess.start(Map.of(), List.of("ip", "netns", "del", namespace))
                    .awaitExit(DEADLINE);
        }
    }
}
