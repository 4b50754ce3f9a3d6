package org.shmimtcp.receive;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.posix.Clock;

/** Where a receiver's transmitters come from: they connect, or the receiver connects to one. */
interface OfferSource extends AutoCloseable {
    /**
     * The transmitter being served, since when, and its session, which knows when it was last
     * heard.
     */
    record Served(IncomingStream offer, Session session, long sinceNs) {
        Served(IncomingStream offer, Session session) {
            this(offer, session, Clock.monotonicNs());
        }
    }

    /** Logs what it does, when the receiver starts. */
    default void announce(ImageDirectory directory) {}

    /** Returns the next transmitter to serve; null if there is none after a short wait. */
    @Nullable IncomingStream next();

    /** Sets the transmitter being served; null for none. */
    default void serving(@Nullable Served now) {}

    /** Returns the number of connections refused. */
    default long refused() {
        return 0;
    }

    /**
     * Returns the ids of the streams that the copy is a copy of, once known; null if this machine
     * has not requested the stream. Any thread may call this.
     */
    default @Nullable List<String> origins() {
        return null;
    }

    @Override
    void close();
}
