package org.shmimtcp.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A plain TCP server that reads what a transmitter sends, when the test requests it. */
public final class Sink implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final ServerSocket server;
    private @Nullable Socket connection;

    /** Listens on a free port of {@code 127.0.0.1}. */
    public Sink() {
        this(0);
    }

    public Sink(int port) {
        try {
            server = new ServerSocket();
            server.setReuseAddress(true);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            server.setSoTimeout((int) DEADLINE.toMillis());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Waits for the next connection, which replaces the previous one. */
    public Sink accept() {
        try {
            disconnect();
            Socket accepted = server.accept();
            accepted.setSoTimeout((int) DEADLINE.toMillis());
            connection = accepted;
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads the given number of bytes. */
    public byte[] read(long bytes) {
        try {
            byte[] all = connection().getInputStream().readNBytes((int) bytes);
            if (all.length < bytes) {
                throw new AssertionError(all.length + " of " + bytes + " bytes, then the end");
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** True if nothing arrives for that long. */
    public boolean staysSilent(Duration time) {
        try {
            connection().setSoTimeout((int) time.toMillis());
            int read = connection().getInputStream().read();
            throw new AssertionError(read < 0 ? "closed" : "more came");
        } catch (java.net.SocketTimeoutException silent) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until the transmitter closes the connection; returns the number of bytes read before
     * that.
     */
    public long readToEnd() {
        try {
            return connection().getInputStream().readAllBytes().length;
        } catch (IOException reset) {
            return 0;
        }
    }

    private Socket connection() {
        if (connection == null) {
            throw new AssertionError("nobody has connected");
        }
        return connection;
    }

    public void disconnect() throws IOException {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }

    @Override
    public void close() {
        try {
            disconnect();
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns part of an array. */
    public static byte[] part(byte[] of, long from, long bytes) {
        return Arrays.copyOfRange(of, (int) from, (int) (from + bytes));
    }
}
