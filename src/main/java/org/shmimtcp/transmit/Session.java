package org.shmimtcp.transmit;

import java.io.IOException;
import java.lang.foreign.Arena;

/** Sends one image's frames over one connection. */
interface Session {
    /** What is spoken, for people. */
    String protocol();

    /**
     * Sends until stopped, or until the image is replaced.
     *
     * @param arena lives as long as the session
     * @throws IOException when the connection ended
     */
    void run(Arena arena) throws IOException;
}
