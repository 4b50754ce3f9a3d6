package org.shmimtcp.log;

import java.util.StringJoiner;

/**
 * Text of others as it may be shown: names, reasons and lines that came from the network, from
 * another machine, or out of a file. It cannot move a cursor, ring, begin a line of its own, turn
 * the direction of writing, or hide.
 */
public final class PlainText {
    private static final char REPLACEMENT = '?';

    /** What a decoder leaves where bytes are no text. */
    private static final int UNDECODED = 0xfffd;

    private PlainText() {}

    /** The same of a text of several lines, which stay lines, with the tabs that indent them. */
    static String ofLines(String text) {
        StringJoiner plain = new StringJoiner("\n");
        for (String line : text.split("\n", -1)) {
            boolean indented = line.startsWith("\t");
            plain.add(indented ? "\t" + of(line.substring(1)) : of(line));
        }
        return plain.toString();
    }

    /** The text with each character that cannot be seen, or does more than be seen, replaced. */
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
                    Character.SPACE_SEPARATOR -> // all but the blank, which is below 0x7f
                    false;
            default -> c != UNDECODED && !isBlankLetter(c);
        };
    }

    /** Letters and symbols that show nothing: fillers of Korean, and Braille without a dot. */
    private static boolean isBlankLetter(int c) {
        return c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0 || c == 0x2800;
    }
}
