package org.shmimtcp.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim status}. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Shows every transmitter, receiver, subscription and publisher on this machine: state"
                    + " and its start, rates, skipped frames, frame age on arrival, last error.",
            "",
            "Below a publisher, it lists its clients with their streams and rates, the fastest 50."
                    + " A publisher that listens counts as connected, even without clients.",
            "",
            "Each writes its state once a second to DIRECTORY/.shmimtcp, beside the streams.",
            "",
            "With --all, shows the transmitters, receivers and subscriptions of all hosts of the"
                    + " site's file, for the streams that the hosts offer ([offer]). All hosts are"
                    + " asked at the same time; one that does not answer within 1.5 s is named"
                    + " after the others' links. In the JSON array, each object begins with the"
                    + " host's role; that of a host without an answer has its fault."
        },
        footer = {
            "",
            "Examples:",
            "  shmim status",
            "  shmim status dm01disp03 --json",
            "  shmim status --all camwfs"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all links shown are connected",
            "1:a link is not connected, or there is none; with --all, a host did not answer",
            "2:wrong usage"
        })
final class StatusCommand implements Callable<Integer> {
    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "STREAM",
            converter = StreamNameConverter.class,
            description = "Show only links of these streams, and publishers with clients of them.")
    private List<String> streams = new ArrayList<>();

    @Option(names = "--all", description = "Show the links of all hosts of the site.")
    private boolean all;

    @Option(names = "--json", description = "Print a JSON array with one object for each.")
    private boolean json;

    StatusCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        return all ? callSite() : callHere();
    }

    private boolean isWanted(LinkStatus link) {
        return streams.isEmpty() || streams.stream().anyMatch(link::concerns);
    }

    private int callHere() throws IOException {
        List<LinkStatus> links =
                LinkStatuses.read(context.directory()).stream().filter(this::isWanted).toList();
        PrintWriter out = spec.commandLine().getOut();
        long nowMs = System.currentTimeMillis();
        if (json) {
            out.println(LinkStatuses.toJson(links));
        } else if (links.isEmpty()) {
            out.println("no link runs on the streams in " + context.directory().path());
        } else {
            out.print(StatusTable.of(links, nowMs));
        }
        boolean well = links.stream().allMatch(s -> s.works() && !s.isSilent(nowMs));
        return !links.isEmpty() && well ? 0 : Failures.FAILED;
    }

    private int callSite() {
        SiteLinks links = SiteLinks.ask(SiteFile.read(System.getenv()), this::isWanted);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(links.json());
        } else {
            links.print(out, spec.commandLine().getErr());
        }
        return links.isWell() ? 0 : Failures.FAILED;
    }
}
