package org.shmimtcp.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.process.UserError;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.status.FrameRate;
import org.shmimtcp.status.ImageMappings;
import org.shmimtcp.status.ImageUsers;
import org.shmimtcp.status.Json;
import org.shmimtcp.status.ProcessName;
import org.shmimtcp.status.StreamStatus;
import org.shmimtcp.status.StreamStatuses;
import org.shmimtcp.table.Humane;
import org.shmimtcp.table.ImageTime;
import org.shmimtcp.table.Table;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/** {@code shmim ls}. */
final class ListCommand implements Callable<Integer>, Modelled {
    private final Context context;
    private final CommandSpec spec;
    private final PositionalParamSpec patternArgument;
    private final OptionSpec sampleOption =
            OptionSpec.builder("-s", "--sample")
                    .type(double.class)
                    .paramLabel("SECONDS")
                    .description("Time to count frames for. Default: ${DEFAULT-VALUE}.")
                    .defaultValue("0.5")
                    .build();
    private final OptionSpec allOption =
            Modelled.flag(
                    "List what all hosts of the site offer. --sample has no effect.", "--all");
    private final OptionSpec jsonOption =
            Modelled.flag("Print a JSON array with one object for each.", "--json");

    ListCommand(Context context) {
        this.context = context;
        patternArgument =
                PositionalParamSpec.builder()
                        .index("0")
                        .arity("0..1")
                        .type(String.class)
                        .paramLabel("PATTERN")
                        .converters(new StreamNameConverter(context))
                        .description(
                                "Names of streams; * and ? are wildcards (quote them). Default:"
                                        + " all.")
                        .build();
        spec = CommandSpec.wrapWithoutInspection(this).name("ls");
        spec.addPositional(patternArgument)
                .addOption(sampleOption)
                .addOption(allOption)
                .addOption(jsonOption);
        Modelled.addHelp(spec);
        Map<String, String> codes = new LinkedHashMap<>();
        codes.put("0", "the streams are listed");
        codes.put("1", "the streams cannot be read; with --all, a host did not answer");
        codes.put("2", "wrong usage");
        spec.usageMessage()
                .description(
                        "Lists the streams of this machine with their properties and users.",
                        "",
                        "For each stream: size, type, frames per second, time since the last write,"
                                + " cnt0, and the running processes that write it or wait for it."
                                + " An unusable stream is listed with the reason.",
                        "",
                        "The rate is the change of cnt0 in half a second (--sample). Processes are"
                                + " found by their entries in the stream: a process that polls the"
                                + " counter is not listed.",
                        "",
                        "With --all, lists the streams that the hosts of the site's file offer"
                                + " ([offer]). All hosts are asked at the same time; one that does"
                                + " not answer within 1.5 s is named after the others' streams.")
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(codes)
                .footer(
                        "",
                        "Examples:",
                        "  shmim ls",
                        "  shmim ls 'dm01*' --sample 2",
                        "  shmim ls --json",
                        "  shmim ls --all 'cam*'");
    }

    @Override
    public CommandSpec model() {
        return spec;
    }

    /** A stream that can be read, as it was when it was opened. */
    private record Sample(Image image, FrameRate rate, Instant written, long timeNs) {}

    /**
     * A row of the list.
     *
     * @param sample null if the stream cannot be read
     * @param fault why it cannot be read; empty if it can
     */
    private record Entry(String name, @Nullable Sample sample, String fault) {}

    @Override
    public Integer call() {
        double sampleSeconds = sampleOption.<Double>getValue();
        @Nullable String pattern = patternArgument.getValue();
        if (!(sampleSeconds >= 0 && sampleSeconds <= 3600)) {
            throw new ParameterException(spec.commandLine(), "--sample must be 0 to 3600 seconds");
        }
        if (Modelled.isGiven(allOption)) {
            return listSite(pattern);
        }
        ImageDirectory directory = context.directory();
        List<String> all = directory.names();
        List<String> names = pattern == null ? all : matching(all, pattern);
        if (Modelled.isGiven(jsonOption)) {
            listJson(directory, new HashSet<>(names), sampleSeconds);
            return 0;
        }
        if (names.isEmpty() && pattern != null) {
            throw new UserError(
                    "no stream matches '"
                            + pattern
                            + "' in "
                            + directory.path()
                            + " ("
                            + count(all.size())
                            + " there)");
        }
        PrintWriter out = spec.commandLine().getOut();
        String of = names.size() == all.size() ? "" : " of " + all.size();
        out.println(directory.path() + ": " + count(names.size()) + of);
        if (!names.isEmpty()) {
            list(directory, names, sampleSeconds, out);
        }
        return 0;
    }

    private int listSite(@Nullable String pattern) {
        SiteStreams streams = SiteStreams.ask(SiteFile.read(System.getenv()));
        PathMatcher matcher = pattern == null ? null : matcher(pattern);
        Predicate<String> names = name -> matcher == null || matches(matcher, name);
        PrintWriter out = spec.commandLine().getOut();
        if (Modelled.isGiven(jsonOption)) {
            out.println(streams.json(names));
        } else {
            streams.print(names, out, spec.commandLine().getErr());
        }
        return streams.isComplete() ? 0 : Failures.FAILED;
    }

    private void listJson(ImageDirectory directory, Set<String> names, double sampleSeconds) {
        try (StreamStatuses statuses = new StreamStatuses(directory)) {
            statuses.poll();
            pause(sampleSeconds);
            List<StreamStatus> found =
                    statuses.poll().stream().filter(s -> names.contains(s.name())).toList();
            spec.commandLine().getOut().println(Json.pretty(found));
        }
    }

    static String count(int streams) {
        return streams == 1 ? "1 stream" : streams + " streams";
    }

    private static PathMatcher matcher(String pattern) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        } catch (java.util.regex.PatternSyntaxException e) {
            throw new UserError("pattern '" + pattern + "': " + e.getDescription(), e);
        }
    }

    private static List<String> matching(List<String> names, String pattern) {
        PathMatcher matcher = matcher(pattern);
        return names.stream().filter(name -> matches(matcher, name)).toList();
    }

    private static boolean matches(PathMatcher matcher, String name) {
        try {
            return matcher.matches(Path.of(name));
        } catch (InvalidPathException inThisLocale) {
            return false;
        }
    }

    private static void list(
            ImageDirectory directory, List<String> names, double sampleSeconds, PrintWriter out) {
        List<Entry> entries = new ArrayList<>();
        try {
            names.forEach(name -> entries.add(open(directory, name)));
            pause(sampleSeconds);
            Table table =
                    new Table("NAME", ">SIZE", "TYPE", ">RATE", ">AGE", ">CNT0", "WRITES", "WAITS");
            ImageMappings mappings = new ImageMappings();
            entries.forEach(entry -> describe(directory, entry, mappings, table));
            out.print(table);
        } finally {
            for (Entry entry : entries) {
                if (entry.sample != null) {
                    entry.sample.image.close();
                }
            }
        }
    }

    private static void pause(double sampleSeconds) {
        try {
            Thread.sleep((long) (1000 * sampleSeconds));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Entry open(ImageDirectory directory, String name) {
        try {
            Image image = Image.openToLook(directory, name);
            try {
                long nowNs = Clock.monotonicNs();
                var rate = new FrameRate(image, 0, nowNs);
                return new Entry(name, new Sample(image, rate, image.written(), nowNs), "");
            } catch (ImageException.Truncated cut) {
                image.close();
                throw cut;
            }
        } catch (ImageException unusable) {
            String origin = "stream '" + name + "' in " + directory.path() + " ";
            String fault = String.valueOf(unusable.getMessage());
            fault = fault.startsWith(origin) ? fault.substring(origin.length()) : fault;
            return new Entry(name, null, fault);
        }
    }

    private static void describe(
            ImageDirectory directory, Entry entry, ImageMappings mappings, Table table) {
        String shown = shownName(directory, entry.name);
        Sample sample = entry.sample;
        if (sample == null) {
            table.row(shown, "- " + entry.fault);
            return;
        }
        try {
            Image image = sample.image;
            ImageUsers users = ImageUsers.of(image, mappings);
            FrameRate rate = sample.rate;
            long before = rate.cnt0();
            rate.update(Clock.monotonicNs());
            table.row(
                    shown,
                    image.spec().shape().toString(),
                    image.spec().type().letters(),
                    Double.isNaN(rate.hz()) ? "restarted" : Humane.rate(rate.hz()),
                    age(sample, before, image.written(), rate.cnt0()),
                    Long.toString(rate.cnt0()),
                    orNobody(users.writers()),
                    orNobody(users.readers()));
        } catch (ImageException.Truncated cut) {
            table.row(shown, "- was truncated just now");
        }
    }

    /**
     * Returns the age; "-" if the stamp cannot be that of the newest frame, because not all writers
     * set it.
     */
    private static String age(Sample sample, long before, Instant written, long cnt0) {
        ImageTime time = ImageTime.of(written);
        long sampledNs = Clock.monotonicNs() - sample.timeNs;
        boolean came = cnt0 != before;
        boolean notOfThisFrame =
                came && (written.equals(sample.written) || !time.isWithin(sampledNs));
        boolean unset = cnt0 != 0 && !time.isSet();
        return notOfThisFrame || unset ? "-" : time.age();
    }

    private static String orNobody(List<ProcessName> processes) {
        return processes.isEmpty() ? "-" : ProcessName.join(processes);
    }

    /** Returns the name, or {@code alias -> target} for an alias. */
    static String shownName(ImageDirectory directory, String name) {
        String shown = StreamName.printable(name);
        try {
            Path file = directory.path().resolve(name + ImageDirectory.SUFFIX);
            if (!Files.isSymbolicLink(file)) {
                return shown;
            }
            String target = Files.readSymbolicLink(file).toString();
            target = removeSuffix(target);
            boolean here = Path.of(target).getParent() == null;
            boolean sameDirectory = directory.path().equals(Path.of(target).getParent());
            Path end = Path.of(target).getFileName();
            String named = here || sameDirectory ? String.valueOf(end) : target;
            return shown + " -> " + StreamName.printable(named);
        } catch (IOException | InvalidPathException goneOrUnreadable) {
            return shown;
        }
    }

    private static String removeSuffix(String file) {
        String suffix = ImageDirectory.SUFFIX;
        return file.endsWith(suffix) ? file.substring(0, file.length() - suffix.length()) : file;
    }
}
