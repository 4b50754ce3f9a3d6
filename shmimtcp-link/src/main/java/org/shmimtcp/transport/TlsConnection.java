package org.shmimtcp.transport;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.NativeMemory;
import org.shmimtcp.posix.TcpSocket;

/**
 * An encrypted connection. One thread may send while another receives; the SSL engine takes a lock
 * for each record. The engine allocates memory for each record; this class allocates none.
 */
final class TlsConnection extends Connection {
    /** Maximum payload of a record: TLS has no longer ones. */
    private static final int RECORD_BYTES = 16384;

    /** Number of records passed to the kernel in one call. */
    private static final int RECORDS_OUT = 4;

    /** Maximum number of consecutive empty records read in one call. */
    private static final int MAX_EMPTY_RECORDS = 1000;

    private static final long TICK_NS = TcpSocket.TICK_MS * 1_000_000L;
    private static final long ALERT_NS = 200_000_000L;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SSLEngine engine;
    private final Arena arena = Arena.ofShared();
    private final int packetBytes;

    // Used by the sending thread.
    private final MemorySegment outPlain;
    private final ByteBuffer outPlainBuffer;
    private final MemorySegment out;
    private final ByteBuffer outBuffer;

    // Used by the receiving thread. Received data that is still encrypted is at [inFrom, inTo).
    private final MemorySegment in;
    private final ByteBuffer inBuffer;
    private int inFrom;
    private int inTo;
    private final MemorySegment inPlain;
    private final ByteBuffer inPlainBuffer;
    private int plainFrom;
    private int plainTo;

    private boolean established;

    /** Takes over a connection's socket. Call {@link #handshake} next. */
    TlsConnection(Connection plain, SSLEngine engine) throws IOException {
        super(plain.socket, plain.stopped);
        this.engine = engine;
        this.packetBytes = engine.getSession().getPacketBufferSize();
        int plainBytes = Math.max(RECORD_BYTES, engine.getSession().getApplicationBufferSize());
        this.outPlain = arena.allocate(RECORD_BYTES, 64);
        this.outPlainBuffer = outPlain.asByteBuffer();
        this.out = arena.allocate((long) (RECORDS_OUT + 1) * packetBytes, 64);
        this.outBuffer = out.asByteBuffer();
        this.in = arena.allocate(2L * packetBytes, 64);
        this.inBuffer = in.asByteBuffer();
        this.inPlain = arena.allocate(plainBytes, 64);
        this.inPlainBuffer = inPlain.asByteBuffer();
    }

    /**
     * Performs the handshake, in which both ends show their certificates.
     *
     * @throws ConnectionLostException if the handshake fails or times out
     */
    void handshake(long timeoutNs) throws ConnectionLostException {
        long deadlineNs = Clock.monotonicNs() + timeoutNs;
        try {
            engine.beginHandshake();
            while (true) {
                HandshakeStatus status = engine.getHandshakeStatus();
                switch (status) {
                    case NEED_TASK -> runTasks();
                    case NEED_WRAP -> sendOwn(timeoutNs);
                    case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                        if (!unwrap()) {
                            take(socket.receiveSome(in.address() + inTo, in.byteSize() - inTo));
                        }
                    }
                    case FINISHED, NOT_HANDSHAKING -> {
                        established = true;
                        return;
                    }
                }
                if (Clock.monotonicNs() - deadlineNs >= 0 || stopped.getAsBoolean()) {
                    throw new ConnectionLostException("TLS: the handshake was not completed");
                }
            }
        } catch (SSLException e) {
            alert(e);
            throw TlsFailure.explain(e);
        }
    }

    /** Sends the reason to the peer in an alert, if the peer has shown that it speaks TLS. */
    private void alert(SSLException reason) {
        if (reason instanceof SSLHandshakeException) {
            try {
                sendOwn(ALERT_NS);
            } catch (IOException gone) {
                // nobody is left to be told
            }
        }
    }

    /** Sends a message that the engine itself produces. */
    private void sendOwn(long stallNs) throws SSLException, ConnectionLostException {
        outBuffer.clear();
        wrap(NOTHING);
        sendRaw(out.address(), outBuffer.position(), stallNs);
    }

    SSLEngine engine() {
        return engine;
    }

    @Override
    public boolean send(long address, long bytes, long stallNs) throws ConnectionLostException {
        try {
            for (long done = 0; done < bytes; ) {
                outBuffer.clear();
                // Room for two records: the engine may insert a key update before a record.
                while (done < bytes && outBuffer.remaining() >= 2 * packetBytes) {
                    int n = (int) Math.min(RECORD_BYTES, bytes - done);
                    NativeMemory.copy(address + done, outPlain.address(), n);
                    outPlainBuffer.limit(n).position(0);
                    while (outPlainBuffer.hasRemaining()) {
                        if (wrap(outPlainBuffer) == Status.CLOSED) {
                            throw lost(0);
                        }
                    }
                    done += n;
                }
                if (!sendRaw(out.address(), outBuffer.position(), stallNs)) {
                    return false;
                }
            }
            return true;
        } catch (SSLException e) {
            throw TlsFailure.explain(e);
        }
    }

    /** Encrypts the buffer, or lets the engine produce a message of its own. */
    private Status wrap(ByteBuffer plain) throws SSLException {
        SSLEngineResult result = engine.wrap(plain, outBuffer);
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            throw new SSLException("a record of more than " + packetBytes + " bytes");
        }
        if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
            runTasks();
        }
        return result.getStatus();
    }

    @Override
    public long receive(long address, long bytes) throws ConnectionLostException {
        long done = takePlain(address, bytes);
        long endNs = 0;
        try {
            while (done < bytes) {
                if (unwrap()) {
                    done += takePlain(address + done, bytes - done);
                    continue;
                }
                long nowNs = Clock.monotonicNs();
                if (endNs == 0) {
                    endNs = nowNs + TICK_NS;
                } else if (nowNs - endNs >= 0) { // a record that arrives byte by byte
                    break;
                }
                if (!take(socket.receiveSome(in.address() + inTo, in.byteSize() - inTo))) {
                    break;
                }
            }
        } catch (SSLException e) {
            throw TlsFailure.explain(e);
        } catch (ConnectionLostException e) {
            if (done == 0) { // otherwise the next call reports it
                throw e;
            }
        }
        return done;
    }

    /** Copies data that is already decrypted to the caller. */
    private long takePlain(long address, long bytes) {
        long n = Math.min(bytes, plainTo - plainFrom);
        NativeMemory.copy(inPlain.address() + plainFrom, address, n);
        plainFrom += (int) n;
        return n;
    }

    private boolean take(long result) throws ConnectionLostException {
        long n = moved(result);
        inTo += (int) n;
        return n > 0;
    }

    /**
     * Decrypts the next record; returns false if it has not arrived completely. Call only when all
     * decrypted data has been taken.
     */
    private boolean unwrap() throws SSLException, ConnectionLostException {
        inBuffer.limit(inTo).position(inFrom);
        inPlainBuffer.clear();
        SSLEngineResult result = engine.unwrap(inBuffer, inPlainBuffer);
        inFrom += result.bytesConsumed();
        plainFrom = 0;
        plainTo = result.bytesProduced();
        if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
            runTasks();
        }
        return switch (result.getStatus()) {
            case OK -> true;
            case CLOSED -> throw lost(0);
            case BUFFER_OVERFLOW -> throw new SSLException("a record longer than agreed");
            case BUFFER_UNDERFLOW -> {
                MemorySegment.copy(in, inFrom, in, 0, inTo - inFrom);
                inTo -= inFrom;
                inFrom = 0;
                yield false;
            }
        };
    }

    private void runTasks() {
        for (Runnable task = engine.getDelegatedTask();
                task != null;
                task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    /** Decrypts what has arrived, which may be only the engines' own messages. */
    @Override
    public boolean hasInput() {
        try {
            // TLS permits empty records; they must not keep the caller in this loop.
            for (int records = 0; plainFrom == plainTo; records++) {
                if (records > MAX_EMPTY_RECORDS) {
                    return false;
                }
                if (!unwrap()
                        && !take(socket.receiveNow(in.address() + inTo, in.byteSize() - inTo))) {
                    return false;
                }
            }
            return true;
        } catch (IOException gone) {
            return false;
        }
    }

    /**
     * Sends nothing: data must be encrypted first, and then the kernel's answer would come too
     * late.
     */
    @Override
    public long sendNow(long address, long bytes) {
        return 0;
    }

    @Override
    public boolean canPoll() {
        return false;
    }

    @Override
    public long receiveNow(long address, long bytes) throws ConnectionLostException {
        return receive(address, bytes);
    }

    @Override
    public boolean isPeerGone() {
        return !hasInput() && (engine.isInboundDone() || socket.isPeerGone());
    }

    /** Announces the end of the data, so that an attacker cannot forge it. */
    @Override
    public void close() {
        if (!arena.scope().isAlive()) {
            return;
        }
        if (established) {
            try {
                engine.closeOutbound();
                sendOwn(1);
            } catch (IOException gone) {
                // nobody is left to be told
            }
        }
        super.close();
        arena.close();
    }
}
