package org.shmimtcp.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.StreamName;
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
            "Shows every transmitter and receiver that runs on this machine: state and since when,"
                    + " rates, skipped frames, age of the frames on arrival, last error.",
            "",
            "They say it themselves once a second, in DIRECTORY/.shmimtcp beside the streams."
        },
        footer = {"", "Examples:", "  shmim status", "  shmim status dm01disp03 --json"},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all that are shown are connected",
            "1:one is not, or there is none",
            "2:wrong usage"
        })
final class StatusCommand implements Callable<Integer> {
    private final Context context;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "STREAM", description = "Only of these streams.")
    private List<String> streams = new ArrayList<>();

    @Option(names = "--json", description = "Print a JSON array, an object for each.")
    private boolean json;

    StatusCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        List<LinkStatus> links =
                LinkStatuses.read(context.directory()).stream()
                        .filter(s -> streams.isEmpty() || streams.contains(s.stream()))
                        .toList();
        PrintWriter out = spec.commandLine().getOut();
        long nowMs = System.currentTimeMillis();
        if (json) {
            out.println(LinkStatuses.toJson(links));
        } else if (links.isEmpty()) {
            out.println("no link runs on the streams in " + context.directory().path());
        } else {
            out.print(table(links, nowMs));
        }
        boolean well = links.stream().allMatch(s -> s.works() && !s.isSilent(nowMs));
        return !links.isEmpty() && well ? 0 : Failures.FAILED;
    }

    /** A line for each, after the headings. */
    static Table table(List<LinkStatus> links, long nowMs) {
        Table table =
                new Table(
                        "STREAM",
                        "END",
                        "PEER",
                        "STATE",
                        ">SINCE",
                        ">IN",
                        ">OUT",
                        ">MB/s",
                        ">SKIPPED",
                        ">AGE p50",
                        ">p99",
                        "LAST ERROR");
        for (LinkStatus s : links) {
            String state = s.isSilent(nowMs) ? "hangs (was " + s.state() + ")" : s.state();
            table.row(
                    StreamName.printable(s.stream()),
                    s.kind(),
                    peer(s),
                    StreamName.printable(state),
                    Humane.duration(Math.max(0, nowMs - s.sinceMs()) / 1e3),
                    Humane.rate(s.inPerS()),
                    Humane.rate(s.outPerS()),
                    String.format(Locale.ROOT, "%.1f", s.megabytesPerS()),
                    Long.toString(s.skipped()),
                    age(s.ageP50Us()),
                    age(s.ageP99Us()),
                    error(s, nowMs));
        }
        return table;
    }

    private static String peer(LinkStatus s) {
        String peer = s.peer();
        return peer == null ? "port " + s.port() : StreamName.printable(peer);
    }

    private static String age(@Nullable Double us) {
        return us == null ? "-" : Humane.duration(Math.max(0, us) / 1e6);
    }

    private static String error(LinkStatus s, long nowMs) {
        String error = s.lastError();
        return error == null
                ? "-"
                : StreamName.printable(error)
                        + " ("
                        + Humane.duration(Math.max(0, nowMs - s.lastErrorMs()) / 1e3)
                        + " ago)";
    }
}
