package org.shmimtcp.cli;

import java.util.List;
import org.jline.reader.EOFError;
import org.jline.reader.Parser.ParseContext;
import org.jline.reader.impl.DefaultParser;
import org.shmimtcp.process.UserError;

/**
 * Splits a line of the prompt into words: at blanks, with both kinds of quotes, and {@code #} for
 * comments.
 */
final class LineSplitter {
    private LineSplitter() {}

    /**
     * Returns the words of a line; none for an empty line or a comment.
     *
     * @throws UserError if a quote is not closed
     */
    static List<String> split(String line) {
        DefaultParser parser = new DefaultParser();
        parser.setEofOnUnclosedQuote(true);
        parser.setEscapeChars(new char[0]);
        parser.setLineCommentDelims(new String[] {"#"});
        try {
            return parser.parse(line, line.length(), ParseContext.ACCEPT_LINE).words().stream()
                    .filter(word -> !word.isEmpty())
                    .toList();
        } catch (EOFError e) {
            throw new UserError("a quote is not closed in: " + line.strip(), e);
        }
    }
}
