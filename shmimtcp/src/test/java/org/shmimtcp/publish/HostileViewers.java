package org.shmimtcp.publish;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ZmtpPeer;

/**
 * Attacks a publisher until it is killed. A process of its own, because its garbage collection
 * would delay other clients.
 */
final class HostileViewers {
    /** Time after which a client that was disconnected connects again, as in ZeroMQ. */
    static final Duration BETWEEN_CONNECTIONS = Duration.ofMillis(100);

    /** Time between two visitors that break the protocol. */
    private static final Duration BETWEEN_VISITORS = Duration.ofMillis(50);

    private static final int DEAF = 1000;
    private static final int FLOODS = 2;

    /** Clients that read nothing and request frames, streams that do not exist, and nonsense. */
    private static final int EAGER = 50;

    private static final int FIRST_VISITORS = 10;
    private static final int MOST_KEPT = 2000;

    private final int port;
    private final String stream;
    private final String large;

    private HostileViewers(int port, String stream, String large) {
        this.port = port;
        this.stream = stream;
        this.large = large;
    }

    /**
     * Attacks.
     *
     * @param arguments the publisher's port, a stream, and one whose frames fill the buffers of a
     *     connection
     */
    public static void main(String[] arguments) {
        int port = Integer.parseInt(arguments[0]);
        new HostileViewers(port, arguments[1], arguments[2]).attack();
    }

    /** One of this machine's addresses, from which none of the other clients connects. */
    private static String stranger(int n) {
        return "127.0." + (1 + n / 250) + "." + (1 + n % 250);
    }

    private void attack() {
        Deque<ZmtpPeer> kept = new ArrayDeque<>();
        for (int i = 0; i < DEAF; i++) {
            try {
                ZmtpPeer deaf = ZmtpPeer.silent(stranger(i), port, 4096);
                kept.add(deaf);
                deaf.shakeHands("CLIENT", "SERVER");
                for (int n = 0; n < 20; n++) {
                    deaf.ask(large);
                }
            } catch (UncheckedIOException refused) {
                // as it should be
            }
        }
        for (int i = 0; i < EAGER; i++) {
            int n = i;
            Thread.ofPlatform().daemon().name("eager " + i).start(() -> keepAsking(stranger(n)));
        }
        for (int i = 0; i < FLOODS; i++) {
            Thread.ofPlatform().daemon().name("flood " + i).start(() -> flood());
        }
        var random = new Random(1);
        for (int n = 0; true; n++) {
            visit(random, kept);
            if (kept.size() > MOST_KEPT) {
                kept.removeFirst().close();
            }
            if (n == FIRST_VISITORS) {
                System.out.println("attacking");
            }
            Await.time(BETWEEN_VISITORS);
        }
    }

    /** Sends requests as fast as the publisher takes them, none of which it can answer. */
    private void flood() {
        byte[] half = "c".getBytes(StandardCharsets.UTF_8);
        while (true) {
            try (ZmtpPeer peer = ZmtpPeer.silent(stranger(DEAF), port, 0)) {
                peer.shakeHands("CLIENT", "SERVER");
                while (true) {
                    peer.ask("../../etc/passwd");
                    peer.ask("secret");
                    peer.sendParts(2, half);
                }
            } catch (UncheckedIOException ended) {
                Await.time(BETWEEN_CONNECTIONS);
            }
        }
    }

    private void keepAsking(String from) {
        for (int n = 0; true; n++) {
            try (ZmtpPeer peer = ZmtpPeer.silent(from, port, 4096)) {
                peer.shakeHands("CLIENT", "SERVER");
                for (int i = 0; i < 64; i++) {
                    peer.ask("absent" + n % 100 + from + i);
                }
                while (true) {
                    peer.ask(large);
                    peer.send(new byte[1]);
                    Await.time(BETWEEN_CONNECTIONS);
                }
            } catch (UncheckedIOException ended) {
                Await.time(BETWEEN_CONNECTIONS);
            }
        }
    }

    private void visit(Random random, Deque<ZmtpPeer> kept) {
        try {
            ZmtpPeer visitor = ZmtpPeer.silent(stranger(random.nextInt(DEAF)), port, 0);
            switch (random.nextInt(6)) {
                case 0 -> visitor.sendRaw(new byte[] {(byte) 0xff, 0, 0, 0});
                case 1 -> {
                    byte[] noise = new byte[2000];
                    random.nextBytes(noise);
                    visitor.sendRaw(noise);
                }
                case 2 -> {
                    visitor.shakeHands("CLIENT", "SERVER");
                    visitor.sendRaw(
                            ByteBuffer.allocate(9).put((byte) 2).putLong(10_000_000).array());
                }
                case 3 -> {
                    visitor.shakeHands("CLIENT", "SERVER");
                    visitor.ask(stream);
                }
                case 4 -> {
                    visitor.sendRaw(ZmtpPeer.greeting());
                    visitor.sendRaw(ByteBuffer.allocate(9).put((byte) 2).putLong(-1).array());
                }
                default -> {
                    // says nothing
                }
            }
            if (random.nextBoolean()) {
                visitor.close();
            } else {
                kept.add(visitor);
            }
        } catch (UncheckedIOException refused) {
            // as it should be
        }
    }
}
