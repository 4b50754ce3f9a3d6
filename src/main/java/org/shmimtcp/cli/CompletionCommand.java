package org.shmimtcp.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code shmim completion}. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = {
            "Prints what bash and zsh need to complete commands, options and stream names with the"
                    + " Tab key."
        },
        footer = {
            "",
            "Example:",
            "  source <(shmim completion)",
            "  shmim completion > /etc/bash_completion.d/shmim"
        })
final class CompletionCommand implements Callable<Integer> {
    /** What a shell runs for the names of the streams: no JVM is started for it. */
    private static final String NAMES =
            """
            # Names of streams, for arguments that are one.
            _shmim_streams() {
              local dir
              for dir in "$MILK_SHM_DIR" /milk/shm /tmp; do
                [ -n "$dir" ] && [ -d "$dir" ] && break
              done
              ls "$dir" 2>/dev/null | sed -n 's/\\.im\\.shm$//p'
            }
            """;

    private static final String CANDIDATES = "_shmim_streams_here";

    private final Context context;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's
    private CommandSpec spec;

    CompletionCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        StringBuilder script = new StringBuilder(NAMES);
        Commands.programs(context)
                .forEach((name, line) -> {
                    withStreamNames(line.getCommandSpec());
                    line.getSubcommands()
                            .values()
                            .forEach(sub -> withStreamNames(sub.getCommandSpec()));
                    script.append(AutoComplete.bash(name, line));
                });
        // The generator knows fixed words only; this one stands for what is there now.
        var text = script.toString().replace("\"" + CANDIDATES + "\"", "$(_shmim_streams)");
        spec.commandLine().getOut().print(text);
        return 0;
    }

    /** Marks the arguments that are names of streams that are there. */
    private static void withStreamNames(CommandSpec command) {
        for (var argument : java.util.List.copyOf(command.positionalParameters())) {
            boolean isName =
                    argument.paramLabel().matches("NAME|STREAM|CHANNEL")
                            && argument.completionCandidates() == null;
            if (isName) {
                command.remove(argument);
                command.add(
                        argument.toBuilder()
                                .completionCandidates(java.util.List.of(CANDIDATES))
                                .build());
            }
        }
    }
}
