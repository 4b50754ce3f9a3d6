package org.shmimtcp.cli;

/** What was asked for cannot be done; the message, one line, says why and what to do instead. */
public final class UserError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UserError(String message) {
        super(message);
    }

    public UserError(String message, Throwable cause) {
        super(message, cause);
    }
}
