package org.shmimtcp.log;

/** The format of log lines. */
public enum LogFormat {
    /** Text: {@code 10:23:45.123 INFO dm01disp03 to 192.168.2.2:8886: connected (native)}. */
    TEXT,
    /** One JSON object per line. */
    JSON;

    /** The variable with the option's default, {@code text} or {@code json}. */
    public static final String VARIABLE = "SHMIMTCP_LOG_FORMAT";

    private static volatile LogFormat current = TEXT;

    /** Sets the format of all lines from now on. */
    public static void choose(LogFormat format) {
        current = format;
    }

    public static LogFormat current() {
        return current;
    }
}
