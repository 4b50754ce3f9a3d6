package org.shmimtcp.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.offer.OfferSettings;
import org.shmimtcp.offer.Survey;
import org.shmimtcp.process.UserError;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Site;
import org.shmimtcp.status.Json;
import org.shmimtcp.table.Humane;
import org.shmimtcp.table.Table;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.wire.Catalogue;

/** The streams that the hosts of a site offer, as {@code shmim ls --all} shows them. */
final class SiteStreams {
    private final Site site;
    private final List<Survey.Answer> answers;

    private SiteStreams(Site site, List<Survey.Answer> answers) {
        this.site = site;
        this.answers = answers;
    }

    /**
     * A line of {@code --json}: a stream, or a host that did not answer. Null fields are omitted.
     *
     * @param host its role
     * @param fault why it has no stream, or the stream cannot be used
     */
    record Line(
            String host,
            @Nullable String name,
            @Nullable String size,
            @Nullable String type,
            @Nullable Double rateHz,
            @Nullable Double ageS,
            @Nullable Long cnt0,
            @Nullable String fault) {}

    /**
     * Asks all hosts of the site, at the same time.
     *
     * @throws UserError if the site offers nothing
     */
    static SiteStreams ask(Site site) {
        OfferSettings offer = site.offer();
        if (offer.isNothing()) {
            throw new UserError(
                    site.origin()
                            + " offers no streams: add [offer] with 'streams', as in streams ="
                            + " [\"*\"]");
        }
        Map<String, Endpoint> machines = new LinkedHashMap<>();
        site.hosts().values().stream()
                .sorted(java.util.Comparator.comparing(Host::role))
                .forEach(host ->
                        machines.put(host.role(), new Endpoint(host.address(), offer.port())));
        return new SiteStreams(site, Survey.ask(machines, offer.loadTls(), Survey.TIMEOUT_NS));
    }

    /** True if every host answered. */
    boolean isComplete() {
        return answers.stream().allMatch(answer -> answer.catalogue() != null);
    }

    /**
     * Prints a table of the streams whose names match.
     *
     * @param err for the hosts that did not answer
     */
    void print(Predicate<String> names, PrintWriter out, PrintWriter err) {
        Table table = new Table("HOST", "NAME", ">SIZE", "TYPE", ">RATE", ">AGE", ">CNT0");
        int shown = 0;
        for (Survey.Answer answer : answers) {
            for (Catalogue.Stream stream : streams(answer, names)) {
                shown++;
                addRow(table, answer.host(), stream);
            }
        }
        long answered = answers.stream().filter(answer -> answer.catalogue() != null).count();
        out.println(
                site.origin()
                        + ": "
                        + ListCommand.count(shown)
                        + " on "
                        + answered
                        + " of "
                        + (answers.size() == 1 ? "1 host" : answers.size() + " hosts"));
        if (shown > 0) {
            out.print(table);
        }
        out.flush();
        for (Survey.Answer answer : answers) {
            Catalogue catalogue = answer.catalogue();
            if (catalogue == null) {
                err.println(silence(answer));
            } else if (catalogue.offered() > catalogue.streams().size()) {
                err.println(
                        site.host(answer.host())
                                + " offers "
                                + catalogue.offered()
                                + " streams; only the first "
                                + catalogue.streams().size()
                                + " are shown");
            }
        }
        err.flush();
    }

    private String silence(Survey.Answer answer) {
        return site.host(answer.host())
                + " did not answer at "
                + answer.where()
                + ": "
                + answer.fault()
                + "; does 'shmim serve' run there?";
    }

    private static List<Catalogue.Stream> streams(Survey.Answer answer, Predicate<String> names) {
        Catalogue catalogue = answer.catalogue();
        return catalogue == null
                ? List.of()
                : catalogue.streams().stream().filter(s -> names.test(s.name())).toList();
    }

    private static void addRow(Table table, String host, Catalogue.Stream stream) {
        String name = StreamName.printable(stream.name());
        Catalogue.Form form = stream.form();
        if (form == null) {
            table.row(host, name, "- cannot be used there; run 'shmim ls' on that host");
            return;
        }
        table.row(
                host,
                name,
                form.shape().toString(),
                form.type().letters(),
                Double.isNaN(stream.rateHz()) ? "-" : Humane.rate(stream.rateHz()),
                age(stream),
                Long.toString(stream.cnt0()));
    }

    private static String age(Catalogue.Stream stream) {
        if (stream.ageNs() != Catalogue.Stream.UNKNOWN_AGE) {
            return Humane.duration(stream.ageNs() / 1e9);
        }
        return stream.cnt0() == 0 ? "never" : "-";
    }

    /** Returns a JSON array of {@link Line}s. */
    String json(Predicate<String> names) {
        List<Line> lines = new ArrayList<>();
        for (Survey.Answer answer : answers) {
            if (answer.catalogue() == null) {
                lines.add(
                        new Line(
                                answer.host(), null, null, null, null, null, null, answer.fault()));
            }
            streams(answer, names).forEach(stream -> lines.add(line(answer.host(), stream)));
        }
        return Json.pretty(lines);
    }

    private static Line line(String host, Catalogue.Stream stream) {
        Catalogue.Form form = stream.form();
        if (form == null) {
            return new Line(
                    host, stream.name(), null, null, null, null, null, "cannot be used there");
        }
        return new Line(
                host,
                stream.name(),
                form.shape().toString(),
                form.type().letters(),
                Double.isNaN(stream.rateHz()) ? null : stream.rateHz(),
                stream.ageNs() == Catalogue.Stream.UNKNOWN_AGE ? null : stream.ageNs() / 1e9,
                stream.cnt0(),
                null);
    }
}
