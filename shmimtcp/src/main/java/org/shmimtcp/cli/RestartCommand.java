package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.process.UserError;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.status.RestartRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim restart}. */
@Command(
        name = "restart",
        mixinStandardHelpOptions = true,
        description = {
            "Reconnects the transmitters, receivers and subscriptions on this machine, however they"
                    + " were started. The stream pauses for less than a second; no frame captured before the"
                    + " restart is delivered after it.",
            "",
            "A C program at the other end exits when its connection closes, and must be started"
                    + " again. Links owned by other users are skipped unless you are root."
        },
        footer = {"", "Examples:", "  shmim restart dm01disp03", "  shmim restart --end rx camtip"})
final class RestartCommand implements Callable<Integer> {
    /** Link ends check for requests once a second. */
    private static final long DEADLINE_NS = 10_000_000_000L;

    private static final long POLL_NS = 20_000_000L;

    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "STREAM",
            converter = StreamNameConverter.class,
            description = "Names of streams, as in 'shmim status'.")
    private List<String> streams = List.of();

    @Option(
            names = "--end",
            paramLabel = "tx|rx|sub",
            description = "Only transmitters, receivers or subscriptions. Default: all.")
    private @Nullable End end;

    enum End {
        TX("transmitter"),
        RX("receiver"),
        SUB("subscription");

        private final String what;

        End(String what) {
            this.what = what;
        }

        boolean is(LinkStatus link) {
            return link.kind().equals(name().toLowerCase(Locale.ROOT));
        }
    }

    RestartCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        List<LinkStatus> chosen = choose(LinkStatuses.read(context.directory()));
        Map<LinkStatus, Path> requests = new LinkedHashMap<>();
        for (LinkStatus link : chosen) {
            requests.put(link, RestartRequest.make(context.directory(), link));
        }
        long deadlineNs = Clock.monotonicNs() + DEADLINE_NS;
        for (Map.Entry<LinkStatus, Path> request : requests.entrySet()) {
            await(request.getKey(), request.getValue(), deadlineNs);
        }
        return 0;
    }

    private List<LinkStatus> choose(List<LinkStatus> all) {
        List<LinkStatus> chosen = new ArrayList<>();
        for (String stream : streams) {
            List<LinkStatus> found =
                    all.stream().filter(l -> l.stream().equals(stream) && isWanted(l)).toList();
            if (found.isEmpty()) {
                throw new UserError("no " + what() + " of '" + stream + "' runs here" + names(all));
            }
            chosen.addAll(found);
        }
        return chosen;
    }

    private boolean isWanted(LinkStatus link) {
        return end == null ? !link.publishes() : end.is(link);
    }

    private String what() {
        return end == null ? "link" : end.what;
    }

    private static String names(List<LinkStatus> all) {
        return all.isEmpty()
                ? "; there is no link at all"
                : " (links: "
                        + all.stream()
                                .filter(l -> !l.publishes())
                                .map(l -> StreamName.printable(l.stream()) + " " + l.kind())
                                .distinct()
                                .collect(Collectors.joining(", "))
                        + ")";
    }

    private void await(LinkStatus link, Path request, long deadlineNs) throws IOException {
        String name = StreamName.printable(link.stream()) + " " + link.kind();
        while (Files.exists(request, LinkOption.NOFOLLOW_LINKS)) {
            if (Clock.monotonicNs() - deadlineNs > 0) {
                Files.deleteIfExists(request);
                throw new UserError(
                        name
                                + ": its process "
                                + link.pid()
                                + " does not respond: it is stopped (kill -CONT "
                                + link.pid()
                                + ") or hung (kill -9 it and start it again)");
            }
            Backoff.sleep(POLL_NS, () -> false);
        }
        spec.commandLine().getOut().println(name + ": restarted");
    }
}
