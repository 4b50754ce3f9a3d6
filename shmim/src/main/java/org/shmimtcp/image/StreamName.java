package org.shmimtcp.image;

import java.nio.charset.StandardCharsets;
import org.shmimtcp.text.PlainText;

/** Checks the names of streams. A name becomes a file name, often at a remote peer's request. */
public final class StreamName {
    /** The length of the name field in the file, without its final zero. */
    public static final int MAX_BYTES = 79;

    private StreamName() {}

    /**
     * Checks that a name is safe as a file name.
     *
     * @param name any text
     * @return the same name
     * @throws ImageException if it is empty, longer than {@link #MAX_BYTES} bytes, starts with a
     *     dot or a dash, or contains a slash, a blank or a control character
     */
    public static String check(String name) {
        String fault = null;
        if (name.isEmpty()) {
            fault = "is empty";
        } else if (name.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            fault = "has more than " + MAX_BYTES + " bytes";
        } else if (name.startsWith(".") || name.startsWith("-")) {
            fault = "starts with '" + name.charAt(0) + "'";
        } else if (name.contains("/")) {
            fault = "has a '/'";
        } else if (name.chars()
                .anyMatch(c -> c == ' ' || Character.isISOControl(c) || c == 0xfffd)) {
            fault = "contains a blank or an unprintable character";
        }
        if (fault != null) {
            throw new ImageException("stream name '" + printable(name) + "' " + fault);
        }
        return name;
    }

    /**
     * Makes a text of foreign origin fit for a message.
     *
     * @param text any text
     * @return the text as cleaned by {@link PlainText}, shortened to {@link #MAX_BYTES} characters
     */
    public static String printable(String text) {
        String clean = PlainText.of(text);
        if (clean.length() <= MAX_BYTES) {
            return clean;
        }
        boolean half = Character.isHighSurrogate(clean.charAt(MAX_BYTES - 1));
        return clean.substring(0, half ? MAX_BYTES - 1 : MAX_BYTES) + "…";
    }
}
