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
     * @throws org.shmimtcp.wire.WireException when received bytes violate the protocol
     */
    void run(TargetStream copy, Arena arena) throws ConnectionLostException;

    /**
     * True once the peer has proved to be a transmitter. A head alone, which anyone can send, is no
     * proof. Any thread may call this.
     */
    boolean isProven();

    /**
     * Returns when the transmitter was last heard, on the monotonic clock. Any thread may call
     * this.
     */
    long heardNs();
}
