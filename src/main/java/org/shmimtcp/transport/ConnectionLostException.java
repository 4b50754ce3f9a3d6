package org.shmimtcp.transport;

import java.io.IOException;

/** The connection ended; the message says how, as an operator would. */
public final class ConnectionLostException extends IOException {
    private static final long serialVersionUID = 1L;

    public ConnectionLostException(String message) {
        super(message);
    }
}
