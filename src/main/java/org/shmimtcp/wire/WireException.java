package org.shmimtcp.wire;

/** Bytes that the protocol does not allow; the message says which. */
public final class WireException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WireException(String message) {
        super(message);
    }
}
