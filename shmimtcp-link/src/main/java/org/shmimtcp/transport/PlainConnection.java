package org.shmimtcp.transport;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.shmimtcp.posix.TcpSocket;

/** A connection without encryption. Sending and receiving allocate nothing. */
final class PlainConnection extends Connection {
    PlainConnection(TcpSocket socket, BooleanSupplier stopped) throws IOException {
        super(socket, stopped);
    }

    @Override
    public boolean send(long address, long bytes, long stallNs) throws ConnectionLostException {
        return sendRaw(address, bytes, stallNs);
    }

    @Override
    public long sendNow(long address, long bytes) throws ConnectionLostException {
        return moved(socket.sendNow(address, bytes));
    }

    @Override
    public long receive(long address, long bytes) throws ConnectionLostException {
        return moved(socket.receive(address, bytes));
    }

    @Override
    public boolean canPoll() {
        return true;
    }

    @Override
    public long receiveNow(long address, long bytes) throws ConnectionLostException {
        return moved(socket.receiveNow(address, bytes));
    }

    @Override
    public boolean isPeerGone() {
        return socket.isPeerGone();
    }

    @Override
    public boolean hasInput() {
        return socket.hasInput();
    }
}
