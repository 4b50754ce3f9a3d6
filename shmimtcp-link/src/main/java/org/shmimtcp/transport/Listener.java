package org.shmimtcp.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.TcpSocket;

/** Accepts connections on one port. */
public final class Listener implements AutoCloseable {
    /** Nobody waits for the thread that accepts, so it seldom looks around. */
    private static final int WAIT_MS = 1000;

    /** All IPv4 and IPv6 addresses of this machine. */
    public static final InetAddress ALL_ADDRESSES = TcpSocket.ALL_ADDRESSES;

    private final TcpSocket socket;
    private final String address;
    private final boolean loopback;

    /**
     * Starts listening.
     *
     * @throws IOException if the port is taken or not permitted, or the address is not this
     *     machine's
     */
    public Listener(InetSocketAddress at) throws IOException {
        this.socket = TcpSocket.listen(at);
        socket.waitFor(WAIT_MS);
        InetSocketAddress bound = socket.localAddress();
        this.loopback = bound.getAddress().isLoopbackAddress();
        boolean all = bound.getAddress().equals(ALL_ADDRESSES);
        this.address = all ? "*:" + bound.getPort() : Endpoint.describe(bound);
    }

    /**
     * Returns the address, for example {@code 192.168.2.2:8886}, or {@code *:8886} for all
     * addresses.
     */
    public String address() {
        return address;
    }

    /** True if only programs of this machine can connect. */
    public boolean isLoopback() {
        return loopback;
    }

    /**
     * Accepts the next connection; null if none arrived within a second.
     *
     * @throws IOException if it cannot be accepted, or after {@link #shutdown}
     */
    public @Nullable Connection accept(BooleanSupplier stopped) throws IOException {
        TcpSocket accepted = socket.accept();
        if (accepted == null) {
            return null;
        }
        try {
            return new PlainConnection(accepted, stopped);
        } catch (IOException gone) { // the peer reset it before it was accepted
            accepted.close();
            return null;
        }
    }

    /** Ends a call of {@link #accept}, and refuses further connections. */
    public void shutdown() {
        socket.shutdown();
    }

    @Override
    public void close() {
        socket.close();
    }
}
