package org.shmimtcp.site;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.NearestNames;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.settings.Settings;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** A table of the file, read key by key. Errors are reported with line and column. */
final class Section {
    private final Path file;
    private final String title;
    private final TomlTable table;
    private final TomlPosition begin;
    private final Set<String> known = new TreeSet<>();

    Section(Path file, String title, TomlTable table, TomlPosition begin) {
        this.file = file;
        this.title = title;
        this.table = table;
        this.begin = begin;
    }

    /** Returns its subtables, each with its name. */
    List<Section> sections(String key) {
        Object value = take(key);
        if (value == null) {
            return List.of();
        }
        TomlTable tables = as(TomlTable.class, key, value, "a table, as in [" + key + ".NAME]");
        List<Section> sections = new ArrayList<>();
        for (String name : tables.keySet()) {
            Object inner = tables.get(List.of(name));
            @Nullable TomlPosition found = tables.inputPositionOf(List.of(name));
            TomlPosition at = found == null ? position(key) : found;
            if (!(inner instanceof TomlTable section)) {
                throw new SiteException(
                        file,
                        at.line(),
                        at.column(),
                        "expected a table [" + key + "." + name + "]");
            }
            sections.add(new Section(file, name, section, at));
        }
        return sections;
    }

    /**
     * Returns a subtable; null if there is none.
     *
     * @param example for the message if the value is no table
     */
    @Nullable Section section(String key, String example) {
        Object value = take(key);
        return value == null
                ? null
                : new Section(
                        file,
                        key,
                        as(TomlTable.class, key, value, "a table, as in " + example),
                        position(key));
    }

    /** Returns the last part of its name. */
    String title() {
        return title;
    }

    String string(String key) {
        String value = optionalString(key);
        if (value == null) {
            throw new SiteException(
                    file,
                    begin.line(),
                    begin.column(),
                    "'" + title + "' needs the key '" + key + "', a string");
        }
        return value;
    }

    @Nullable String optionalString(String key) {
        Object value = take(key);
        return value == null ? null : as(String.class, key, value, "a string, as in \"text\"");
    }

    String string(String key, String otherwise) {
        String value = optionalString(key);
        return value == null ? otherwise : value;
    }

    /** Returns the value of a required key, as a reader like that of {@link #parsed} returns it. */
    String parsedString(String key, UnaryOperator<String> reader) {
        String text = string(key);
        try {
            return reader.apply(text);
        } catch (IllegalArgumentException e) {
            throw wrong(key, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Returns the value parsed by a reader that throws IllegalArgumentException for a malformed
     * string.
     */
    <T> @Nullable T parsed(String key, Function<String, T> reader) {
        String text = optionalString(key);
        if (text == null) {
            return null;
        }
        try {
            return reader.apply(text);
        } catch (IllegalArgumentException e) {
            throw wrong(key, String.valueOf(e.getMessage()));
        }
    }

    boolean flag(String key) {
        Object value = take(key);
        return value != null && as(Boolean.class, key, value, "true or false");
    }

    /** Returns the settings with the value of a key, if the key exists. */
    <S extends Settings<S>> S fill(S settings, Setting<?> setting, String key) {
        Object value = take(key);
        if (value == null) {
            return settings;
        }
        String expected = setting.expected();
        List<String> texts =
                switch (setting.kind()) {
                    case FLAG -> List.of(as(Boolean.class, key, value, expected).toString());
                    case WHOLE -> List.of(as(Long.class, key, value, expected).toString());
                    case NUMBER -> List.of(as(Number.class, key, value, expected).toString());
                    case LIST -> list(key, String.class, expected);
                    case WORD, TEXT, FILE, STREAM ->
                            List.of(as(String.class, key, value, "a string, as in \"text\""));
                };
        try {
            return settings.withTexts(setting, texts);
        } catch (IllegalArgumentException e) {
            throw wrong(key, String.valueOf(e.getMessage()));
        }
    }

    int integer(String key, int least, int most) {
        if (!table.contains(List.of(key))) {
            throw new SiteException(
                    file,
                    begin.line(),
                    begin.column(),
                    "'" + title + "' needs the key '" + key + "', a number");
        }
        Object value = take(key);
        if (value == null) {
            throw new IllegalStateException(key);
        }
        String expected = "a whole number from " + least + " to " + most;
        long number = as(Long.class, key, value, expected);
        if (number < least || number > most) {
            throw wrong(key, "expected " + expected + ", not " + number);
        }
        return (int) number;
    }

    List<String> strings(String key) {
        return list(key, String.class, "a list of strings, as in [\"a\", \"b\"]");
    }

    /**
     * Returns the value of a required key: one string, or a list of them.
     *
     * @param example for the message if the value is neither, or an empty list
     */
    List<String> stringOrStrings(String key, String example) {
        if (!(take(key) instanceof TomlArray)) {
            return List.of(string(key));
        }
        String expected = "a string, or a list of strings, as in " + example;
        List<String> strings = list(key, String.class, expected);
        if (strings.isEmpty()) {
            throw wrong(key, "'" + key + "': expected " + expected);
        }
        return strings;
    }

    List<Long> integers(String key) {
        return list(key, Long.class, "a list of whole numbers, as in [50, 50]");
    }

    private <T> List<T> list(String key, Class<T> type, String expected) {
        Object value = take(key);
        if (value == null) {
            return List.of();
        }
        TomlArray array = as(TomlArray.class, key, value, expected);
        List<T> list = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            Object element = array.get(i);
            if (!type.isInstance(element)) {
                throw wrong(key, "'" + key + "': expected " + expected);
            }
            list.add(type.cast(element));
        }
        return list;
    }

    /** Refuses unknown keys, which are typing errors. Call after reading all keys. */
    void finish() {
        for (String key : table.keySet()) {
            if (!known.contains(key)) {
                List<String> nearest = NearestNames.of(key, known);
                throw wrong(key, "unknown key '" + key + "'; nearest: " + nearest.getFirst());
            }
        }
    }

    boolean has(String key) {
        return table.contains(List.of(key));
    }

    SiteException wrong(String key, String message) {
        TomlPosition at = position(key);
        return new SiteException(file, at.line(), at.column(), message);
    }

    /** Returns the line of a key, or of the table if the key is missing. */
    int line(String key) {
        return position(key).line();
    }

    private TomlPosition position(String key) {
        TomlPosition at = table.inputPositionOf(List.of(key));
        return at == null ? begin : at;
    }

    private @Nullable Object take(String key) {
        known.add(key);
        return table.get(List.of(key));
    }

    private <T> T as(Class<T> type, String key, Object value, String expected) {
        if (!type.isInstance(value)) {
            throw wrong(key, "'" + key + "': expected " + expected);
        }
        return type.cast(value);
    }
}
