package org.shmimtcp.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * One end of a ZeroMQ connection on a plain socket, according to the ZMTP 3 specification:
 * mechanism NULL, single-part messages. Does not use the product's ZeroMQ library.
 */
public final class ZmtpPeer implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    /** Signature, version 3.0, mechanism NULL, as-server 0, padding. */
    private static final byte[] GREETING =
            HexFormat.of()
                    .parseHex("ff00000000000000017f" + "0300" + "4e554c4c" + "00".repeat(16 + 32));

    private static final int MORE = 1;
    private static final int LONG = 2;
    private static final int COMMAND = 4;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private boolean busy;

    private ZmtpPeer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) DEADLINE.toMillis());
        this.in = new DataInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    /** Returns the greeting that starts a handshake. */
    public static byte[] greeting() {
        return GREETING.clone();
    }

    /** Connects without sending anything. */
    public static ZmtpPeer silent(int port, int receiveBuffer) {
        return silent("127.0.0.1", port, receiveBuffer);
    }

    /** Connects from one of this machine's addresses without sending anything. */
    public static ZmtpPeer silent(String from, int port, int receiveBuffer) {
        try {
            Socket socket = new Socket();
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                    (int) DEADLINE.toMillis());
            return new ZmtpPeer(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connects as a client; returns after the handshake. */
    public static ZmtpPeer client(int port) {
        ZmtpPeer peer = silent(port, 0);
        peer.shakeHands("CLIENT", "SERVER");
        return peer;
    }

    /** Acts as the server of an accepted client; returns after the handshake. */
    public static ZmtpPeer server(Socket accepted) {
        boolean ready = false;
        try {
            ZmtpPeer peer = new ZmtpPeer(accepted);
            peer.shakeHands("SERVER", "CLIENT");
            ready = true;
            return peer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            if (!ready) {
                close(accepted);
            }
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Exchanges greetings, then READY commands. */
    public void shakeHands(String type, String expected) {
        try {
            sendRaw(GREETING);
            byte[] theirs = new byte[GREETING.length];
            in.readFully(theirs);
            if (theirs[0] != (byte) 0xff
                    || theirs[9] != 0x7f
                    || theirs[10] != 3
                    || !Arrays.equals(theirs, 12, 32, GREETING, 12, 32)) {
                throw new AssertionError("greeting " + HexFormat.of().formatHex(theirs));
            }
            sendRaw(command("READY", "Socket-Type", type));
            Frame ready = readFrame();
            byte[] wanted = command("READY", "Socket-Type", expected);
            byte[] property = Arrays.copyOfRange(wanted, 2, wanted.length);
            if (ready.flags != COMMAND || !startsWith(ready.body, property)) {
                throw new AssertionError(
                        "READY " + ready.flags + " " + HexFormat.of().formatHex(ready.body));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean startsWith(byte[] all, byte[] start) {
        return all.length >= start.length
                && Arrays.equals(all, 0, start.length, start, 0, start.length);
    }

    /** Returns a command frame with one property. */
    private static byte[] command(String name, String property, String value) {
        ByteBuffer bytes = ByteBuffer.allocate(256);
        bytes.put((byte) COMMAND).put((byte) 0);
        bytes.put((byte) name.length()).put(name.getBytes(StandardCharsets.US_ASCII));
        bytes.put((byte) property.length()).put(property.getBytes(StandardCharsets.US_ASCII));
        bytes.putInt(value.length()).put(value.getBytes(StandardCharsets.US_ASCII));
        bytes.put(1, (byte) (bytes.position() - 2));
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    /** Sends a single-part message. */
    public void send(byte[] message) {
        sendRaw(frame(0, message));
    }

    /**
     * Sends a message of several equal parts, all at once: whoever ends the connection at the first
     * part fails no later write.
     */
    public void sendParts(int parts, byte[] part) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 1; i < parts; i++) {
            all.writeBytes(frame(MORE, part));
        }
        all.writeBytes(frame(0, part));
        sendRaw(all.toByteArray());
    }

    /** Requests a stream. */
    public void ask(String name) {
        send(name.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] frame(int flags, byte[] body) {
        ByteBuffer head = ByteBuffer.allocate(9);
        if (body.length < 256) {
            head.put((byte) flags).put((byte) body.length);
        } else {
            head.put((byte) (flags | LONG)).putLong(body.length);
        }
        byte[] all = Arrays.copyOf(head.array(), head.position() + body.length);
        System.arraycopy(body, 0, all, head.position(), body.length);
        return all;
    }

    /** Sends bytes, which need not be valid ZMTP. */
    public void sendRaw(byte[] bytes) {
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Frame {
        private final int flags;
        private final byte[] body;

        Frame(int flags, byte[] body) {
            this.flags = flags;
            this.body = body;
        }
    }

    private Frame readFrame() throws IOException {
        int flags = in.readUnsignedByte();
        long length = (flags & LONG) != 0 ? in.readLong() : in.readUnsignedByte();
        if (length < 0 || length > 1 << 28) {
            throw new AssertionError("a frame of " + length + " bytes");
        }
        byte[] body = new byte[(int) length];
        in.readFully(body);
        return new Frame(flags & ~LONG, body);
    }

    /** Answers no pings from now on, or does so again. A busy peer is sending a message. */
    public void busy(boolean now) {
        busy = now;
    }

    /** Returns the next message. Answers pings. Fails on a multipart message. */
    public byte[] receive() {
        byte[] message = receive(DEADLINE);
        if (message == null) {
            throw new AssertionError("no message within " + DEADLINE);
        }
        return message;
    }

    /** Returns the next message; null if none arrives in time. */
    public byte @Nullable [] receive(Duration deadline) {
        long endNs = System.nanoTime() + deadline.toNanos();
        try {
            while (true) {
                long leftMs = (endNs - System.nanoTime()) / 1_000_000;
                socket.setSoTimeout((int) Math.max(1, leftMs));
                in.mark(1);
                Frame frame = readFrame();
                if ((frame.flags & COMMAND) == 0) {
                    if (frame.flags != 0) {
                        throw new AssertionError("a message of several parts");
                    }
                    return frame.body;
                }
                if (!busy && startsWith(frame.body, "\4PING".getBytes(StandardCharsets.US_ASCII))) {
                    byte[] context = Arrays.copyOfRange(frame.body, 7, frame.body.length);
                    byte[] pong =
                            Arrays.copyOf(
                                    "\4PONG".getBytes(StandardCharsets.US_ASCII),
                                    5 + context.length);
                    System.arraycopy(context, 0, pong, 5, context.length);
                    sendRaw(frame(COMMAND, pong));
                }
            }
        } catch (SocketTimeoutException none) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the peer has closed the connection; discards whatever arrives. */
    public void awaitEnd(Duration deadline) {
        try {
            socket.setSoTimeout((int) deadline.toMillis());
            in.transferTo(OutputStream.nullOutputStream());
        } catch (SocketTimeoutException e) {
            throw new AssertionError("still connected after " + deadline, e);
        } catch (EOFException end) {
            return;
        } catch (IOException reset) {
            return;
        }
    }

    /** Returns the address of this end, as the other end sees it. */
    public String address() {
        return socket.getLocalAddress().getHostAddress() + ":" + socket.getLocalPort();
    }

    public InputStream in() {
        return in;
    }

    @Override
    public void close() {
        close(socket);
    }
}
