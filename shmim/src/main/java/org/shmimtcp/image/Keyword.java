package org.shmimtcp.image;

import java.util.Locale;

/**
 * A keyword of an image.
 *
 * @param name up to 16 bytes
 * @param value a Long, a Double or a String of up to 16 bytes
 * @param counter the number of times its slot was written
 * @param comment up to 80 bytes
 */
public record Keyword(String name, Object value, long counter, String comment) {
    /**
     * Checks the type of the value; the lengths are checked by {@link Keywords#put}.
     *
     * @throws IllegalArgumentException if the value is not a Long, a Double or a String
     */
    public Keyword {
        if (!(value instanceof Long || value instanceof Double || value instanceof String)) {
            throw new IllegalArgumentException("value=" + value + " of " + value.getClass());
        }
    }

    /** {@code LOOPGAIN = 0.3 / gain of the loop}. */
    @Override
    public String toString() {
        String text = String.format(Locale.ROOT, "%-16s = %s", name, value);
        return comment.isEmpty() ? text : text + " / " + comment;
    }
}
