package org.shmimtcp.link;

import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.shmimtcp.testing.GoldenWire;

/**
 * Connections that a receiver did not ask for: noise, heads, records and messages changed in a few
 * bytes, cut off, dripping, silent. Good ones are among them, from streams called {@code h_0} to
 * {@code h_4}, or as those that must not be written are.
 */
final class HostileVisitors {
    private static final int THREADS = 8;
    private static final int TIMEOUT_MS = 300;
    private static final List<String> FORBIDDEN =
            List.of("foreign", "link", "../evil", "good/../x");

    private final int port;
    private final boolean manyAddresses;
    private final String oneAddress;
    private final AtomicInteger connected = new AtomicInteger();

    /**
     * @param manyAddresses true to come from all of 127.0.0.0/8, false from one of it
     */
    HostileVisitors(int port, boolean manyAddresses, String oneAddress) {
        this.port = port;
        this.manyAddresses = manyAddresses;
        this.oneAddress = oneAddress;
    }

    /** Makes so many connections, several at a time, and waits until the last one is over. */
    void visit(int connections, long seed) {
        int before = connected.get();
        AtomicInteger left = new AtomicInteger(connections);
        List<Thread> threads = new ArrayList<>();
        SplittableRandom seeds = new SplittableRandom(seed);
        for (int i = 0; i < THREADS; i++) {
            SplittableRandom random = seeds.split();
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                while (left.getAndDecrement() > 0) {
                                    one(random);
                                }
                            }));
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (connected.get() - before != connections) {
            throw new AssertionError(connected.get() - before + " of " + connections);
        }
    }

    private void one(SplittableRandom random) {
        try (Socket socket = connect(random)) {
            connected.incrementAndGet();
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MS);
            if (random.nextInt(3) == 0) {
                socket.setSoLinger(true, 0); // ends in a reset
            }
            talk(socket, random);
        } catch (IOException sentAway) {
            // as it should be
        }
    }

    private Socket connect(SplittableRandom random) throws IOException {
        while (true) {
            Socket socket = new Socket();
            try {
                String from =
                        manyAddresses
                                ? "127."
                                        + random.nextInt(1, 255)
                                        + "."
                                        + random.nextInt(256)
                                        + "."
                                        + random.nextInt(1, 255)
                                : oneAddress;
                socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
                socket.connect(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
                return socket;
            } catch (BindException | NoRouteToHostException outOfPorts) { // for a moment
                socket.close();
                LockSupport.parkNanos(50_000_000);
            }
        }
    }

    private static void talk(Socket socket, SplittableRandom random) throws IOException {
        OutputStream out = socket.getOutputStream();
        int kind = random.nextInt(100);
        if (kind < 3) {
            LockSupport.parkNanos(random.nextLong(1_500_000_000));
            return;
        }
        byte[] bytes = kind < 20 ? noise(random) : kind < 60 ? milk(random) : ours(random);
        if (kind % 4 == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        }
        if (kind >= 95) {
            drip(out, bytes, random);
        } else {
            out.write(bytes);
        }
        if (random.nextBoolean()) {
            socket.shutdownOutput();
            socket.getInputStream().skipNBytes(1 << 16); // until it hangs up, or is silent
        }
    }

    private static void drip(OutputStream out, byte[] bytes, SplittableRandom random)
            throws IOException {
        int drops = random.nextInt(40);
        for (int i = 0; i < Math.min(drops, bytes.length); i++) {
            out.write(bytes[i]);
            LockSupport.parkNanos(10_000_000);
        }
    }

    private static byte[] noise(SplittableRandom random) {
        byte[] bytes = new byte[random.nextInt(3000)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static String name(SplittableRandom random) {
        return random.nextInt(4) == 0
                ? FORBIDDEN.get(random.nextInt(FORBIDDEN.size()))
                : "h_" + random.nextInt(5);
    }

    /** What a C program sent once, as milk1 or milk2. */
    private static byte[] milk(SplittableRandom random) {
        List<GoldenWire> captures = GoldenWire.all();
        GoldenWire capture = captures.get(random.nextInt(captures.size()));
        byte[] head = capture.head();
        byte[] name = Arrays.copyOf(name(random).getBytes(StandardCharsets.US_ASCII), 80);
        System.arraycopy(name, 0, head, 32, name.length);
        boolean milk2 = random.nextBoolean();
        int pixelBytes = (int) capture.format().pixelBytes();
        ByteBuffer all = ByteBuffer.allocate(capture.stream().length + 8 * 20);
        all.order(ByteOrder.LITTLE_ENDIAN).put(mutated(head, random));
        for (byte[] record : capture.records()) {
            byte[] changed = mutated(record, random);
            all.put(changed, 0, pixelBytes);
            if (milk2) {
                all.putLong(0x12341234ffL);
            }
            all.put(changed, pixelBytes, changed.length - pixelBytes);
        }
        return Arrays.copyOf(all.array(), all.position());
    }

    /** Our own protocol; some of what is changed has the right checksum all the same. */
    private static byte[] ours(SplittableRandom random) {
        var image = new ProtocolPage.Image(name(random), 9, 4, List.of(7, 5), 5);
        List<byte[]> all = new ArrayList<>();
        all.add(mutated(image.head(random.nextLong(), 1, 1, 1, random.nextInt()), random));
        all.add(mutated(ProtocolPage.withText(ProtocolPage.HELLO, 16, "stranger 1"), random));
        for (int i = 1; i < 6; i++) {
            var keyword = ProtocolPage.Change.ofLong(random.nextInt(-2, 8), "K" + i, i);
            var fields = new ProtocolPage.Fields(i, 0, 0, i, i);
            byte[] frame = ProtocolPage.frame(fields, -1, new byte[140], List.of(keyword));
            byte[] changed = mutated(frame, random);
            all.add(random.nextBoolean() ? ProtocolPage.sealed(changed) : changed);
            all.add(
                    mutated(
                            ProtocolPage.withTimes(ProtocolPage.PONG, random.nextLong(), 1, 2),
                            random));
            if (random.nextInt(8) == 0) {
                all.add(ProtocolPage.withLength(frame, random.nextLong()));
            }
        }
        ByteBuffer joined = ByteBuffer.allocate(all.stream().mapToInt(m -> m.length).sum());
        all.forEach(joined::put);
        return joined.array();
    }

    /** The same bytes, or up to six of them changed. */
    private static byte[] mutated(byte[] good, SplittableRandom random) {
        byte[] bytes = good.clone();
        if (random.nextInt(3) == 0) {
            for (int n = random.nextInt(6); n >= 0; n--) {
                byte value = (byte) (random.nextBoolean() ? random.nextInt() : -random.nextInt(2));
                bytes[random.nextInt(bytes.length)] = value;
            }
        }
        return bytes;
    }
}
