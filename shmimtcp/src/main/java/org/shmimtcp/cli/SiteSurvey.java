package org.shmimtcp.cli;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shmimtcp.offer.OfferSettings;
import org.shmimtcp.offer.Question;
import org.shmimtcp.offer.Survey;
import org.shmimtcp.process.UserError;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Site;
import org.shmimtcp.transport.Endpoint;

/** What all hosts of a site answered to a question. */
record SiteSurvey<T>(Site site, List<Survey.Answer<T>> answers) {
    /**
     * Asks all hosts of the site, at the same time.
     *
     * @throws UserError if the site offers nothing
     */
    static <T> SiteSurvey<T> ask(Site site, Question<T> question) {
        OfferSettings offer = site.offer();
        if (offer.isNothing()) {
            throw new UserError(
                    site.origin()
                            + " offers no streams: add [offer] with 'streams', as in streams ="
                            + " [\"*\"]");
        }
        Map<String, Endpoint> machines = new LinkedHashMap<>();
        site.hosts().values().stream()
                .sorted(Comparator.comparing(Host::role))
                .forEach(host ->
                        machines.put(host.role(), new Endpoint(host.address(), offer.port())));
        return new SiteSurvey<>(
                site, Survey.ask(question, machines, offer.loadTls(), Survey.TIMEOUT_NS));
    }

    /** True if every host answered. */
    boolean isComplete() {
        return answers.stream().allMatch(answer -> answer.content() != null);
    }

    /** Returns, for example, {@code 2 of 3 hosts}. */
    String describe() {
        long answered = answers.stream().filter(answer -> answer.content() != null).count();
        return answered + " of " + (answers.size() == 1 ? "1 host" : answers.size() + " hosts");
    }

    /** Names the hosts that did not answer, one per line. */
    void printSilent(PrintWriter err) {
        answers.stream()
                .filter(answer -> answer.content() == null)
                .forEach(answer ->
                        err.println(
                                site.host(answer.host())
                                        + " did not answer at "
                                        + answer.where()
                                        + ": "
                                        + answer.fault()
                                        + "; does 'shmim serve' run there?"));
        err.flush();
    }
}
