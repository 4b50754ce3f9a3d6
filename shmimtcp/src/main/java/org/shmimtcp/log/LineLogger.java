package org.shmimtcp.log;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.AbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LoggingEventAware;

/** Writes each event as a line on standard error. */
final class LineLogger extends AbstractLogger implements LoggingEventAware {
    private static final long serialVersionUID = 1L;

    /** A library whose messages below WARN are of no interest here. */
    private static final String TALKATIVE = "org.eclipse.jetty";

    private final Level least;

    LineLogger(String name) {
        this.name = name;
        this.least = name.startsWith(TALKATIVE) ? Level.WARN : Level.INFO;
    }

    private boolean isEnabled(Level level) {
        return level.toInt() >= least.toInt();
    }

    @Override
    public void log(LoggingEvent event) {
        if (isEnabled(event.getLevel())) {
            List<KeyValuePair> fields = event.getKeyValuePairs();
            write(
                    event.getLevel(),
                    event.getMessage(),
                    event.getArgumentArray(),
                    fields == null ? List.of() : fields,
                    event.getThrowable());
        }
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level,
            @Nullable Marker marker,
            @Nullable String message,
            Object @Nullable [] arguments,
            @Nullable Throwable thrown) {
        write(level, message, arguments, List.of(), thrown);
    }

    private static void write(
            Level level,
            @Nullable String message,
            Object @Nullable [] arguments,
            List<KeyValuePair> fields,
            @Nullable Throwable thrown) {
        String text = String.valueOf(MessageFormatter.basicArrayFormat(message, arguments));
        boolean json = LogFormat.current() == LogFormat.JSON;
        Map<String, String> about = json ? MDC.getCopyOfContextMap() : null;
        LogLine line =
                new LogLine(
                        Instant.now(),
                        level,
                        text,
                        about == null ? Map.of() : about,
                        fields,
                        thrown);
        boolean journal = Journal.isStandardError();
        if (json) {
            print((journal ? Journal.priority(level) : "") + line.forPrograms());
        } else {
            print(journal ? line.forJournal() : line.forPeople());
        }
    }

    /**
     * Prints a line with its line feed in one call, so that lines of several threads stay whole.
     */
    @SuppressWarnings("SystemOut") // standard error is the destination
    private static void print(String line) {
        System.err.print(line);
        System.err.flush();
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    public boolean isTraceEnabled() {
        return isEnabled(Level.TRACE);
    }

    @Override
    public boolean isTraceEnabled(Marker marker) {
        return isTraceEnabled();
    }

    @Override
    public boolean isDebugEnabled() {
        return isEnabled(Level.DEBUG);
    }

    @Override
    public boolean isDebugEnabled(Marker marker) {
        return isDebugEnabled();
    }

    @Override
    public boolean isInfoEnabled() {
        return isEnabled(Level.INFO);
    }

    @Override
    public boolean isInfoEnabled(Marker marker) {
        return isInfoEnabled();
    }

    @Override
    public boolean isWarnEnabled() {
        return isEnabled(Level.WARN);
    }

    @Override
    public boolean isWarnEnabled(Marker marker) {
        return isWarnEnabled();
    }

    @Override
    public boolean isErrorEnabled() {
        return true;
    }

    @Override
    public boolean isErrorEnabled(Marker marker) {
        return true;
    }
}
