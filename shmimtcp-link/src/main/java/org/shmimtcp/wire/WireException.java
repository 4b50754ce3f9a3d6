package org.shmimtcp.wire;

/** The received bytes violate the protocol; the message says how. */
public final class WireException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WireException(String message) {
        super(message);
    }
}
