package org.shmimtcp.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy that injects faults of networks and memory on request, at positions determined by a
 * seed.
 */
public final class FaultProxy implements AutoCloseable {
    /** Faults in the bytes towards the server. */
    public enum Fault {
        /** The connection is reset. */
        RESET,
        /** Nothing passes for some seconds in either direction, then the connection continues. */
        STALL,
        /** Some bytes are lost. */
        TRUNCATION,
        /** One bit is flipped. */
        BIT_FLIP,
        /** Some bytes are sent twice. */
        DUPLICATE
    }

    private static final int BUFFER_BYTES = 16 << 10;

    private final ServerSocket server;
    private final int target;
    private final Random random;
    private final long stallMs;
    private final AtomicReference<@Nullable Fault> next = new AtomicReference<>();
    private final Map<Fault, Integer> done = new EnumMap<>(Fault.class);
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    private volatile long stalledUntilNs = System.nanoTime();

    /** Forwards connections to a port of this machine. */
    public FaultProxy(int target, long seed, long stallMs) {
        this.target = target;
        this.random = new Random(seed);
        this.stallMs = stallMs;
        try {
            server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofPlatform().daemon().name("proxy").start(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Injects a fault into the next bytes towards the server. */
    public void inject(Fault fault) {
        next.set(fault);
    }

    /** True if the last requested fault has been injected. */
    public boolean isDone() {
        return next.get() == null;
    }

    /** Returns how often each fault was injected. */
    public synchronized String report() {
        return done.toString();
    }

    private void accept() {
        while (!closed) {
            try {
                Socket client = server.accept();
                Socket onward = new Socket();
                sockets.add(client);
                sockets.add(onward);
                try {
                    onward.connect(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), target), 1000);
                } catch (IOException nobodyThere) {
                    end(client, onward, true);
                    continue;
                }
                client.setTcpNoDelay(true);
                onward.setTcpNoDelay(true);
                Thread.ofPlatform().daemon().start(() -> pass(client, onward, true));
                Thread.ofPlatform().daemon().start(() -> pass(onward, client, false));
            } catch (IOException closedMeanwhile) {
                // the loop ends
            }
        }
    }

    private void pass(Socket from, Socket to, boolean faulty) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                Fault fault = faulty ? next.getAndSet(null) : null;
                if (fault != null && spoil(fault, buffer, n, out)) {
                    end(from, to, true);
                    return;
                }
                awaitStall();
                if (fault == null || fault == Fault.STALL) {
                    out.write(buffer, 0, n);
                }
            }
            end(from, to, false);
        } catch (IOException e) {
            end(from, to, true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Injects the fault; returns true if the connection must be reset. */
    private synchronized boolean spoil(Fault fault, byte[] buffer, int n, OutputStream out)
            throws IOException {
        done.merge(fault, 1, Integer::sum);
        int at = random.nextInt(n);
        switch (fault) {
            case RESET -> {
                return true;
            }
            case STALL -> stalledUntilNs = System.nanoTime() + stallMs * 1_000_000;
            case TRUNCATION -> {
                int lost = 1 + random.nextInt(n - at);
                out.write(buffer, 0, at);
                out.write(buffer, at + lost, n - at - lost);
            }
            case BIT_FLIP -> {
                buffer[at] ^= (byte) (1 << random.nextInt(8));
                out.write(buffer, 0, n);
            }
            case DUPLICATE -> {
                out.write(buffer, 0, n);
                out.write(buffer, at, 1 + random.nextInt(n - at));
            }
        }
        return false;
    }

    private void awaitStall() throws InterruptedException {
        long leftNs = stalledUntilNs - System.nanoTime();
        if (leftNs > 0) {
            TimeUnit.NANOSECONDS.sleep(leftNs);
        }
    }

    private void end(Socket a, Socket b, boolean reset) {
        for (Socket socket : new Socket[] {a, b}) {
            sockets.remove(socket);
            try {
                if (reset) {
                    socket.setSoLinger(true, 0);
                }
                socket.close();
            } catch (IOException already) {
                // closed by the other direction
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
