package org.shmimtcp.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Two machines and a cable, simulated by network namespaces and a veth pair. The cable can be
 * unplugged and made slow. Requires root, {@code ip} and {@code tc}; tests are skipped without
 * them.
 */
public final class NetLab implements AutoCloseable {
    /** The receiver's address. */
    public static final String RECEIVER_IP = "10.213.7.2";

    /** The receiver's link-local IPv6 address, valid only on the cable. */
    public static final String RECEIVER_LINK_LOCAL = "fe80::2%cable";

    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final String CABLE_END = "cable";

    private final String prefix = "shmtcp" + ProcessHandle.current().pid();
    private final String sender = prefix + "s";
    private final String receiver = prefix + "r";

    private NetLab() {}

    /** Sets up the machines, or skips the calling test if that is not possible. */
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
        // nodad: otherwise the kernel would check for a second or two for duplicate addresses.
        run("ip", "-n", namespace, "addr", "add", linkLocal, "dev", CABLE_END, "nodad");
        run("ip", "-n", namespace, "link", "set", "lo", "up");
    }

    private static void run(String... command) {
        ChildProcess.start(Map.of(), List.of(command)).awaitSuccess(DEADLINE);
    }

    /** Returns the prefix that runs a command on the sender's machine. */
    public List<String> onSender() {
        return in(sender);
    }

    /** Returns the prefix that runs a command on the receiver's machine. */
    public List<String> onReceiver() {
        return in(receiver);
    }

    private static List<String> in(String namespace) {
        return List.of("ip", "netns", "exec", namespace);
    }

    /** Unplugs the cable at the receiver's end. The sender's machine only sees the carrier go. */
    public void pull() {
        run("ip", "-n", receiver, "link", "set", CABLE_END, "down");
    }

    /** Plugs the cable in again. */
    public void plug() {
        run("ip", "-n", receiver, "link", "set", CABLE_END, "up");
    }

    /** Limits the rate from the sender, with a queue of up to {@code queueMs}. */
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
