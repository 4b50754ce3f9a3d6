package org.shmimtcp.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.shmimtcp.process.UserError;

/**
 * Splits a line of the prompt into commands and words as a shell does: quotes and backslashes, so
 * that a quoted name stays one word; {@code ;} between commands; {@code #} before a comment, but
 * only where a word could begin. A name is never cut or joined in another way than in a shell,
 * because the command might then remove another stream.
 *
 * <p>Nothing is expanded. What a shell would do with other programs or files is refused.
 */
final class LineSplitter {
    private final String line;
    private final List<List<String>> commands = new ArrayList<>();
    private final List<String> words = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();

    /** True from a word's first character or quote to its end, so that {@code ""} is a word. */
    private boolean inWord;

    private int next;

    private LineSplitter(String line) {
        this.line = line;
    }

    /**
     * Returns the commands of a line, each with its words; none for an empty line or a comment.
     *
     * @throws UserError if a quote is not closed, or the line asks for what only a shell can do
     */
    static List<List<String>> split(String line) {
        LineSplitter splitter = new LineSplitter(line);
        splitter.split();
        return splitter.commands;
    }

    private void split() {
        while (next < line.length()) {
            char c = line.charAt(next++);
            if (c == '#' && !inWord) {
                break;
            }
            accept(c);
        }
        endCommand();
    }

    private void accept(char c) {
        switch (c) {
            case ' ', '\t', '\r' -> endWord();
            case ';' -> endCommand();
            case '\'' -> quoted(c, _ -> false);
            case '"' -> quoted(c, LineSplitter::isEscapedInQuotes);
            case '\\' -> append(afterBackslash());
            case '|', '&', '<' -> throw refused(c);
            case '>' -> {
                if (isDescriptor()) {
                    throw refused(c);
                }
                append(c); // as in tf32>name
            }
            default -> append(c);
        }
    }

    /**
     * True if {@code >} can only redirect output here, as no prefix of an image name is a number.
     */
    private boolean isDescriptor() {
        return word.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private void quoted(char quote, IntPredicate escaped) {
        inWord = true;
        while (next < line.length()) {
            char c = line.charAt(next++);
            if (c == quote) {
                return;
            }
            boolean escapes = c == '\\' && next < line.length() && escaped.test(line.charAt(next));
            append(escapes ? line.charAt(next++) : c);
        }
        throw new UserError("a quote is not closed in: " + line.strip());
    }

    private static boolean isEscapedInQuotes(int c) {
        return c == '"' || c == '\\' || c == '$' || c == '`';
    }

    private char afterBackslash() {
        if (next == line.length()) {
            throw new UserError("a command must be one line, without a backslash at its end");
        }
        return line.charAt(next++);
    }

    private UserError refused(char c) {
        return new UserError(
                "'" + c + "' works only in a shell; in a name, put it in quotes: " + line.strip());
    }

    private void append(char c) {
        inWord = true;
        word.append(c);
    }

    private void endWord() {
        if (inWord) {
            words.add(word.toString());
            word.setLength(0);
            inWord = false;
        }
    }

    private void endCommand() {
        endWord();
        if (!words.isEmpty()) {
            commands.add(List.copyOf(words));
            words.clear();
        }
    }
}
