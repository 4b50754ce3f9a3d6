package org.shmimtcp.site;

import java.nio.file.Path;

/** A mistake in a site's file, or an unknown name. The message is one line. */
public final class SiteException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SiteException(String message) {
        super(message);
    }

    SiteException(Path file, int line, int column, String message) {
        super(file + ":" + line + ":" + column + ": " + message);
    }
}
