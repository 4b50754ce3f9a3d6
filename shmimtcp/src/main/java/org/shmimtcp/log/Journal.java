package org.shmimtcp.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.event.Level;

/**
 * systemd's journal, if standard error leads there. The journal records the time itself, and reads
 * a line's priority from a number in angle brackets at its start: systemd.exec(5), sd-daemon(3).
 */
final class Journal {
    private static final String VARIABLE = "JOURNAL_STREAM";
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
    private static final boolean IS_STANDARD_ERROR =
            is(System.getenv().getOrDefault(VARIABLE, ""), STANDARD_ERROR);

    private Journal() {}

    static boolean isStandardError() {
        return IS_STANDARD_ERROR;
    }

    /**
     * Returns true if the stream is the one that the variable names. Every process that a service
     * starts inherits the variable, even if its output goes elsewhere; so the variable names the
     * file.
     *
     * @param named {@code DEVICE:INODE}; empty without systemd
     */
    static boolean is(String named, Path stream) {
        if (named.isEmpty()) {
            return false;
        }
        try {
            Map<String, Object> stat = Files.readAttributes(stream, "unix:dev,ino");
            return named.equals(stat.get("dev") + ":" + stat.get("ino"));
        } catch (IOException closed) {
            return false;
        }
    }

    /** Returns the prefix for a line of this level: its syslog priority in angle brackets. */
    static String priority(Level level) {
        return switch (level) {
            case ERROR -> "<3>";
            case WARN -> "<4>";
            case INFO -> "<6>";
            case DEBUG, TRACE -> "<7>";
        };
    }
}
