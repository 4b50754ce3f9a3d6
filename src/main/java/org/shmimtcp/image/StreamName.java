package org.shmimtcp.image;

import java.nio.charset.StandardCharsets;
import org.shmimtcp.log.PlainText;

/** What a stream may be called: it becomes a file name, often at a stranger's word. */
public final class StreamName {
    /** The name field in the file, less its closing zero. */
    public static final int MAX_BYTES = 79;

    private StreamName() {}

    /**
     * Returns the name if it is a safe one.
     *
     * @throws ImageException if it is empty, longer than {@link #MAX_BYTES} bytes, starts with a
     *     dot or a dash, or has a slash, a blank or a control character
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
            fault = "has a blank or a character that cannot be printed";
        }
        if (fault != null) {
            throw new ImageException("stream name '" + printable(name) + "' " + fault);
        }
        return name;
    }

    /** The text as {@link PlainText} has it, shortened. */
    public static String printable(String text) {
        String clean = PlainText.of(text);
        if (clean.length() <= MAX_BYTES) {
            return clean;
        }
        boolean half = Character.isHighSurrogate(clean.charAt(MAX_BYTES - 1));
        return clean.substring(0, half ? MAX_BYTES - 1 : MAX_BYTES) + "…";
    }
}
