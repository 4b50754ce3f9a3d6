package org.shmimtcp.picture;

/** A display that shows pictures one after the other. */
public interface Screen {
    /** No key was pressed. */
    int NO_KEY = -1;

    /** The input is closed: no key will follow. */
    int CLOSED = -2;

    /** The present size; it may change. */
    Dimensions size();

    /** The size in characters. */
    record Dimensions(int columns, int lines) {
        /** The size if the terminal reports none. */
        public static final Dimensions DEFAULT = new Dimensions(80, 24);
    }

    /** Shows text, starting at the upper left corner and overwriting what was there. */
    void show(CharSequence text);

    /**
     * Waits for a key.
     *
     * @return its character, {@link #NO_KEY} after the time-out, or {@link #CLOSED}
     */
    int readKey(long timeoutMs);
}
