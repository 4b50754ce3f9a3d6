package org.shmimtcp.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * The list of all commands, and how they are set up alike.
 *
 * <p>A command is built when it is needed: reading the annotations of all of them would be half of
 * what a start costs.
 */
final class Commands {
    /**
     * @param name what users type
     * @param make builds the annotated object
     * @param kind where the command is known
     */
    private record Entry(String name, Function<Context, Object> make, Kind kind) {}

    private enum Kind {
        /** A subcommand of {@code shmim}. */
        SUBCOMMAND,
        /**
         * A subcommand that is also a program of its own: its help and messages say only its name.
         */
        PROGRAM,
        /** Known at the prompt only, for those who know it from the prompt of cacao. */
        PROMPT
    }

    private static final List<Entry> ALL =
            List.of(
                    new Entry("shmimTCPtransmit", TransmitCommand::new, Kind.PROGRAM),
                    new Entry("shmimTCPreceive", ReceiveCommand::new, Kind.PROGRAM),
                    new Entry("dmdispbridge", DmDispBridgeCommand::new, Kind.PROGRAM),
                    new Entry("mk2Dim", Mk2DimCommand::new, Kind.PROGRAM),
                    new Entry("create", CreateCommand::new, Kind.SUBCOMMAND),
                    new Entry("ls", ListCommand::new, Kind.SUBCOMMAND),
                    new Entry("info", InfoCommand::new, Kind.SUBCOMMAND),
                    new Entry("watch", WatchCommand::new, Kind.SUBCOMMAND),
                    new Entry("write", WriteCommand::new, Kind.SUBCOMMAND),
                    new Entry("save", SaveCommand::new, Kind.SUBCOMMAND),
                    new Entry("load", LoadCommand::new, Kind.SUBCOMMAND),
                    new Entry("record", RecordCommand::new, Kind.SUBCOMMAND),
                    new Entry("replay", ReplayCommand::new, Kind.SUBCOMMAND),
                    new Entry("recover", RecoverCommand::new, Kind.SUBCOMMAND),
                    new Entry("plot", PlotCommand::new, Kind.SUBCOMMAND),
                    new Entry("rm", RemoveCommand::new, Kind.SUBCOMMAND),
                    new Entry("status", StatusCommand::new, Kind.SUBCOMMAND),
                    new Entry("restart", RestartCommand::new, Kind.SUBCOMMAND),
                    new Entry("top", TopCommand::new, Kind.SUBCOMMAND),
                    new Entry("web", WebCommand::new, Kind.SUBCOMMAND),
                    new Entry("serve", ServeCommand::new, Kind.SUBCOMMAND),
                    new Entry("service", ServiceCommand::new, Kind.SUBCOMMAND),
                    new Entry("bridge", BridgeCommand::new, Kind.SUBCOMMAND),
                    new Entry("completion", CompletionCommand::new, Kind.SUBCOMMAND),
                    new Entry("demo", DemoCommand::new, Kind.SUBCOMMAND),
                    new Entry("listim", ListCommand::new, Kind.PROMPT),
                    new Entry("readshmim", ReadShmimCommand::new, Kind.PROMPT));

    private static final String UMBRELLA = "shmim";

    /** Those that run for a while and say what happens. */
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
                    "serve");

    private Commands() {}

    /** The command line for those arguments; the first one may be the command's name. */
    static CommandLine forArguments(List<String> arguments, Context context) {
        Optional<Entry> named =
                arguments.stream()
                        .findFirst()
                        .flatMap(Commands::find)
                        .filter(e -> e.kind != Kind.PROMPT);
        if (named.isPresent() && named.get().kind == Kind.PROGRAM) {
            return alone(named.get(), context);
        }
        CommandLine umbrella = new CommandLine(new ShmimCommand(context));
        List<Entry> subcommands = named.map(List::of).orElse(ALL);
        for (Entry entry : subcommands) {
            if (entry.kind != Kind.PROMPT) {
                umbrella.addSubcommand(entry.name, entry.make.apply(context));
            }
        }
        umbrella.addSubcommand(new CommandLine.HelpCommand());
        return configure(umbrella);
    }

    /** True if the name, given first, stands for the program and is no argument of it. */
    static boolean isProgram(String name) {
        return find(name).filter(e -> e.kind == Kind.PROGRAM).isPresent();
    }

    /** How a process that was started with these arguments is to be called. */
    static String processName(String... arguments) {
        if (arguments.length == 0 || find(arguments[0]).isEmpty()) {
            return UMBRELLA;
        }
        return isProgram(arguments[0]) ? arguments[0] : UMBRELLA + " " + arguments[0];
    }

    /** A command as the prompt runs it: under its own name, without {@code shmim} before it. */
    static Optional<CommandLine> forPrompt(String name, Context context) {
        return find(name).map(entry -> alone(entry, context));
    }

    /** All that the prompt knows, in the order of its help. */
    static List<String> promptNames() {
        return ALL.stream().map(Entry::name).toList();
    }

    /** All programs, the umbrella with all its commands first. */
    static Map<String, CommandLine> programs(Context context) {
        Map<String, CommandLine> programs = new LinkedHashMap<>();
        programs.put(UMBRELLA, forArguments(List.of(), context));
        ALL.stream()
                .filter(entry -> entry.kind == Kind.PROGRAM)
                .forEach(entry -> programs.put(entry.name, alone(entry, context)));
        return programs;
    }

    private static Optional<Entry> find(String name) {
        return ALL.stream().filter(entry -> entry.name.equals(name)).findFirst();
    }

    private static CommandLine alone(Entry entry, Context context) {
        return configure(new CommandLine(entry.make.apply(context)).setCommandName(entry.name));
    }

    /** What all commands have in common, subcommands included. */
    private static CommandLine configure(CommandLine line) {
        Failures failures = new Failures();
        line.setExpandAtFiles(false); // "@S:name" is a name
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(failures);
        line.setExecutionExceptionHandler(failures);
        describe(line.getCommandSpec());
        line.getSubcommands().values().forEach(sub -> describe(sub.getCommandSpec()));
        return line;
    }

    private static void describe(CommandSpec spec) {
        if (LOGGING.contains(spec.name())) {
            spec.addMixin("log", CommandSpec.forAnnotatedObject(new LogFormatOption()));
        }
        spec.versionProvider(new Version());
        UsageMessageSpec usage = spec.usageMessage();
        if (spec.positionalParameters().isEmpty()) {
            usage.optionListHeading("%n");
        } else {
            usage.parameterListHeading("%n");
        }
        usage.sectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, Commands::list);
        if (usage.exitCodeList().isEmpty()) {
            Map<String, String> codes = new LinkedHashMap<>();
            codes.put("0", "done");
            codes.put("1", "failed; a line on standard error says why");
            codes.put("2", "wrong usage");
            usage.exitCodeListHeading("%nExit codes:%n");
            usage.exitCodeList(codes);
        }
    }

    /** The subcommands, one a line, as the umbrella's help shows them. */
    private static String list(CommandLine.Help help) {
        Table table = new Table();
        help.subcommands()
                .forEach((name, sub) -> table.row("  " + name, summary(sub.commandSpec())));
        return table.toString();
    }

    /** What a command does: its header, or the first sentence of its description. */
    static String summary(CommandSpec spec) {
        String[] header = spec.usageMessage().header();
        String[] text = header.length > 0 ? header : spec.usageMessage().description();
        return text.length == 0 ? "" : text[0].split("(?<=\\.) ", 2)[0];
    }
}
