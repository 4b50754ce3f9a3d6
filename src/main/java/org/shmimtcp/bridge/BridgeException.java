package org.shmimtcp.bridge;

/** A bridge that cannot be set up; one line: which step, and what the machine said. */
public final class BridgeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BridgeException(String message) {
        super(message);
    }

    BridgeException(String message, Throwable cause) {
        super(message, cause);
    }
}
