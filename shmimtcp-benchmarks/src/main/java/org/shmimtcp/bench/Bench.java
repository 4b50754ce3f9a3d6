package org.shmimtcp.bench;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.CpuLatency;
import org.shmimtcp.testing.Peer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures pairs side by side, interleaved, so that what else the machine does hits all alike. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures a pair of ours beside the C pair on this machine, frame by frame.",
            "",
            "Source and sink are C, at real-time priority where that is permitted. Latency counts"
                    + " from the moment when a frame was due at the source to the moment when a"
                    + " reader of the copy has it. Runs are"
                    + " interleaved; ratios are medians over the rounds."
        })
final class Bench implements Callable<Integer> {
    private static final int ROUNDS = 5;

    /** How often a round is measured, if the machine is taken away each time. */
    private static final int ATTEMPTS = 3;

    private static final int QUICK_FACTOR = 5;
    private static final long EXCHANGED_BYTES = 2_000_000_000L;
    private static final String WARM_UP = "100";

    @Spec private CommandSpec command;

    @Option(names = "--quick", description = "One short round of the main loads: two minutes.")
    private boolean quick;

    @Option(names = "--rounds", description = "Rounds of all pairs. Default: 5; of --quick 1.")
    private int rounds;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description =
                    "How long frames flow before a paced load is measured. Default: 5; of --quick"
                            + " 2.5. The JVM compiles for about 20.")
    private int warmUpS;

    @Option(
            names = "--load",
            paramLabel = "REGEX",
            description = "Only loads whose names match, of: 50x50-2kHz, 64x64-full, ….")
    private Pattern loads = Pattern.compile(".*");

    @Option(
            names = "--steps",
            description =
                    "With --quick, too: one more run of each load, with the time of each step of a"
                            + " frame's way.")
    private boolean steps;

    @Option(
            names = "--scale",
            description =
                    "Instead: 1, 10, 100 and 300 streams through one pair of shmim serve, and"
                            + " through as many C pairs. Six minutes.")
    private boolean scale;

    @Option(
            names = "--hz",
            paramLabel = "N",
            description = "With --scale: frames a second of each stream. Default: 20.")
    private int hz = 20;

    @Option(
            names = "--streams",
            paramLabel = "N",
            split = ",",
            description = "With --scale: how many. Default: 1,10,100,300.")
    private List<Integer> streams = List.of(1, 10, 100, 300);

    @Option(
            names = "--viewers",
            description =
                    "Instead: shmim publish with 0, 1, 10, 20 and 50 clients, beside a control"
                            + " link, and the cost of -x. Two minutes.")
    private boolean viewers;

    @Option(
            names = "--clients",
            paramLabel = "N",
            split = ",",
            description = "With --viewers: how many. Default: 0,1,10,20,50.")
    private List<Integer> clients = List.of(0, 1, 10, 20, 50);

    @Option(
            names = "--server",
            paramLabel = "COMMAND",
            description =
                    "With --viewers: this server of frames instead of shmim publish, for example"
                            + " 'milkzmqServer -p PORT -f 10 cam'. PORT is replaced by the port.")
    private @Nullable String server;

    @Option(
            names = "--hosts",
            description =
                    "Keep source and transmitter on CPU 0, receiver and sink on CPU 1, as on two"
                            + " machines.")
    private boolean hosts;

    @Option(
            names = "--ordinary",
            description = "Run source and sink at ordinary priority, as Python programs run.")
    private boolean ordinary;

    @Option(
            names = "--priority",
            paramLabel = "N",
            description =
                    "Run both ends of all pairs at this SCHED_FIFO priority, the C pair's, too; 0:"
                            + " at ordinary priority. Default: C at 0, ours at its own.")
    private @Nullable Integer priority;

    @Option(names = "--mixed", description = "Also ours with one C end.")
    private boolean mixed;

    @Option(
            names = "--other-c",
            paramLabel = "FILE",
            description =
                    "Also the C pair of another version of shmpeer.c, to check that the one of"
                            + " this project is no slower.")
    private @Nullable Path otherC;

    @Option(
            names = "--options",
            paramLabel = "'OPTIONS'",
            description =
                    "Also ours with these options at both ends, --options '--wait spin' say; may"
                            + " be given more than once.")
    private List<String> options = new ArrayList<>();

    @Option(
            names = "--cpu-latency",
            paramLabel = "US",
            description =
                    "Keep this machine's CPUs from sleeping deeply during all runs, the C pair's,"
                            + " too, as ours do during their own; 0: from sleeping at all.")
    private @Nullable Integer cpuLatencyUs;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description = "Where results go. Default: ${DEFAULT-VALUE}.")
    private Path output = Path.of("target/bench");

    public static void main(String[] args) {
        System.exit(new CommandLine(new Bench()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        if (cpuLatencyUs == null) {
            measure();
        } else {
            try (CpuLatency _ = CpuLatency.request(CpuLatency.DEVICE, cpuLatencyUs)) {
                measure();
            }
        }
        return 0;
    }

    private void measure() throws IOException {
        PrintStream out = System.out;
        out.println(Machine.describe());
        out.println(Machine.conditions());
        out.println(Machine.startUp());
        if (scale) {
            Scale.run(streams, hz, output, out);
            return;
        }
        if (viewers) {
            Viewers.run(clients, server, out);
            return;
        }
        Pattern main =
                Pattern.compile("50x50-2kHz(-6000kw)?|120x120.*|1024x1024.*|64x64-full|1MB.*");
        List<Load> chosen =
                Load.all().stream()
                        .filter(l -> loads.matcher(l.name()).find())
                        .filter(l -> !quick || main.matcher(l.name()).matches())
                        .map(l -> quick ? l.shortened(QUICK_FACTOR) : l)
                        .map(l -> warmUpS > 0 ? l.warmedUpFor(warmUpS) : l)
                        .toList();
        if (chosen.isEmpty()) {
            throw new ParameterException(
                    command.commandLine(),
                    "--load: none of these matches '"
                            + loads
                            + "': "
                            + Load.all().stream().map(Load::name).collect(joining(", ")));
        }
        int most = rounds > 0 ? rounds : quick ? 1 : ROUNDS;
        List<Pair> pairs = pairs();
        Conditions conditions = new Conditions(hosts, ordinary, priority);
        Report report = new Report(pairs);
        for (Load load : chosen) {
            out.println(Report.heading(load));
            for (int round = 1; round <= most; round++) {
                round(load, round, pairs, conditions, report);
            }
            if (steps || !quick) {
                for (Pair pair : pairs) {
                    if (pair.isOurs()) {
                        Run run = Run.withSteps(load, pair, conditions);
                        run.go(most + 1);
                        LatencyBreakdown breakdown = Objects.requireNonNull(run.breakdown());
                        report.add(breakdown);
                        breakdown.lines().forEach(out::println);
                    }
                }
            }
            Report.Floor floor = floor(load);
            report.add(floor);
            out.println(Report.line(floor));
            report.ratios(load).forEach(out::println);
        }
        out.println();
        report.table().forEach(out::println);
        out.println("results: " + report.save(output));
    }

    /**
     * Measures all pairs once, and again if the machine was taken away meanwhile. The last attempt
     * counts in any case.
     */
    private static void round(
            Load load, int round, List<Pair> pairs, Conditions conditions, Report report)
            throws IOException {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            Map<Result, Histogram> measured = new LinkedHashMap<>();
            boolean disturbed = false;
            for (Pair pair : pairs) {
                if (!pair.isLink() && load.lockStep()) {
                    continue;
                }
                Run run = new Run(load, pair, conditions);
                Result result = run.go(round);
                measured.put(result, run.latenciesUs());
                boolean floor = !pair.isLink() && load.hz() > 0;
                disturbed |= result.isDisturbed(floor && conditions.lossesTellDisturbance());
                System.out.println(Report.line(result));
            }
            if (!disturbed || attempt == ATTEMPTS) {
                measured.forEach(report::add);
                return;
            }
            System.out.println("  the machine was taken away: the round is repeated");
        }
    }

    private static Report.Floor floor(Load load) {
        String count = Long.toString(Math.clamp(EXCHANGED_BYTES / load.frameBytes(), 100, 5000));
        String bytes = Long.toString(load.frameBytes());
        String printed = Peer.run(Path.of("/dev/shm"), "exchange", bytes, count, WARM_UP);
        Map<String, String> fields = Peer.fields(printed);
        return new Report.Floor(
                load.name(),
                Double.parseDouble(fields.get("MB/s")),
                Double.parseDouble(fields.getOrDefault("p50", "").replace("us", "")),
                Double.parseDouble(fields.getOrDefault("p99", "").replace("us", "")));
    }

    private List<Pair> pairs() {
        List<Pair> pairs = new ArrayList<>();
        pairs.add(Pair.NO_LINK);
        pairs.add(Pair.C);
        pairs.add(Pair.ours(List.of()));
        options.forEach(o -> pairs.add(Pair.ours(List.of(o.strip().split("\\s+")))));
        if (otherC != null) {
            pairs.add(Pair.otherC(otherC));
        }
        if (mixed) {
            pairs.add(Pair.mixed(End.OURS, End.C));
            pairs.add(Pair.mixed(End.C, End.OURS));
        }
        return pairs;
    }
}
