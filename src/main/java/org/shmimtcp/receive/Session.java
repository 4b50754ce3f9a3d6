package org.shmimtcp.receive;

import java.lang.foreign.Arena;
import org.shmimtcp.transport.ConnectionLostException;

/** One transmitter's frames, from its head to its end. */
interface Session {
    /**
     * Publishes frames until the receiver is stopped.
     *
     * @param arena lives as long as the session
     * @throws ConnectionLostException when the connection ended
     * @throws org.shmimtcp.wire.WireException when bytes came that the protocol does not allow
     */
    void run(Copy copy, Arena arena) throws ConnectionLostException;

    /**
     * True once the other end has proved to be a transmitter: any thread may ask. A head alone,
     * which anybody can send, does not.
     */
    boolean isProven();

    /** When the transmitter was last heard, on the monotonic clock; any thread may ask. */
    long heardNs();
}
