package org.shmimtcp.tmux;

import java.util.List;

/** Words of command lines for a POSIX shell. */
public final class ShellWords {
    private ShellWords() {}

    /** Quotes a word for a POSIX shell. */
    public static String quote(String word) {
        return word.matches("[A-Za-z0-9_./:=@%+,-]+")
                ? word
                : "'" + word.replace("'", "'\\''") + "'";
    }

    /** Joins words to a line that can be pasted into a shell. */
    public static String join(List<String> words) {
        return String.join(" ", words.stream().map(ShellWords::quote).toList());
    }
}
