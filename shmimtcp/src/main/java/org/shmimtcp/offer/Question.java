package org.shmimtcp.offer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.transport.Tls;
import org.shmimtcp.wire.Catalogue;
import org.shmimtcp.wire.CatalogueMessage;
import org.shmimtcp.wire.LinksMessage;
import org.shmimtcp.wire.Message;
import org.shmimtcp.wire.WireException;

/**
 * A question to a machine that offers streams.
 *
 * @param <T> the answer
 */
public final class Question<T> {
    /** What the machine offers. */
    public static final Question<Catalogue> CATALOGUE =
            new Question<>(
                    CatalogueMessage::ask,
                    Message.CATALOGUE,
                    CatalogueMessage.MAX_BYTES,
                    CatalogueMessage::parse);

    /** The links that copy offered streams from or to the machine. */
    public static final Question<LinksMessage.Links> LINKS =
            new Question<>(
                    LinksMessage::ask, Message.LINKS, LinksMessage.MAX_BYTES, LinksMessage::parse);

    private final ToLongFunction<MemorySegment> writer;
    private final int answer;
    private final long maxBytes;
    private final Parser<T> parser;

    private interface Parser<T> {
        T parse(MemorySegment message, long bytes);
    }

    private Question(
            ToLongFunction<MemorySegment> writer, int answer, long maxBytes, Parser<T> parser) {
        this.writer = writer;
        this.answer = answer;
        this.maxBytes = maxBytes;
        this.parser = parser;
    }

    /**
     * Asks once.
     *
     * @param tls certificates of this end; null for an unencrypted connection
     * @param timeoutNs time for everything but the look-up of the host's name
     * @throws IOException if the machine does not answer, or refuses; its message is the reason
     */
    public T ask(Endpoint where, @Nullable Tls tls, long timeoutNs) throws IOException {
        long deadlineNs = Clock.monotonicNs() + timeoutNs;
        BooleanSupplier late = () -> Clock.monotonicNs() - deadlineNs >= 0;
        Connection plain = Connection.connect(where, late);
        try (Connection connection = tls == null ? plain : tls.client(plain, timeoutNs);
                Arena arena = Arena.ofConfined()) {
            MemorySegment small = arena.allocate(Message.MAX_SMALL_BYTES, 8);
            connection.send(small.address(), writer.applyAsLong(small), timeoutNs);
            while (true) {
                receive(connection, small, 0, Message.HEADER_BYTES, late);
                long bytes = Message.bytes(small, 0, maxBytes);
                int type = Message.type(small, 0);
                if (bytes > Message.MAX_SMALL_BYTES && type != answer) {
                    throw new WireException("a message of type " + type + " is too long");
                }
                MemorySegment message = small;
                if (type == answer) {
                    message = arena.allocate(bytes, 8);
                    MemorySegment.copy(small, 0, message, 0, Message.HEADER_BYTES);
                }
                receive(connection, message, Message.HEADER_BYTES, bytes, late);
                if (type == answer) {
                    return parser.parse(message, bytes);
                }
                if (type == Message.REFUSED) {
                    throw new IOException("it refuses: " + Message.text(message, 0, bytes));
                }
            }
        } catch (WireException e) {
            throw new IOException("it does not answer in the protocol: " + e.getMessage(), e);
        }
    }

    private static void receive(
            Connection connection, MemorySegment memory, long from, long to, BooleanSupplier late)
            throws ConnectionLostException {
        for (long have = from; have < to; ) {
            have += connection.receive(memory.address() + have, to - have);
            if (have < to && late.getAsBoolean()) {
                throw new ConnectionLostException("no answer in time");
            }
        }
    }
}
