package org.shmimtcp.image;

/** An image cannot be used. The message says which one, why, and what to do. */
public class ImageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates an error.
     *
     * @param message says which image, why, and what to do; it is shown to users
     */
    public ImageException(String message) {
        super(message);
    }

    /**
     * Creates an error that another one caused.
     *
     * @param message says which image, why, and what to do; it is shown to users
     * @param cause the error of the operating system, or of the check that failed
     */
    public ImageException(String message, Throwable cause) {
        super(message, cause);
    }

    /** There is no image of that name (yet). */
    public static final class Missing extends ImageException {
        private static final long serialVersionUID = 1L;

        Missing(String message) {
            super(message);
        }
    }

    /** The file exists, but its creator has not finished it; try again in a moment. */
    public static final class NotReady extends ImageException {
        private static final long serialVersionUID = 1L;

        NotReady(String message) {
            super(message);
        }
    }

    /**
     * The file is useless to every process, now and later: it is empty or truncated, or its fields
     * contradict each other. A file that only this program cannot interpret is not damaged.
     */
    public static final class Damaged extends ImageException {
        private static final long serialVersionUID = 1L;

        Damaged(String message) {
            super(message);
        }

        Damaged(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Another process truncated the file, or re-created the image in it, while it was in use. */
    public static final class Truncated extends ImageException {
        private static final long serialVersionUID = 1L;

        /**
         * @param name empty if the code that found it has only a piece of the memory
         */
        Truncated(String name, Throwable cause) {
            super(
                    (name.isEmpty() ? "the stream" : "stream '" + name + "'")
                            + " was truncated by another process while in use",
                    cause);
        }

        private Truncated(String message) {
            super(message);
        }

        /** The error for a file that still exists, but holds another image, or none yet. */
        static Truncated recreated(String name) {
            return new Truncated("stream '" + name + "' was re-created in its file while in use");
        }
    }
}
