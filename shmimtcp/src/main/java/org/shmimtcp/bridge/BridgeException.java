package org.shmimtcp.bridge;

/**
 * A bridge cannot be set up. The message is one line: the step that failed, and the machine's
 * answer.
 */
public final class BridgeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BridgeException(String message) {
        super(message);
    }

    BridgeException(String message, Throwable cause) {
        super(message, cause);
    }
}
