package org.shmimtcp.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.offer.Question;
import org.shmimtcp.offer.Survey;
import org.shmimtcp.process.UserError;
import org.shmimtcp.site.Site;
import org.shmimtcp.status.Json;
import org.shmimtcp.table.Humane;
import org.shmimtcp.table.Table;
import org.shmimtcp.wire.Catalogue;

/** The streams that the hosts of a site offer, as {@code shmim ls --all} shows them. */
final class SiteStreams {
    private final Site site;
    private final SiteSurvey<Catalogue> survey;

    private SiteStreams(SiteSurvey<Catalogue> survey) {
        this.site = survey.site();
        this.survey = survey;
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
        return new SiteStreams(SiteSurvey.ask(site, Question.CATALOGUE));
    }

    /** True if every host answered. */
    boolean isComplete() {
        return survey.isComplete();
    }

    /**
     * Prints a table of the streams whose names match.
     *
     * @param err for the hosts that did not answer
     */
    void print(Predicate<String> names, PrintWriter out, PrintWriter err) {
        Table table = new Table("HOST", "NAME", ">SIZE", "TYPE", ">RATE", ">AGE", ">CNT0");
        int shown = 0;
        for (Survey.Answer<Catalogue> answer : survey.answers()) {
            for (Catalogue.Stream stream : streams(answer, names)) {
                shown++;
                addRow(table, answer.host(), stream);
            }
        }
        out.println(site.origin() + ": " + ListCommand.count(shown) + " on " + survey.describe());
        if (shown > 0) {
            out.print(table);
        }
        out.flush();
        survey.printSilent(err);
        for (Survey.Answer<Catalogue> answer : survey.answers()) {
            Catalogue catalogue = answer.content();
            if (catalogue != null && catalogue.offered() > catalogue.streams().size()) {
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

    private static List<Catalogue.Stream> streams(
            Survey.Answer<Catalogue> answer, Predicate<String> names) {
        Catalogue catalogue = answer.content();
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
        for (Survey.Answer<Catalogue> answer : survey.answers()) {
            if (answer.content() == null) {
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
