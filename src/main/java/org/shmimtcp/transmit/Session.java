package org.shmimtcp.transmit;

import java.io.IOException;
import java.lang.foreign.Arena;

/** Sends one image's frames over one connection. */
interface Session {
    /** What is spoken, for people. */
    String protocol();

    /** cnt0 of the frame after which to go on; Long.MAX_VALUE to begin with the newest. */
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
