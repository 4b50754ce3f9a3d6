package org.shmimtcp.picture;

/** Where pictures are shown, one after the other. */
public interface Screen {
    /** No key was typed. */
    int NO_KEY = -1;

    /** There is nobody to type any more. */
    int CLOSED = -2;

    /** Its size now; it may change. */
    Dimensions size();

    /** Characters along both directions. */
    record Dimensions(int columns, int lines) {
        /** What there is when nobody says. */
        public static final Dimensions DEFAULT = new Dimensions(80, 24);
    }

    /** Shows text from the upper left corner on, over what was there. */
    void show(CharSequence text);

    /**
     * Waits for a key.
     *
     * @return its character, {@link #NO_KEY} after the time-out, or {@link #CLOSED}
     */
    int readKey(long timeoutMs);
}
