package org.shmimtcp.tmux;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Options of a tmux session that say what it is for. The name does not suffice, because tmux alters
 * some characters.
 */
public final class SessionMark {
    /** Session option with the mark. */
    public static final String OPTION = "@shmimtcp";

    /**
     * Session option with the run that created the session, so that exactly this session can be
     * undone.
     */
    static final String RUN_OPTION = "@shmimtcp_run";

    /** Environment variable with the value that a transmitter gives {@link #RUN_OPTION}. */
    public static final String RUN_VARIABLE = "SHMIMTCP_RUN";

    private SessionMark() {}

    /** Returns the mark of the transmitter of a stream to a port: one word of plain characters. */
    public static String transmitter(String stream, String host, int port) {
        return "tx/" + plain(stream) + "/" + plain(host) + "/" + port;
    }

    /**
     * Returns the host in the mark of a transmitter of this stream to this port; empty if the mark
     * is another.
     */
    public static Optional<String> transmitterHost(String mark, String stream, int port) {
        String before = transmitter(stream, "", port);
        String start = before.substring(0, before.lastIndexOf('/'));
        String end = before.substring(before.lastIndexOf('/'));
        boolean matches =
                mark.startsWith(start)
                        && mark.endsWith(end)
                        && mark.length() > start.length() + end.length();
        return matches
                ? Optional.of(
                        URLDecoder.decode(
                                mark.substring(start.length(), mark.length() - end.length()),
                                StandardCharsets.UTF_8))
                : Optional.empty();
    }

    /** Returns the mark of what keeps a copy that this machine wants. */
    public static String want(String copy, Path directory) {
        return "want/" + plain(copy) + "/" + plain(directory.toString());
    }

    private static String plain(String text) {
        StringBuilder plain = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean letter = b >= 0 && Character.isLetterOrDigit(b); // a byte below 0 is not ASCII
            if (letter || b == '_' || b == '.' || b == '-' || b == ':') {
                plain.append((char) b);
            } else {
                plain.append(String.format(Locale.ROOT, "%%%02X", b));
            }
        }
        return plain.toString();
    }
}
