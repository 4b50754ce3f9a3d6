package org.shmimtcp.link;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that requests a stream several times, and does hardly anything with it: its receivers
 * cost little beside those that are measured. Each has a thread.
 */
final class PlainViewers {
    /** Less than the time after which a receiver that does not answer is given up. */
    private static final long STOPPED_NS = 3_000_000_000L;

    private static final long ANOTHER = 4711;

    private PlainViewers() {}

    /** Arguments: stream, port, receivers that read, receivers that do not. Runs until killed. */
    public static void main(String[] arguments) throws InterruptedException {
        String stream = arguments[0];
        int port = Integer.parseInt(arguments[1]);
        int reading = Integer.parseInt(arguments[2]);
        int stopped = Integer.parseInt(arguments[3]);
        for (int i = 0; i < reading + stopped; i++) {
            boolean reads = i < reading;
            Thread.ofPlatform()
                    .start(() -> {
                        while (true) {
                            view(stream, port, reads);
                        }
                    });
        }
        Thread.currentThread().join();
    }

    private static void view(String stream, int port, boolean reads) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            socket.getOutputStream().write(ProtocolPage.subscribe(stream, 0, 0, ANOTHER));
            byte[] header = new byte[16];
            byte[] body = new byte[1 << 20];
            ByteBuffer view = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
            ByteBuffer inBody = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
            take(socket, header, body, view);
            read(socket, body, 384);
            socket.getOutputStream().write(ProtocolPage.welcome(ProtocolPage.VERSION, "test"));
            System.out.println("connected");
            if (!reads) {
                LockSupport.parkNanos(STOPPED_NS);
                return;
            }
            while (true) {
                if (take(socket, header, body, view) == ProtocolPage.PING) {
                    byte[] pong =
                            ProtocolPage.withTimes(ProtocolPage.PONG, inBody.getLong(0), 1, 2);
                    socket.getOutputStream().write(pong);
                }
            }
        } catch (IOException e) {
            System.out.println("ended: " + e);
        }
    }

    /** Reads a message; returns its type. */
    private static int take(Socket socket, byte[] header, byte[] body, ByteBuffer view)
            throws IOException {
        read(socket, header, header.length);
        if (!ProtocolPage.isHeader(view)) {
            throw new UncheckedIOException(new IOException("no message"));
        }
        read(socket, body, Math.toIntExact(view.getLong(8)));
        return view.getShort(4);
    }

    private static void read(Socket socket, byte[] to, int bytes) throws IOException {
        if (socket.getInputStream().readNBytes(to, 0, bytes) < bytes) {
            throw new IOException("the end");
        }
    }
}
