package org.shmimtcp.xrif;

import org.jspecify.annotations.Nullable;

/** The data is not a compressed image of the expected size. */
public final class XrifException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    XrifException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
