package org.shmimtcp.receive;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.link.StreamId;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.transport.Tls;

/**
 * A stream of another machine that this one requests on the port of that machine's offer.
 *
 * @param stream its name there
 * @param copy its name here
 * @param directory the directory of the copy
 * @param where finds the machine, before each attempt
 * @param port on which machines offer streams
 * @param tls certificates of this end; null for an unencrypted connection
 * @param every true for every frame in the source's history, false for the newest only
 * @param lz4 true for packed frames, where packing makes them shorter
 * @param maxHz frames per second; 0 for no limit
 * @param demand while it is not there, the stream is not requested
 */
public record WantedStream(
        String stream,
        String copy,
        ImageDirectory directory,
        Where where,
        int port,
        @Nullable Tls tls,
        boolean every,
        boolean lz4,
        double maxHz,
        Demand demand,
        Watcher watcher) {

    /** Finds the machine that offers the stream. */
    public interface Where {
        /**
         * Returns the address of the offer. May take seconds.
         *
         * @param stopped true if the answer is no longer needed
         * @throws IOException if no machine offers the stream now; the message says so
         */
        Endpoint find(BooleanSupplier stopped) throws IOException;

        /** Returns what to call the machine, for messages. */
        String describe();
    }

    /** Is notified of each connection, and of each reason to wait. */
    public interface Watcher {
        /**
         * A machine sends the stream. Called before the first frame is published, with the stream's
         * origins known: the state with these must be published when this returns, because whoever
         * requests the copy here is refused on the strength of it if that closed a circle.
         */
        void connected(String peer);

        void waiting(String reason);
    }

    /** Returns, for example, {@code camwfs from ICC}. */
    String describe() {
        return copy.equals(stream)
                ? copy + " from " + where.describe()
                : copy + " from " + where.describe() + ":" + stream;
    }

    long copyId() throws IOException {
        return StreamId.of(directory, copy);
    }
}
