package org.shmimtcp.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.shmimtcp.process.UserError;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim unwant}. */
@Command(
        name = "unwant",
        mixinStandardHelpOptions = true,
        description = {
            "Ends what 'shmim want' started. The copies stay as they are: 'shmim rm' removes them."
        },
        footer = {"", "Example:", "  shmim unwant camwfs"})
final class UnwantCommand implements Callable<Integer> {
    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description = "Names of copies, as in 'shmim status'.")
    private List<String> names = List.of();

    UnwantCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        boolean all = true;
        for (String name : names) {
            all &= new WantInTmux(name, context, spec.commandLine().getOut()).end() || report(name);
        }
        return all ? 0 : Failures.FAILED;
    }

    /** Says why nothing was ended. Returns false. */
    private boolean report(String name) throws IOException {
        Optional<LinkStatus> elsewhere =
                LinkStatuses.read(context.directory()).stream()
                        .filter(link -> link.wants() && link.stream().equals(name))
                        .findFirst();
        if (elsewhere.isPresent()) {
            throw new UserError(
                    "process "
                            + elsewhere.get().pid()
                            + " keeps the copy '"
                            + name
                            + "', and is in no tmux session of yours: end it there");
        }
        spec.commandLine().getOut().println("no 'shmim want' keeps a copy '" + name + "' here");
        return false;
    }
}
