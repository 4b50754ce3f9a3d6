package org.shmimtcp.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.TcpSocket;

/** Waits for connections on one port. */
public final class Listener implements AutoCloseable {
    private final TcpSocket socket;
    private final String address;

    /**
     * Listens.
     *
     * @throws IOException if it cannot: port taken, not permitted, no such address here
     */
    public Listener(InetSocketAddress at) throws IOException {
        this.socket = TcpSocket.listen(at);
        this.address = Endpoint.describe(socket.localAddress());
    }

    /** {@code 0.0.0.0:8886}. */
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
