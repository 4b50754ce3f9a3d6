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

    /**
     * The file is of no use to any process, now or later: it is empty or cut short, or its fields
     * contradict each other. A file that this program merely does not understand is not damaged.
     */
    public static final class Damaged extends ImageException {
        private static final long serialVersionUID = 1L;

        public Damaged(String message) {
            super(message);
        }

        public Damaged(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Another process cut the file short, or re-created the image in it, while it was in use. */
    public static final class Truncated extends ImageException {
        private static final long serialVersionUID = 1L;

        public Truncated(String name, Throwable cause) {
            super("stream '" + name + "' was cut short by another process while in use", cause);
        }

        private Truncated(String message) {
            super(message);
        }

        /** Its file is there, with another image in it, or none yet. */
        static Truncated recreated(String name) {
            return new Truncated("stream '" + name + "' was re-created in its file while in use");
        }
    }
}
