package org.shmimtcp.settings;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The values of settings that were given; all others have their defaults. Immutable. The command
 * line, the site's file and Java programs all fill it, and it prints the arguments that reproduce
 * it.
 *
 * @param <S> the class itself
 */
public abstract class Settings<S extends Settings<S>> {
    private final Map<Setting<?>, Object> given;

    protected Settings(Map<Setting<?>, Object> given) {
        this.given = given;
    }

    /** Returns all settings, in the order in which they are printed. */
    public abstract List<Setting<?>> all();

    protected abstract S make(Map<Setting<?>, Object> values);

    /**
     * Throws IllegalArgumentException if values contradict each other. Call before using the
     * values.
     */
    public abstract void check();

    /** Returns a value, or its default. */
    public final <T> T get(Setting<T> setting) {
        return Objects.requireNonNull(find(setting), setting::toString);
    }

    /** Returns a value, or its default; null if there is neither. */
    @SuppressWarnings("unchecked") // with() and withTexts() put nothing else there
    public final <T> @Nullable T find(Setting<T> setting) {
        Object value = given.get(setting);
        return value == null ? setting.initial() : (T) value;
    }

    public final boolean isGiven(Setting<?> setting) {
        return given.containsKey(setting);
    }

    /**
     * Returns these settings with one changed.
     *
     * @throws IllegalArgumentException if the value is not permitted
     */
    public final <T> S with(Setting<T> setting, T value) {
        return withTexts(setting, setting.print(value));
    }

    /**
     * Returns these settings with one changed.
     *
     * @throws IllegalArgumentException if the texts are not a valid value
     */
    public final S withTexts(Setting<?> setting, List<String> texts) {
        if (!all().contains(setting)) {
            throw new IllegalArgumentException(setting + " is not a setting of this");
        }
        Object value = setting.parse(texts);
        Map<Setting<?>, Object> changed = new LinkedHashMap<>();
        all().forEach(one -> {
            Object other = one == setting ? value : given.get(one);
            if (other != null && !other.equals(false)) { // a flag is given or not
                changed.put(one, other);
            }
        });
        return make(changed);
    }

    /** Returns these settings with absolute paths, for a program in another directory. */
    public final S withAbsoluteFiles() {
        S absolute = make(given);
        for (Setting<?> setting : all()) {
            if (given.get(setting) instanceof Path file) {
                absolute = absolute.withTexts(setting, List.of(file.toAbsolutePath().toString()));
            }
        }
        return absolute;
    }

    /** Returns the command-line arguments that reproduce these settings. */
    public final List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        all().stream()
                .filter(setting -> !setting.isArgument())
                .forEach(setting -> arguments.addAll(argumentsOf(setting)));
        all().stream()
                .filter(Setting::isArgument)
                .forEach(setting -> arguments.addAll(argumentsOf(setting)));
        return arguments;
    }

    private <T> List<String> argumentsOf(Setting<T> setting) {
        T value = isGiven(setting) ? find(setting) : null;
        return value == null ? List.of() : setting.arguments(value);
    }

    /** Returns the environment variables for the settings that have no option. */
    public final Map<String, String> variables() {
        Map<String, String> variables = new LinkedHashMap<>();
        all().forEach(setting -> addVariable(setting, variables));
        return variables;
    }

    private <T> void addVariable(Setting<T> setting, Map<String, String> variables) {
        String name = setting.option() == null ? setting.variable() : null;
        T value = isGiven(setting) ? find(setting) : null;
        if (name != null && value != null) {
            variables.put(name, String.join(",", setting.print(value)));
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Settings<?> settings
                && settings.all().equals(all())
                && settings.given.equals(given);
    }

    @Override
    public int hashCode() {
        return given.hashCode();
    }

    @Override
    public String toString() {
        return variables() + " " + arguments();
    }
}
