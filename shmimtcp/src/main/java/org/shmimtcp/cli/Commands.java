package org.shmimtcp.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.settings.Environment;
import picocli.CommandLine;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * The list of all commands, and their common set-up.
 *
 * <p>A command is built when it is needed. Reading the annotations of all commands would take half
 * of the start-up time.
 */
public final class Commands {
    /**
     * @param name name that users type
     * @param make builds the annotated object
     * @param kind where the command is available
     * @param task the task that it serves
     * @param summary what it does, at most 60 characters
     */
    private record Entry(
            String name, Function<Context, Object> make, Kind kind, Task task, String summary) {}

    /** The tasks of users, by which lists of commands are grouped. */
    public enum Task {
        LINKS("Links between machines"),
        STATE("State of the links"),
        STREAMS("Streams"),
        FILES("Files"),
        MORE("More");

        private final String title;

        Task(String title) {
            this.title = title;
        }

        /** Returns the heading of its commands. */
        public String title() {
            return title;
        }
    }

    private enum Kind {
        /** A subcommand of {@code shmim}. */
        SUBCOMMAND,
        /**
         * A subcommand that is also a program of its own. Its help and messages show only its own
         * name.
         */
        PROGRAM,
        /** A command of milk, for scripts that call it. Lists of programs omit it. */
        OF_MILK,
        /** Available only at the prompt, for users of cacao's prompt. */
        PROMPT,
        /** The prompt itself, under a name of milk's program. */
        PROMPT_OF_MILK;

        /** True if lists of programs and of subcommands show it. */
        boolean isListed() {
            return this == SUBCOMMAND || this == PROGRAM;
        }

        boolean isProgram() {
            return this == PROGRAM || this == OF_MILK || this == PROMPT_OF_MILK;
        }

        boolean isForPrompt() {
            return this != PROMPT_OF_MILK;
        }
    }

    private static final List<Entry> ALL =
            List.of(
                    new Entry(
                            "shmimTCPtransmit",
                            TransmitCommand::new,
                            Kind.PROGRAM,
                            Task.LINKS,
                            "Sends the frames of a stream to another machine."),
                    new Entry(
                            "shmimTCPreceive",
                            ReceiveCommand::new,
                            Kind.PROGRAM,
                            Task.LINKS,
                            "Publishes the frames that a transmitter sends."),
                    new Entry(
                            "dmdispbridge",
                            DmDispBridgeCommand::new,
                            Kind.PROGRAM,
                            Task.LINKS,
                            "Sets up both ends of a mirror channel between ICC and RTC."),
                    new Entry(
                            "shmimTCPbridge",
                            StreamBridgeCommand::new,
                            Kind.PROGRAM,
                            Task.LINKS,
                            "Sets up a stream between this machine and another one."),
                    new Entry(
                            "mk2Dim",
                            Mk2DimCommand::new,
                            Kind.PROGRAM,
                            Task.STREAMS,
                            "Creates a 2D stream, as typed at cacao's prompt."),
                    new Entry(
                            "create",
                            CreateCommand::new,
                            Kind.SUBCOMMAND,
                            Task.STREAMS,
                            "Creates a stream with any property of the format."),
                    new Entry(
                            "ls",
                            ListCommand::new,
                            Kind.SUBCOMMAND,
                            Task.STREAMS,
                            "Lists the streams of this machine and their users."),
                    new Entry(
                            "info",
                            InfoCommand::new,
                            Kind.SUBCOMMAND,
                            Task.STREAMS,
                            "Shows everything in a stream's file."),
                    new Entry(
                            "watch",
                            WatchCommand::new,
                            Kind.SUBCOMMAND,
                            Task.STREAMS,
                            "Shows a stream as a live picture in the terminal."),
                    new Entry(
                            "write",
                            WriteCommand::new,
                            Kind.SUBCOMMAND,
                            Task.STREAMS,
                            "Writes synthetic frames at a steady rate."),
                    new Entry(
                            "save",
                            SaveCommand::new,
                            Kind.SUBCOMMAND,
                            Task.FILES,
                            "Saves frames of a stream as a FITS file."),
                    new Entry(
                            "load",
                            LoadCommand::new,
                            Kind.SUBCOMMAND,
                            Task.FILES,
                            "Puts the frames of a FITS file into a stream."),
                    new Entry(
                            "record",
                            RecordCommand::new,
                            Kind.SUBCOMMAND,
                            Task.FILES,
                            "Records every frame of a stream to disk."),
                    new Entry(
                            "replay",
                            ReplayCommand::new,
                            Kind.SUBCOMMAND,
                            Task.FILES,
                            "Replays a recording into a stream."),
                    new Entry(
                            "recover",
                            RecoverCommand::new,
                            Kind.SUBCOMMAND,
                            Task.FILES,
                            "Completes a recording that was interrupted."),
                    new Entry(
                            "plot",
                            PlotCommand::new,
                            Kind.SUBCOMMAND,
                            Task.STREAMS,
                            "Plots a pixel, the age or the interval of frames."),
                    new Entry(
                            "rm",
                            RemoveCommand::new,
                            Kind.SUBCOMMAND,
                            Task.STREAMS,
                            "Removes streams."),
                    new Entry(
                            "status",
                            StatusCommand::new,
                            Kind.SUBCOMMAND,
                            Task.STATE,
                            "Shows the state of this machine's links."),
                    new Entry(
                            "restart",
                            RestartCommand::new,
                            Kind.SUBCOMMAND,
                            Task.STATE,
                            "Reconnects links of this machine."),
                    new Entry(
                            "top",
                            TopCommand::new,
                            Kind.SUBCOMMAND,
                            Task.STATE,
                            "Shows links and streams live in the terminal."),
                    new Entry(
                            "web",
                            WebCommand::new,
                            Kind.SUBCOMMAND,
                            Task.STATE,
                            "Shows links and streams in a browser, and to Prometheus."),
                    new Entry(
                            "serve",
                            ServeCommand::new,
                            Kind.SUBCOMMAND,
                            Task.LINKS,
                            "Runs all links of this machine in one process."),
                    new Entry(
                            "want",
                            WantCommand::new,
                            Kind.SUBCOMMAND,
                            Task.LINKS,
                            "Keeps a copy of a stream that another host offers."),
                    new Entry(
                            "unwant",
                            UnwantCommand::new,
                            Kind.SUBCOMMAND,
                            Task.LINKS,
                            "Ends what 'want' started."),
                    new Entry(
                            "publish",
                            PublishCommand::new,
                            Kind.SUBCOMMAND,
                            Task.LINKS,
                            "Publishes streams to viewers elsewhere (milkzmq, rtimv)."),
                    new Entry(
                            "subscribe",
                            SubscribeCommand::new,
                            Kind.SUBCOMMAND,
                            Task.LINKS,
                            "Copies streams from a milkzmq server or a publisher."),
                    new Entry(
                            "service",
                            ServiceCommand::new,
                            Kind.SUBCOMMAND,
                            Task.LINKS,
                            "Sets up 'shmim serve' as a systemd service."),
                    new Entry(
                            "bridge",
                            BridgeCommand::new,
                            Kind.SUBCOMMAND,
                            Task.LINKS,
                            "Starts, stops and checks links of the site's file."),
                    new Entry(
                            "completion",
                            CompletionCommand::new,
                            Kind.SUBCOMMAND,
                            Task.MORE,
                            "Prints the Tab completion for bash and zsh."),
                    new Entry(
                            "demo",
                            DemoCommand::new,
                            Kind.SUBCOMMAND,
                            Task.MORE,
                            "Demonstrates shmimTCP on this machine alone."),
                    new Entry(
                            "listim",
                            ListCommand::new,
                            Kind.PROMPT,
                            Task.STREAMS,
                            "Lists the streams, as 'ls' does."),
                    new Entry(
                            "readshmim",
                            ReadShmimCommand::new,
                            Kind.PROMPT,
                            Task.STREAMS,
                            "Checks that a stream can be read."),
                    new Entry(
                            "readshmimsize",
                            ReadShmimSizeCommand::new,
                            Kind.PROMPT,
                            Task.STREAMS,
                            "Prints the size of a stream, or writes it to a file."),
                    new Entry(
                            "mk3Dim",
                            Mk3DimCommand::new,
                            Kind.PROMPT,
                            Task.STREAMS,
                            "Creates a 3D stream, as typed at cacao's prompt."),
                    new Entry(
                            "rmshmim",
                            RemoveCommand::new,
                            Kind.PROMPT,
                            Task.STREAMS,
                            "Removes streams, as 'shmim rm' does."),
                    new Entry(
                            "imnetwtransmit",
                            ImNetwTransmitCommand::new,
                            Kind.OF_MILK,
                            Task.LINKS,
                            "Sends a stream, as shmimTCPtransmit --foreground does."),
                    new Entry(
                            "imnetwreceive",
                            ImNetwReceiveCommand::new,
                            Kind.OF_MILK,
                            Task.LINKS,
                            "Receives streams, as shmimTCPreceive does."),
                    promptOfMilk("milk"),
                    promptOfMilk("cacao"));

    private static Entry promptOfMilk(String name) {
        return new Entry(
                name,
                MilkPromptCommand::new,
                Kind.PROMPT_OF_MILK,
                Task.MORE,
                "Reads commands line by line, as 'shmim' does.");
    }

    private static final String UMBRELLA = ShmimCommand.NAME;

    /** The name and the summary of picocli's own command. */
    private static final String HELP = "help";

    private static final String HELP_SUMMARY =
            "Display help information about the specified command.";

    /** Options of {@code shmim} itself whose output depends on no other argument. */
    private static final Set<String> INFORMATION = Set.of("-h", "--help", "-V", "--version");

    /** Commands that run for a while and log what happens. */
    private static final Set<String> LOGGING =
            Set.of(
                    "shmimTCPtransmit",
                    "shmimTCPreceive",
                    "write",
                    "save",
                    "load",
                    "record",
                    "replay",
                    "web",
                    "serve",
                    "want",
                    "publish",
                    "subscribe");

    private Commands() {}

    /** A command line, and the arguments that it is to parse. */
    record Invocation(CommandLine line, List<String> arguments) {}

    /**
     * Returns the command line for arguments, of which the first may be the command's name.
     *
     * <p>Only what the arguments name is built. A command that comes first stands alone, because
     * each further one takes a millisecond; {@code shmim} is then only its name.
     */
    static Invocation forArguments(List<String> arguments, Context context) {
        String first = arguments.isEmpty() ? "" : arguments.getFirst();
        Entry named = entry(first);
        if (named != null && named.kind != Kind.PROMPT) {
            List<String> further = arguments.subList(1, arguments.size());
            return new Invocation(
                    named.kind.isProgram() ? alone(named, context) : subcommand(named, context),
                    further);
        }
        boolean ofShmimAlone = arguments.isEmpty() || INFORMATION.contains(first);
        return new Invocation(
                ofShmimAlone && arguments.size() <= 1
                        ? configure(new CommandLine(ShmimCommand.model(context), factory(context)))
                        : umbrella(arguments::contains, context),
                arguments);
    }

    /**
     * Returns {@code shmim} with subcommands.
     *
     * @param isUsed selects those that are complete, by their names
     */
    private static CommandLine umbrella(Predicate<String> isUsed, Context context) {
        CommandLine umbrella = new CommandLine(ShmimCommand.model(context), factory(context));
        for (Entry entry : ALL) {
            if (!entry.kind.isListed()) {
                continue;
            }
            if (isUsed.test(entry.name)) {
                umbrella.addSubcommand(entry.name, command(entry, context));
            } else {
                umbrella.addSubcommand(entry.name, CommandSpec.create());
            }
        }
        if (isUsed.test(HELP)) {
            umbrella.addSubcommand(new CommandLine.HelpCommand());
        } else {
            CommandSpec help = CommandSpec.create();
            help.usageMessage().header(HELP_SUMMARY);
            umbrella.addSubcommand(HELP, help);
        }
        return configure(umbrella);
    }

    /** True if the name, as the first argument, selects a program. */
    public static boolean isProgram(String name) {
        return find(name).filter(entry -> entry.kind.isProgram()).isPresent();
    }

    /** True if the arguments start the prompt. */
    static boolean isPrompt(String... arguments) {
        return arguments.length == 0
                || find(arguments[0]).filter(e -> e.kind == Kind.PROMPT_OF_MILK).isPresent();
    }

    /**
     * Runs another command in the place of one; returns its exit code. Messages show the name of
     * the command that was typed.
     */
    static int run(String name, List<String> arguments, Context context, CommandLine typed) {
        CommandLine line = forPrompt(name, context).orElseThrow();
        line.setCommandName(typed.getCommandName());
        return Main.run(line, arguments, typed.getOut(), typed.getErr());
    }

    /** Returns the process name for these arguments. */
    static String processName(String... arguments) {
        if (arguments.length == 0 || find(arguments[0]).isEmpty()) {
            return UMBRELLA;
        }
        return isProgram(arguments[0]) ? arguments[0] : UMBRELLA + " " + arguments[0];
    }

    /** Returns a command for the prompt, under its own name, without {@code shmim}. */
    static Optional<CommandLine> forPrompt(String name, Context context) {
        return find(name)
                .filter(entry -> entry.kind.isForPrompt())
                .map(entry -> alone(entry, context));
    }

    /** Returns the names of all commands of the prompt, in the order of its help. */
    static List<String> promptNames() {
        return ALL.stream().filter(e -> e.kind.isForPrompt()).map(Entry::name).toList();
    }

    /** Returns all programs, first {@code shmim} with its subcommands. */
    public static Map<String, CommandLine> programs(Context context) {
        Map<String, CommandLine> programs = new LinkedHashMap<>();
        programs.put(UMBRELLA, umbrella(name -> true, context));
        ALL.stream()
                .filter(entry -> entry.kind == Kind.PROGRAM)
                .forEach(entry -> programs.put(entry.name, alone(entry, context)));
        return programs;
    }

    private static Optional<Entry> find(String name) {
        return Optional.ofNullable(entry(name));
    }

    private static @Nullable Entry entry(String name) {
        for (Entry entry : ALL) {
            if (entry.name.equals(name)) {
                return entry;
            }
        }
        return null;
    }

    private static CommandLine alone(Entry entry, Context context) {
        CommandLine line = new CommandLine(command(entry, context), factory(context));
        // Of milk's transfer commands, the last argument may be -1.
        line.setUnmatchedOptionsArePositionalParams(entry.kind == Kind.OF_MILK);
        return configure(line.setCommandName(entry.name));
    }

    /** Returns the command's model, or else the object whose annotations describe it. */
    private static Object command(Entry entry, Context context) {
        Object command = entry.make.apply(context);
        return command instanceof Modelled modelled ? modelled.model() : command;
    }

    /** Returns a subcommand of {@code shmim}, of which its messages show the name. */
    private static CommandLine subcommand(Entry entry, Context context) {
        CommandLine line = alone(entry, context);
        line.getCommandSpec().parent(CommandSpec.create().name(UMBRELLA));
        return line;
    }

    /** Returns a factory for objects that annotations name by class. */
    private static IFactory factory(Context context) {
        IFactory standard = CommandLine.defaultFactory();
        return new IFactory() {
            @Override
            public <K> K create(Class<K> type) throws Exception {
                if (type == StreamNameConverter.class) {
                    return type.cast(new StreamNameConverter(context));
                }
                return type == MilkStreamConverter.class
                        ? type.cast(new MilkStreamConverter(context))
                        : standard.create(type);
            }
        };
    }

    /** Applies the configuration common to all commands and subcommands. */
    private static CommandLine configure(CommandLine line) {
        Failures failures = new Failures();
        line.setExpandAtFiles(false); // "@S:name" is an image name, not a file
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(failures);
        line.setExecutionExceptionHandler(failures);
        describe(line.getCommandSpec());
        line.getSubcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(spec -> spec.userObject() != null) // else it is only a name
                .forEach(Commands::describe);
        return line;
    }

    private static void describe(CommandSpec spec) {
        if (spec.userObject() instanceof SettingOptions.User command) {
            command.settingOptions().addTo(spec);
        }
        if (LOGGING.contains(spec.name())) {
            spec.addMixin("log", CommandSpec.forAnnotatedObject(new LogFormatOption()));
        }
        spec.versionProvider(new Version());
        UsageMessageSpec usage = spec.usageMessage();
        addEnvironment(usage, spec.name());
        if (spec.positionalParameters().isEmpty()) {
            usage.optionListHeading("%n");
        } else {
            usage.parameterListHeading("%n");
        }
        usage.sectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, Commands::list);
        if (usage.exitCodeList().isEmpty()) {
            Map<String, String> codes = new LinkedHashMap<>();
            codes.put("0", "done");
            codes.put("1", "failed; standard error gives the reason");
            codes.put("2", "wrong usage");
            usage.exitCodeListHeading("%nExit codes:%n");
            usage.exitCodeList(codes);
        }
    }

    /** Adds the environment variables between the options and the examples. */
    private static void addEnvironment(UsageMessageSpec usage, String name) {
        List<String> variables = Environment.help(name);
        if (!variables.isEmpty()) {
            List<String> footer = new ArrayList<>(List.of("", "Environment:"));
            footer.addAll(variables);
            footer.addAll(List.of(usage.footer()));
            usage.footer(footer.toArray(String[]::new));
        }
    }

    /** Returns the subcommands, one per line, as shown in the help of {@code shmim}. */
    private static String list(CommandLine.Help help) {
        if (help.commandSpec().userObject() instanceof ShmimCommand
                && help.subcommands().isEmpty()) {
            List<String> names = new ArrayList<>();
            for (Entry entry : ALL) {
                if (entry.kind.isListed()) {
                    names.add(entry.name);
                }
            }
            return list(names, Map.of(HELP, HELP_SUMMARY));
        }
        Map<String, String> more = new LinkedHashMap<>();
        help.subcommands()
                .forEach((name, sub) -> {
                    if (find(name).isEmpty()) {
                        more.put(name, summary(sub.commandSpec()));
                    }
                });
        return help.subcommands().isEmpty() ? "" : list(help.subcommands().keySet(), more);
    }

    /**
     * Returns a list of commands, grouped by task.
     *
     * @param more further entries with their summaries
     */
    static String list(Collection<String> names, Map<String, String> more) {
        StringBuilder text = new StringBuilder();
        for (Task task : Task.values()) {
            Map<String, String> lines = new LinkedHashMap<>();
            ALL.stream()
                    .filter(entry -> entry.task == task && names.contains(entry.name))
                    .forEach(entry -> lines.put(entry.name, entry.summary));
            if (task == Task.MORE) {
                lines.putAll(more);
            }
            if (!lines.isEmpty()) {
                text.append("\n").append(task.title).append(":\n");
                lines.forEach((name, does) -> text.append("  %-16s  %s\n".formatted(name, does)));
            }
        }
        return text.toString();
    }

    /** Returns the task under which a command is listed. */
    public static Task task(String name) {
        return find(name).map(Entry::task).orElse(Task.MORE);
    }

    /** Returns what a command does, in one sentence. */
    public static String summary(CommandSpec spec) {
        return find(spec.name())
                .map(Entry::summary)
                .orElseGet(() -> {
                    String[] header = spec.usageMessage().header();
                    String[] text = header.length > 0 ? header : spec.usageMessage().description();
                    return text.length == 0 ? "" : text[0].split("(?<=\\.) ", 2)[0];
                });
    }
}
