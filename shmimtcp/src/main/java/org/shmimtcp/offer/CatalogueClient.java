package org.shmimtcp.offer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.transport.Tls;
import org.shmimtcp.wire.Catalogue;
import org.shmimtcp.wire.CatalogueMessage;
import org.shmimtcp.wire.Message;
import org.shmimtcp.wire.WireException;

/** Asks a machine what it offers. */
public final class CatalogueClient {
    private CatalogueClient() {}

    /**
     * Asks once.
     *
     * @param tls certificates of this end; null for an unencrypted connection
     * @param timeoutNs time for everything but the look-up of the host's name
     * @throws IOException if the machine does not answer, or refuses; its message is the reason
     */
    public static Catalogue ask(Endpoint where, @Nullable Tls tls, long timeoutNs)
            throws IOException {
        long deadlineNs = Clock.monotonicNs() + timeoutNs;
        BooleanSupplier late = () -> Clock.monotonicNs() - deadlineNs >= 0;
        Connection plain = Connection.connect(where, late);
        try (Connection connection = tls == null ? plain : tls.client(plain, timeoutNs);
                Arena arena = Arena.ofConfined()) {
            MemorySegment small = arena.allocate(Message.MAX_SMALL_BYTES, 8);
            connection.send(small.address(), CatalogueMessage.ask(small), timeoutNs);
            while (true) {
                receive(connection, small, 0, Message.HEADER_BYTES, late);
                long bytes = Message.bytes(small, 0, CatalogueMessage.MAX_BYTES);
                int type = Message.type(small, 0);
                if (bytes > Message.MAX_SMALL_BYTES && type != Message.CATALOGUE) {
                    throw new WireException("a message of type " + type + " is too long");
                }
                MemorySegment message = small;
                if (type == Message.CATALOGUE) {
                    message = arena.allocate(bytes, 8);
                    MemorySegment.copy(small, 0, message, 0, Message.HEADER_BYTES);
                }
                receive(connection, message, Message.HEADER_BYTES, bytes, late);
                if (type == Message.CATALOGUE) {
                    return CatalogueMessage.parse(message, bytes);
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
