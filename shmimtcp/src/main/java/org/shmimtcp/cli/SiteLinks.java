package org.shmimtcp.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.shmimtcp.offer.Question;
import org.shmimtcp.offer.Survey;
import org.shmimtcp.process.UserError;
import org.shmimtcp.site.Site;
import org.shmimtcp.status.Json;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.wire.LinksMessage;

/** The links of all hosts of a site, as {@code shmim status --all} shows them. */
final class SiteLinks {
    /** By stream, and for each stream from its source to its copies. */
    private static final Comparator<End> ORDER =
            Comparator.<End, String>comparing(end -> end.status().stream())
                    .thenComparing(end -> !end.status().transmits())
                    .thenComparing(End::role)
                    .thenComparingInt(end -> end.status().port());

    private final SiteSurvey<LinksMessage.Links> survey;
    private final List<End> ends = new ArrayList<>();
    private final Map<String, String> faults = new LinkedHashMap<>();

    /**
     * A link end on one of the hosts.
     *
     * @param role that of the host
     * @param nowMs time on the host's clock when it answered, Unix time
     */
    record End(String role, LinkStatus status, long nowMs) {
        boolean isSilent() {
            return status.isSilent(nowMs);
        }
    }

    private SiteLinks(SiteSurvey<LinksMessage.Links> survey, Predicate<LinkStatus> wanted) {
        this.survey = survey;
        for (Survey.Answer<LinksMessage.Links> answer : survey.answers()) {
            LinksMessage.Links links = answer.content();
            if (links == null) {
                faults.put(answer.host(), answer.fault());
                continue;
            }
            try {
                LinkStatuses.fromJson(links.json()).stream()
                        .filter(wanted)
                        .forEach(s -> ends.add(new End(answer.host(), s, links.timeMs())));
            } catch (IOException e) {
                faults.put(answer.host(), String.valueOf(e.getMessage()));
            }
        }
        ends.sort(ORDER);
    }

    /**
     * Asks all hosts of the site, at the same time.
     *
     * @throws UserError if the site offers nothing
     */
    static SiteLinks ask(Site site, Predicate<LinkStatus> wanted) {
        return new SiteLinks(SiteSurvey.ask(site, Question.LINKS), wanted);
    }

    /** True if every host answered, and all links shown, at least one, are connected. */
    boolean isWell() {
        return faults.isEmpty()
                && !ends.isEmpty()
                && ends.stream().allMatch(end -> end.status().works() && !end.isSilent());
    }

    /**
     * Prints a table.
     *
     * @param err for the hosts that did not answer
     */
    void print(PrintWriter out, PrintWriter err) {
        out.println(
                survey.site().origin()
                        + ": "
                        + (ends.size() == 1 ? "1 link end" : ends.size() + " link ends")
                        + " on "
                        + survey.describe());
        if (!ends.isEmpty()) {
            out.print(StatusTable.ofSite(ends));
        }
        out.flush();
        survey.printSilent(err);
        faults.forEach((role, fault) -> {
            if (survey.answers().stream()
                    .anyMatch(a -> a.host().equals(role) && a.content() != null)) {
                err.println(survey.site().host(role) + " answered with " + fault);
            }
        });
        err.flush();
    }

    /**
     * Returns a JSON array: for each link end what {@code shmim status --json} prints, after {@code
     * role}; for a host that did not answer, {@code role} and {@code fault}.
     */
    String json() {
        List<Map<String, Object>> lines = new ArrayList<>();
        for (End end : ends) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("role", end.role());
            line.putAll(LinkStatuses.fields(end.status()));
            lines.add(line);
        }
        faults.forEach((role, fault) -> {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("role", role);
            line.put("fault", fault);
            lines.add(line);
        });
        return Json.pretty(lines);
    }
}
