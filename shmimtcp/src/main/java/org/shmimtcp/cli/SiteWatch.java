package org.shmimtcp.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.offer.Question;
import org.shmimtcp.offer.Survey;
import org.shmimtcp.posix.HelperThread;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.web.OtherHost;
import org.shmimtcp.wire.LinksMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The links of the site's other hosts, asked for every two seconds on a thread of its own while the
 * site's file has an offer. The file is read each time, as it may change.
 */
final class SiteWatch implements Supplier<List<OtherHost>>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SiteWatch.class);
    private static final long PERIOD_NS = 2_000_000_000L;

    private final @Nullable String here;
    private volatile List<OtherHost> newest = List.of();
    private volatile boolean closed;

    /**
     * @param here role of this host, which is left out; null if it has none
     */
    SiteWatch(@Nullable String here) {
        this.here = here;
        HelperThread.start("other hosts", this::run);
    }

    @Override
    public List<OtherHost> get() {
        return newest;
    }

    private void run() {
        String said = "";
        while (!closed) {
            try {
                Site site = SiteFile.read(System.getenv());
                newest = site.offer().isNothing() ? List.of() : ask(site);
                said = "";
            } catch (RuntimeException e) { // such as a certificate that cannot be read
                String fault = e.getMessage() == null ? e.toString() : e.getMessage();
                if (!fault.equals(said)) { // once, not every two seconds
                    said = fault;
                    LOG.warn("the other hosts are shown as they were: {}", fault);
                }
            }
            Backoff.sleep(PERIOD_NS, () -> closed);
        }
    }

    private List<OtherHost> ask(Site site) {
        List<OtherHost> hosts = new ArrayList<>();
        for (Survey.Answer<LinksMessage.Links> answer :
                SiteSurvey.ask(site, Question.LINKS).answers()) {
            if (!answer.host().equals(here)) {
                hosts.add(host(answer));
            }
        }
        return hosts;
    }

    private static OtherHost host(Survey.Answer<LinksMessage.Links> answer) {
        LinksMessage.Links links = answer.content();
        if (links == null) {
            return new OtherHost(answer.host(), System.currentTimeMillis(), null, answer.fault());
        }
        try {
            return new OtherHost(
                    answer.host(), links.timeMs(), LinkStatuses.fromJson(links.json()), "");
        } catch (IOException e) {
            return new OtherHost(
                    answer.host(), links.timeMs(), null, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
