package org.shmimtcp.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.process.UserError;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.settings.Settings;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** The options and arguments of a command that set {@link Setting}s. */
final class SettingOptions {
    /** A command with settings, which {@link Commands} adds to its annotated options. */
    interface User {
        SettingOptions settingOptions();
    }

    private final Context context;
    private final Map<Setting<?>, @Nullable ArgSpec> arguments = new LinkedHashMap<>();
    private @Nullable CommandSpec command;

    SettingOptions(Context context, List<Setting<?>> settings) {
        this.context = context;
        settings.forEach(setting -> arguments.put(setting, null));
    }

    void addTo(CommandSpec spec) {
        command = spec;
        int index = 0;
        for (Setting<?> setting : List.copyOf(arguments.keySet())) {
            String name = setting.option();
            if (name != null) {
                OptionSpec option = option(name, setting);
                spec.addOption(option);
                arguments.put(setting, option);
            } else if (setting.isArgument()) {
                PositionalParamSpec argument = argument(index++, setting);
                spec.addPositional(argument);
                arguments.put(setting, argument);
            }
        }
    }

    private OptionSpec option(String name, Setting<?> setting) {
        String alias = setting.alias();
        var option =
                (alias == null ? OptionSpec.builder(name) : OptionSpec.builder(alias, name))
                        .description(setting.help());
        if (setting.kind() == Setting.Kind.FLAG) {
            return option.arity("0").type(Boolean.class).build();
        }
        option.arity("1").paramLabel(setting.label()).type(type(setting));
        if (setting.kind() == Setting.Kind.LIST) {
            option.type(List.class).auxiliaryTypes(String.class);
        }
        if (!setting.choices().isEmpty()) {
            option.completionCandidates(setting.choices());
        }
        return option.converters(converter(setting)).build();
    }

    private PositionalParamSpec argument(int index, Setting<?> setting) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .arity("1")
                .paramLabel(setting.label())
                .description(setting.help())
                .type(type(setting))
                .converters(converter(setting))
                .build();
    }

    /** Returns the type, which determines what completion offers. The value is text in any case. */
    private static Class<?> type(Setting<?> setting) {
        return setting.kind() == Setting.Kind.FILE ? Path.class : String.class;
    }

    private ITypeConverter<?> converter(Setting<?> setting) {
        return switch (setting.kind()) {
            case STREAM -> new StreamNameConverter(context);
            case FILE -> Path::of;
            default -> text -> checked(setting, text);
        };
    }

    private static String checked(Setting<?> setting, String text) {
        try {
            setting.check(text);
            return text;
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /**
     * Returns the settings given by options, arguments and the environment, in this order.
     *
     * @throws ParameterException if they contradict each other
     */
    <S extends Settings<S>> S fill(S defaults) {
        return fill(defaults, System.getenv());
    }

    <S extends Settings<S>> S fill(S defaults, Map<String, String> environment) {
        S settings = defaults;
        for (Setting<?> setting : defaults.all()) {
            if (!arguments.containsKey(setting)) {
                continue;
            }
            List<String> texts = texts(setting);
            if (!texts.isEmpty()) {
                settings = settings.withTexts(setting, texts);
                continue;
            }
            String name = setting.variable();
            String value = name == null ? "" : environment.getOrDefault(name, "");
            if (!value.isEmpty()) {
                settings = fromVariable(settings, setting, value);
            }
        }
        try {
            settings.check();
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
        return settings;
    }

    private <S extends Settings<S>> S fromVariable(S settings, Setting<?> setting, String value) {
        try {
            return settings.withTexts(setting, List.of(value));
        } catch (IllegalArgumentException e) {
            String reason = String.valueOf(e.getMessage());
            String message =
                    "$" + setting.variable() + (reason.startsWith("'") ? " is " : ": ") + reason;
            if (setting.option() == null) {
                throw new UserError(message, e);
            }
            throw wrong(message);
        }
    }

    private List<String> texts(Setting<?> setting) {
        ArgSpec argument = arguments.get(setting);
        Object value = argument == null ? null : argument.getValue();
        List<String> texts = new ArrayList<>();
        if (value instanceof List<?> several) {
            several.forEach(one -> texts.add(one.toString()));
        } else if (value != null) {
            texts.add(value.toString());
        }
        return texts;
    }

    private ParameterException wrong(String message) {
        if (command == null) {
            throw new IllegalStateException(message);
        }
        return new ParameterException(command.commandLine(), message);
    }
}
