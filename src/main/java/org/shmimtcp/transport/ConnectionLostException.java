package org.shmimtcp.transport;

import java.io.IOException;

/** The connection ended; the message says how, as an operator would. */
public final class ConnectionLostException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean ofTls;

    public ConnectionLostException(String message) {
        this(message, false);
    }

    private ConnectionLostException(String message, boolean ofTls) {
        super(message);
        this.ofTls = ofTls;
    }

    static ConnectionLostException ofTls(String reason) {
        return new ConnectionLostException("TLS: " + reason, true);
    }

    /** True if it was TLS that ended it, and so the message worth more than any guess. */
    public boolean isOfTls() {
        return ofTls;
    }
}
