package org.shmimtcp.settings;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One setting: its option on the command line, its key in the site's file, its environment
 * variable, its help, its default, and the code that parses and prints its values. Settings are
 * constants and are compared by identity.
 *
 * @param <T> type of its values
 */
public final class Setting<T> {
    /** The form of a value, used by picocli, the site's file and completion. */
    public enum Kind {
        /** Present or not; takes no value on the command line. */
        FLAG,
        WHOLE,
        NUMBER,
        /** One of {@link Setting#choices}. */
        WORD,
        TEXT,
        FILE,
        /** The name of a stream of this machine. */
        STREAM,
        /** Given several times; each text is one element. */
        LIST
    }

    private final Kind kind;
    private final String expected;
    private final List<String> choices;
    private final Function<String, ?> reader;
    private final Function<T, List<String>> printer;
    private final @Nullable String option;
    private final @Nullable String alias;
    private final String label;
    private final @Nullable String key;
    private final @Nullable String variable;
    private final @Nullable T initial;
    private final String help;

    private Setting(Builder<T> from, String help) {
        this.kind = from.kind;
        this.expected = from.expected;
        this.choices = from.choices;
        this.reader = from.reader;
        this.printer = from.printer;
        this.option = from.option;
        this.alias = from.alias;
        this.label = from.label;
        this.key = from.key;
        this.variable = from.variable;
        this.initial = from.initial;
        this.help = help;
    }

    public static Builder<Boolean> flag() {
        return new Builder<Boolean>(Kind.FLAG, "true or false", Setting::readFlag, Setting::one)
                .initially(false);
    }

    private static Boolean readFlag(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException("expected true or false, not \"" + text + "\"");
        }
        return Boolean.valueOf(text);
    }

    /** A whole number within limits, both included. */
    public static Builder<Integer> whole(int least, int most) {
        return limited(
                Kind.WHOLE,
                "a whole number from " + least + " to " + most,
                Integer::valueOf,
                value -> value >= least && value <= most);
    }

    /** A number within limits, both included. */
    public static Builder<Double> number(double least, double most) {
        return limited(
                Kind.NUMBER,
                "a number from " + plain(least) + " to " + plain(most),
                Double::valueOf,
                value -> value >= least && value <= most);
    }

    private static <N> Builder<N> limited(
            Kind kind, String expected, Function<String, N> reader, Predicate<N> within) {
        return new Builder<>(
                kind,
                expected,
                text -> {
                    try {
                        N value = reader.apply(text);
                        if (within.test(value)) {
                            return value;
                        }
                    } catch (NumberFormatException e) {
                        throw new IllegalArgumentException(refusal(expected, text), e);
                    }
                    throw new IllegalArgumentException("expected " + expected + ", not " + text);
                },
                Setting::one);
    }

    /** A setting whose values are the names of an enum, in lower case. */
    public static <E extends Enum<E>> Builder<E> word(Class<E> type) {
        List<E> values = List.of(type.getEnumConstants());
        List<String> names = values.stream().map(Setting::word).toList();
        return new Builder<>(
                Kind.WORD,
                "one of " + String.join(", ", names),
                text -> values.get(indexOf(names, text)),
                value -> List.of(word(value)),
                names);
    }

    /** A setting whose values are these words. */
    public static Builder<String> word(String... words) {
        List<String> names = List.of(words);
        return new Builder<>(
                Kind.WORD,
                "one of " + String.join(", ", names),
                text -> names.get(indexOf(names, text)),
                Setting::one,
                names);
    }

    private static int indexOf(List<String> names, String text) {
        int index = names.indexOf(text.toLowerCase(Locale.ROOT));
        if (index < 0) {
            throw new IllegalArgumentException(refusal("one of " + String.join(", ", names), text));
        }
        return index;
    }

    /** Returns the name of an enum constant as users write it. */
    public static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    public static Builder<String> text() {
        return text(text -> text, text -> text);
    }

    /**
     * A setting with its own parser.
     *
     * @param reader throws IllegalArgumentException that says what it expected
     */
    public static <V> Builder<V> text(Function<String, V> reader, Function<V, String> printer) {
        return new Builder<>(
                Kind.TEXT,
                "a string, as in \"text\"",
                reader,
                value -> List.of(printer.apply(value)));
    }

    public static Builder<Path> file() {
        return new Builder<>(Kind.FILE, "a string, as in \"text\"", Path::of, Setting::one);
    }

    public static Builder<String> stream() {
        return new Builder<>(Kind.STREAM, "a string, as in \"text\"", text -> text, Setting::one);
    }

    /** A setting with any number of values; empty by default. */
    public static <E> Builder<List<E>> list(Function<String, E> reader) {
        return new Builder<List<E>>(
                        Kind.LIST,
                        "a list of strings, as in [\"a\", \"b\"]",
                        reader,
                        values -> values.stream().map(Object::toString).toList())
                .initially(List.of());
    }

    private static List<String> one(Object value) {
        return List.of(value.toString());
    }

    private static String refusal(String expected, String text) {
        return "expected " + expected + ", not \"" + text + "\"";
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    /**
     * Builds a setting; {@link #help} completes it.
     *
     * @param <T> type of its values
     */
    public static final class Builder<T> {
        private final Kind kind;
        private final String expected;
        private final Function<String, ?> reader;
        private final Function<T, List<String>> printer;
        private final List<String> choices;
        private @Nullable String option;
        private @Nullable String alias;
        private String label = "";
        private @Nullable String key;
        private @Nullable String variable;
        private @Nullable T initial;

        private Builder(
                Kind kind,
                String expected,
                Function<String, ?> reader,
                Function<T, List<String>> printer) {
            this(kind, expected, reader, printer, List.of());
        }

        private Builder(
                Kind kind,
                String expected,
                Function<String, ?> reader,
                Function<T, List<String>> printer,
                List<String> choices) {
            this.kind = kind;
            this.expected = expected;
            this.reader = reader;
            this.printer = printer;
            this.choices = choices;
        }

        public Builder<T> option(String name) {
            this.option = name;
            return this;
        }

        /**
         * Sets the option, which takes a value.
         *
         * @param valueLabel name of the value in the help
         */
        public Builder<T> option(String name, String valueLabel) {
            this.option = name;
            this.label = valueLabel;
            return this;
        }

        /** Adds another name of the option. */
        public Builder<T> alias(String name) {
            this.alias = name;
            return this;
        }

        /** Makes it a positional argument; their order is that of {@link Settings#all}. */
        public Builder<T> argument(String valueLabel) {
            this.label = valueLabel;
            return this;
        }

        /** Sets the key in the site's file; a key in a table is written {@code table.key}. */
        public Builder<T> key(String name) {
            this.key = name;
            return this;
        }

        /** Sets the environment variable that overrides the default. */
        public Builder<T> variable(Environment holder) {
            this.variable = holder.variable();
            return this;
        }

        public Builder<T> initially(T value) {
            this.initial = value;
            return this;
        }

        /**
         * Completes the setting.
         *
         * @param text for {@code --help}; {@code ${DEFAULT-VALUE}} stands for the default
         */
        public Setting<T> help(String text) {
            return new Setting<>(this, text);
        }
    }

    public Kind kind() {
        return kind;
    }

    /** Returns what a value must be, for example "a whole number from 1 to 60". */
    public String expected() {
        return expected;
    }

    /** Returns the permitted words; empty if the values are not words. */
    public List<String> choices() {
        return choices;
    }

    /** Returns the option, for example {@code --wait}; null if there is none. */
    public @Nullable String option() {
        return option;
    }

    /** Returns the option's other name; null if there is none. */
    public @Nullable String alias() {
        return alias;
    }

    public String label() {
        return label;
    }

    /** True if it is a positional argument. */
    public boolean isArgument() {
        return option == null && !label.isEmpty();
    }

    public @Nullable String key() {
        return key;
    }

    public @Nullable String variable() {
        return variable;
    }

    /** Returns the default; null if there is none. */
    public @Nullable T initial() {
        return initial;
    }

    /** Returns the description in {@code --help}. */
    public String help() {
        T value = initial;
        String text = value == null ? "" : String.join(", ", print(value));
        return help.replace("${DEFAULT-VALUE}", text);
    }

    /**
     * Throws IllegalArgumentException if the text is not a valid value; its message says what was
     * expected.
     */
    public void check(String text) {
        Objects.requireNonNull(reader.apply(text));
    }

    /**
     * Parses a value from one text, or a list from several.
     *
     * @throws IllegalArgumentException as {@link #check} does
     */
    @SuppressWarnings("unchecked") // the reader of a list makes elements, the others a T
    public T parse(List<String> texts) {
        if (kind == Kind.LIST) {
            List<Object> elements = new ArrayList<>();
            texts.forEach(text -> elements.add(reader.apply(text)));
            return (T) List.copyOf(elements);
        }
        return (T) Objects.requireNonNull(reader.apply(texts.getLast()));
    }

    /** Returns the texts from which {@link #parse} makes the same value. */
    public List<String> print(T value) {
        return printer.apply(value);
    }

    /** Returns the command-line arguments that set this value. */
    List<String> arguments(T value) {
        if (option == null) {
            return isArgument() ? print(value) : List.of();
        }
        String name = option;
        if (kind == Kind.FLAG) {
            return value.equals(true) ? List.of(name) : List.of();
        }
        return print(value).stream()
                .flatMap(text ->
                        name.startsWith("--")
                                ? Stream.of(name + "=" + text)
                                : Stream.of(name, text))
                .toList();
    }

    /** Returns the name for messages: the option, or else the variable. */
    @Override
    public String toString() {
        return option != null ? option : variable != null ? "$" + variable : label;
    }
}
