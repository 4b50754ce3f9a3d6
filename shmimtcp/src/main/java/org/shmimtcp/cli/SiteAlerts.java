package org.shmimtcp.cli;

import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.settings.AlertSettings;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteException;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.web.AlertRules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules for alerts in the site's file. The file is read again when it changes; a file with an
 * error changes nothing.
 */
final class SiteAlerts implements Supplier<AlertRules> {
    private static final Logger LOG = LoggerFactory.getLogger(SiteAlerts.class);

    private final UnaryOperator<AlertSettings> options;
    private @Nullable SiteStamp stamp;
    private AlertRules rules;

    /**
     * @param options adds what the command line says
     */
    SiteAlerts(UnaryOperator<AlertSettings> options) {
        this.options = options;
        this.rules = AlertRules.of(options.apply(AlertSettings.DEFAULT), status -> false);
        read();
    }

    @Override
    public synchronized AlertRules get() {
        if (!Objects.equals(stamp, SiteStamp.take())) {
            read();
        }
        return rules;
    }

    private void read() {
        stamp = SiteStamp.take();
        try {
            Site site = SiteFile.read(System.getenv());
            rules =
                    AlertRules.of(
                            options.apply(site.alerts()),
                            status ->
                                    site.limitsRate(
                                            status.transmits(), status.stream(), status.port()));
        } catch (SiteException e) {
            LOG.warn("the rules for alerts stay as they are: {}", e.getMessage());
        }
    }
}
