package org.shmimtcp.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.loop.LinkEnd;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.procinfo.ProcessInfo;
import org.shmimtcp.status.StatusFile;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How {@code milk-procCTRL} is to see the link ends of a process. */
final class ProcessInfoOption {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli's
    private CommandSpec spec;

    @Option(
            names = "--procinfo",
            paramLabel = "WHICH",
            description =
                    "Show to milk-procCTRL, and obey it: auto (default; in the layout that milk's"
                            + " processes have here), 4624, 4640 or 4880 (the length of the files"
                            + " proc.*.shm that milk makes), off.")
    private @Nullable String which;

    /** As the option says, or else {@code $SHMIMTCP_PROCINFO}. */
    Optional<ProcessInfo> in(ImageDirectory streams) {
        try {
            return ProcessInfo.of(value(), System.getenv(), streams);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--procinfo " + e.getMessage());
        }
    }

    String value() {
        return which != null
                ? which
                : System.getenv().getOrDefault(ProcessInfo.VARIABLE, ProcessInfo.AUTO);
    }

    /** All that looks at a link end while it runs. */
    Observer observer(ImageDirectory streams, LinkEnd end, String program, int priority) {
        Observer status = new StatusFile(streams, end);
        return in(streams)
                .map(info -> Observer.both(status, info.show(end, program, priority)))
                .orElse(status);
    }
}
