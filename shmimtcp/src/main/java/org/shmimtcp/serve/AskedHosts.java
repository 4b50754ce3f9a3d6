package org.shmimtcp.serve;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Site;
import org.shmimtcp.want.OfferingHosts;
import org.shmimtcp.want.WantSettings;

/**
 * The hosts that may offer what this machine wants. They are equal if the same hosts are asked in
 * the same way.
 */
final class AskedHosts implements Supplier<OfferingHosts> {
    private final Site site;
    private final Host here;
    private final WantSettings settings;
    private final List<Object> identity;
    private @Nullable OfferingHosts hosts;

    private AskedHosts(Site site, Host here, WantSettings settings, List<Object> identity) {
        this.site = site;
        this.here = here;
        this.settings = settings;
        this.identity = identity;
    }

    /**
     * @param settings with the certificates of this end, if they are not those of the offer
     */
    static AskedHosts of(Site site, Host here, WantSettings settings) {
        List<Object> tls =
                WantSettings.TLS.stream()
                        .<Object>map(setting -> String.valueOf(settings.find(setting)))
                        .toList();
        return new AskedHosts(site, here, settings, List.of(site.hosts(), site.offer(), tls));
    }

    int port() {
        return site.offer().port();
    }

    /** Returns the hosts; throws if certificates cannot be read, and then tries again. */
    @Override
    public synchronized OfferingHosts get() {
        OfferingHosts there = hosts;
        if (there == null) {
            there = site.offeringHosts(settings, here);
            hosts = there;
        }
        return there;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof AskedHosts asked && asked.identity.equals(identity);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(identity);
    }
}
