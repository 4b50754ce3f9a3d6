package org.shmimtcp.transport;

import java.io.IOException;

/** The connection ended. The message gives the reason in an operator's terms. */
public final class ConnectionLostException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean ofTls;
    private final boolean announced;

    public ConnectionLostException(String message) {
        this(message, false, false);
    }

    private ConnectionLostException(String message, boolean ofTls, boolean announced) {
        super(message);
        this.ofTls = ofTls;
        this.announced = announced;
    }

    static ConnectionLostException ofTls(String reason) {
        return new ConnectionLostException("TLS: " + reason, true, false);
    }

    /**
     * The peer said that it ends the connection.
     *
     * @param reason in the peer's words
     */
    public static ConnectionLostException announced(String reason) {
        return new ConnectionLostException(reason, false, true);
    }

    /** True if TLS ended the connection. The message is then the actual reason, not a guess. */
    public boolean isOfTls() {
        return ofTls;
    }

    /** True if the peer said that it ends the connection. */
    public boolean isAnnounced() {
        return announced;
    }
}
