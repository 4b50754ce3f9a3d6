package org.shmimtcp.xrif;

import org.jspecify.annotations.Nullable;

/** Bytes that are no compressed image of the size that was expected. */
public final class XrifException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    XrifException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
