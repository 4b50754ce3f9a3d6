package org.shmimtcp.process;

/** The request cannot be fulfilled. The message is one line: the reason, and what to do instead. */
public final class UserError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UserError(String message) {
        super(message);
    }

    public UserError(String message, Throwable cause) {
        super(message, cause);
    }
}
