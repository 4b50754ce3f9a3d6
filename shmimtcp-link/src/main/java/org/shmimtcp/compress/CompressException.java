package org.shmimtcp.compress;

import org.jspecify.annotations.Nullable;

/** The data is not what was compressed. */
public final class CompressException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CompressException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
