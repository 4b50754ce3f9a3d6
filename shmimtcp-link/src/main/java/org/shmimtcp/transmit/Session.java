package org.shmimtcp.transmit;

import java.io.IOException;
import java.lang.foreign.Arena;
import org.shmimtcp.link.Protocol;

/** Sends one image's frames over one connection. */
interface Session {
    /** Returns the name of the protocol, for people. */
    Protocol protocol();

    /** True if frames are packed where that makes them shorter. */
    default boolean packs() {
        return false;
    }

    /**
     * Chooses the first frame: frames from now on are sent, or skipped and counted.
     *
     * @return cnt0 of the last frame that will not be sent
     */
    long begin();

    /**
     * Sends until stopped, or until the image is replaced.
     *
     * @param arena lives as long as the session
     * @throws IOException when the connection ended
     */
    void run(Arena arena) throws IOException;
}
