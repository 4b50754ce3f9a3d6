package org.shmimtcp.transport;

import java.io.IOException;

/** The connection ended. The message gives the reason in an operator's terms. */
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

    /** True if TLS ended the connection. The message is then the actual reason, not a guess. */
    public boolean isOfTls() {
        return ofTls;
    }
}
