package org.shmimtcp.log;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.text.PlainText;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import tools.jackson.jr.ob.JSON;
import tools.jackson.jr.ob.comp.ObjectComposer;

/**
 * An event to be written as one or more lines.
 *
 * @param about what the thread works on: stream, port
 * @param fields the event's own fields, besides its text
 */
record LogLine(
        Instant time,
        Level level,
        String message,
        Map<String, String> about,
        List<KeyValuePair> fields,
        @Nullable Throwable thrown) {

    /** Formats the event for people, in local time; each line of a stack trace is a line. */
    String forPeople() {
        LocalTime local = LocalTime.ofInstant(time, ZoneId.systemDefault());
        StringBuilder line = new StringBuilder(80);
        twoDigits(line, local.getHour()).append(':');
        twoDigits(line, local.getMinute()).append(':');
        twoDigits(line, local.getSecond()).append('.');
        int ms = local.getNano() / 1_000_000;
        line.append(ms / 100);
        twoDigits(line, ms % 100)
                .append(' ')
                .append(level)
                .append(' ')
                .append(PlainText.of(message))
                .append('\n');
        return line.append(trace()).toString();
    }

    private static StringBuilder twoDigits(StringBuilder line, int number) {
        return line.append(number / 10).append(number % 10);
    }

    /** Formats the event for the journal, which adds the time itself. */
    String forJournal() {
        StringBuilder lines = new StringBuilder();
        String priority = Journal.priority(level);
        (PlainText.of(message) + "\n" + trace())
                .lines()
                .forEach(line -> lines.append(priority).append(line).append('\n'));
        return lines.toString();
    }

    /** Formats the event for programs: one JSON object in one line. */
    String forPrograms() {
        var object =
                JSON.std
                        .composeString()
                        .startObject()
                        .put("time", Json.TIME.format(time))
                        .put("level", level.toString());
        for (Map.Entry<String, String> entry : about.entrySet()) {
            if (fields.stream().noneMatch(f -> f.key.equals(entry.getKey()))) {
                object.put(entry.getKey(), PlainText.ofLines(entry.getValue()));
            }
        }
        object.put("event", PlainText.ofLines(message));
        for (KeyValuePair field : fields) {
            put(object, field);
        }
        if (thrown != null) {
            object.put("trace", trace());
        }
        return object.end().finish() + "\n";
    }

    private static void put(ObjectComposer<?> object, KeyValuePair field) {
        switch (field.value) {
            case null -> object.putNull(field.key);
            case Integer number -> object.put(field.key, (int) number);
            case Long number -> object.put(field.key, (long) number);
            case Double number when Double.isFinite(number) -> object.put(field.key, number);
            default -> object.put(field.key, PlainText.ofLines(field.value.toString()));
        }
    }

    private String trace() {
        if (thrown == null) {
            return "";
        }
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace, true));
        return PlainText.ofLines(trace.toString());
    }

    /** Loaded only if JSON is chosen. */
    private static final class Json {
        /** The format of times: always with milliseconds, in UTC. */
        static final DateTimeFormatter TIME =
                new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

        private Json() {}
    }
}
