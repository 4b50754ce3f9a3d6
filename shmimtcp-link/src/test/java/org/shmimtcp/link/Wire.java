package org.shmimtcp.link;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.shmimtcp.testing.Await;

/** One end of a connection that speaks as {@link ProtocolPage} has it. */
final class Wire implements AutoCloseable {
    private static final int DEADLINE_MS = 10_000;

    private final Socket socket;

    private Wire(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(DEADLINE_MS);
    }

    static Wire connect(int port) {
        try {
            Socket socket = new Socket();
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
            return new Wire(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Wire accept(ServerSocket server) {
        try {
            server.setSoTimeout(DEADLINE_MS);
            return new Wire(server.accept());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ServerSocket listen() {
        try {
            return new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int localPort() {
        return socket.getLocalPort();
    }

    Wire send(byte[]... messages) {
        try {
            for (byte[] message : messages) {
                socket.getOutputStream().write(message);
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ByteBuffer bytes(int count) {
        try {
            byte[] all = socket.getInputStream().readNBytes(count);
            if (all.length < count) {
                throw new AssertionError(all.length + " of " + count + " bytes, then the end");
            }
            return ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next message of any type. */
    ProtocolPage.Message next() {
        ByteBuffer header = bytes(16);
        if (!ProtocolPage.isHeader(header)) {
            throw new AssertionError("no message: " + header);
        }
        int body = Math.toIntExact(header.getLong(8));
        ByteBuffer whole = ByteBuffer.allocate(16 + body).order(ByteOrder.LITTLE_ENDIAN);
        whole.put(0, header, 0, 16).put(16, bytes(body), 0, body);
        return new ProtocolPage.Message(Short.toUnsignedInt(header.getShort(4)), whole);
    }

    /** The next message of a type; others are passed over, pings answered. */
    ProtocolPage.Message next(int type) {
        return next(message -> message.type() == type);
    }

    ProtocolPage.Message next(Predicate<ProtocolPage.Message> wanted) {
        while (true) {
            ProtocolPage.Message message = next();
            if (wanted.test(message)) {
                return message;
            }
            if (message.type() == ProtocolPage.PING) {
                pong(message);
            }
        }
    }

    private void pong(ProtocolPage.Message ping) {
        try {
            send(ProtocolPage.withTimes(ProtocolPage.PONG, ping.longAt(16), 1, 2));
        } catch (UncheckedIOException closed) {
            // its last words may still be there to be read
        }
    }

    /** True if not a byte comes for that long. */
    boolean isSilent(Duration time) {
        try {
            socket.setSoTimeout((int) time.toMillis());
            int read = socket.getInputStream().read();
            throw new AssertionError(read < 0 ? "closed" : "a byte came: " + read);
        } catch (SocketTimeoutException silent) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the other end closes; its last word before that, if it said anything. */
    Optional<ProtocolPage.Message> awaitClosed() {
        Optional<ProtocolPage.Message> last = Optional.empty();
        try {
            while (true) {
                int first = socket.getInputStream().read();
                if (first < 0) {
                    return last;
                }
                ByteBuffer rest = bytes(15);
                ByteBuffer header = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
                header.put(0, (byte) first).put(1, rest, 0, 15);
                int body = Math.toIntExact(header.getLong(8));
                ByteBuffer whole = ByteBuffer.allocate(16 + body).order(ByteOrder.LITTLE_ENDIAN);
                whole.put(0, header, 0, 16).put(16, bytes(body), 0, body);
                last = Optional.of(new ProtocolPage.Message(header.getShort(4), whole));
            }
        } catch (IOException reset) { // closed with something of ours unread
            return last;
        }
    }

    static void until(String what, java.util.function.BooleanSupplier condition) {
        Await.until(Duration.ofSeconds(10), what, condition);
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
