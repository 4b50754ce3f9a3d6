package org.shmimtcp.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.TcpSocket;

/** Waits for connections on one port. */
public final class Listener implements AutoCloseable {
    /** All addresses of this machine, of IPv4 and IPv6. */
    public static final InetAddress ALL_ADDRESSES = TcpSocket.ALL_ADDRESSES;

    private final TcpSocket socket;
    private final String address;

    /**
     * Listens.
     *
     * @throws IOException if it cannot: port taken, not permitted, no such address here
     */
    public Listener(InetSocketAddress at) throws IOException {
        this.socket = TcpSocket.listen(at);
        InetSocketAddress bound = socket.localAddress();
        boolean all = bound.getAddress().equals(ALL_ADDRESSES);
        this.address = all ? "*:" + bound.getPort() : Endpoint.describe(bound);
    }

    /** {@code 192.168.2.2:8886}; {@code *:8886} for all addresses. */
    public String address() {
        return address;
    }

    /** The next connection, or null if none came within a tick. */
    public @Nullable Connection accept(BooleanSupplier stopped) throws IOException {
        TcpSocket accepted = socket.accept();
        if (accepted == null) {
            return null;
        }
        try {
            return new PlainConnection(accepted, stopped);
        } catch (IOException gone) { // reset before it was looked at
            accepted.close();
            return null;
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
