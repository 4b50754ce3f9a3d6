package org.shmimtcp.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/** A plain TCP client that sends arbitrary bytes to a receiver. */
public final class Sender implements AutoCloseable {
    private final Socket socket;

    /** Connects to {@code 127.0.0.1}. */
    public Sender(int port) {
        try {
            socket = new Socket();
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Sender send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the receiver closes the connection. */
    public void awaitClosed(Duration deadline) {
        try {
            socket.setSoTimeout((int) deadline.toMillis());
            int read = socket.getInputStream().read();
            if (read >= 0) {
                throw new AssertionError("a receiver never sends, but this one sent " + read);
            }
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("not closed within " + deadline, e);
        } catch (IOException reset) {
            // closed with unread bytes
        }
    }

    public int localPort() {
        return socket.getLocalPort();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
