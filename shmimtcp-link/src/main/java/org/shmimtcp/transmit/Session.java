package org.shmimtcp.transmit;

import java.io.IOException;
import java.lang.foreign.Arena;
import org.shmimtcp.link.Protocol;

/** Sends one image's frames over one connection. */
interface Session {
    /** Returns the name of the protocol, for people. */
    Protocol protocol();

    /** Returns cnt0 of the frame after which to resume; Long.MAX_VALUE to start with the newest. */
    default long resumeAfter() {
        return Long.MAX_VALUE;
    }

    /**
     * Sends until stopped, or until the image is replaced.
     *
     * @param arena lives as long as the session
     * @throws IOException when the connection ended
     */
    void run(Arena arena) throws IOException;
}
