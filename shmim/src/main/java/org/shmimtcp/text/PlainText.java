package org.shmimtcp.text;

import java.util.StringJoiner;

/**
 * Cleans text of foreign origin before it is shown: names, reasons and lines that came from the
 * network, from another machine, or from a file. Cleaned text cannot move the cursor, ring the
 * bell, start a line of its own, change the direction of writing, or be invisible.
 */
public final class PlainText {
    private static final char REPLACEMENT = '?';

    /** The character that a decoder puts in place of bytes that are not text. */
    private static final int UNDECODED = 0xfffd;

    private PlainText() {}

    /** Cleans a text of several lines; keeps the lines, and a tab that indents one. */
    public static String ofLines(String text) {
        StringJoiner plain = new StringJoiner("\n");
        for (String line : text.split("\n", -1)) {
            boolean indented = line.startsWith("\t");
            plain.add(indented ? "\t" + of(line.substring(1)) : of(line));
        }
        return plain.toString();
    }

    /** Returns the text with each character replaced that is invisible or has a further effect. */
    public static String of(String text) {
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            if (!isPlain(c)) {
                return replaced(text);
            }
            i += Character.charCount(c);
        }
        return text;
    }

    private static String replaced(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        text.codePoints()
                .forEach(c -> {
                    if (isPlain(c)) {
                        plain.appendCodePoint(c);
                    } else {
                        plain.append(REPLACEMENT);
                    }
                });
        return plain.toString();
    }

    private static boolean isPlain(int c) {
        if (c < 0x7f) {
            return c >= ' ';
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT, // U+202E, U+200B, U+FEFF
                    Character.SURROGATE, // half of a pair
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> // all but the ASCII space
                    false;
            default -> c != UNDECODED && !isBlankLetter(c);
        };
    }

    /**
     * Returns true for letters and symbols that show nothing: Korean fillers, and Braille without a
     * dot.
     */
    private static boolean isBlankLetter(int c) {
        return c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0 || c == 0x2800;
    }
}
