package org.shmimtcp.image;

/** An image cannot be used; the message says which one, why, and what to do. */
public class ImageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ImageException(String message) {
        super(message);
    }

    public ImageException(String message, Throwable cause) {
        super(message, cause);
    }

    /** There is no image of that name (yet). */
    public static final class Missing extends ImageException {
        private static final long serialVersionUID = 1L;

        public Missing(String message) {
            super(message);
        }
    }

    /** The file is there, but its maker has not finished it; try again in a moment. */
    public static final class NotReady extends ImageException {
        private static final long serialVersionUID = 1L;

        public NotReady(String message) {
            super(message);
        }
    }

    /** Another process cut the file short or removed its memory while it was in use. */
    public static final class Truncated extends ImageException {
        private static final long serialVersionUID = 1L;

        public Truncated(String name, Throwable cause) {
            super("stream '" + name + "' was cut short by another process while in use", cause);
        }
    }
}
