package org.shmimtcp.site;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.offer.OfferSettings;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.want.WantSettings;

/**
 * Resources of a machine that only one link or service may have: a port, and a stream to write to.
 */
final class SharedResources {
    private final Map<String, Host> hosts;
    private final Map<Port, Placed> ports = new HashMap<>();
    private final Map<Copy, Placed> copies = new HashMap<>();
    private final Map<Copy, Placed> sources = new HashMap<>();

    private record Port(String address, int port) {}

    private record Copy(String address, String stream) {}

    /**
     * A link or service and its place in the file.
     *
     * @param section null if it is built in
     */
    private record Placed(String name, @Nullable Section section) {
        /** Returns, for example, {@code 'camtip' (line 12)}. */
        String describe(String key) {
            return "'"
                    + name
                    + "' ("
                    + (section == null ? "built in" : "line " + section.line(key))
                    + ")";
        }
    }

    SharedResources(Map<String, Host> hosts) {
        this.hosts = hosts;
    }

    /**
     * Claims a link's port and stream. Claim the built-in links first.
     *
     * @param section the link's place in the file; null if it is built in
     * @throws SiteException if another link has claimed one of them
     */
    void claim(Link link, @Nullable Section section) {
        Host to = hosts.get(link.to());
        if (to == null) {
            return; // the file's hosts lack this one, so the link cannot be used
        }
        Placed claim = new Placed(link.name(), section);
        Host from = hosts.get(link.from());
        if (from != null) {
            sources.put(new Copy(from.address(), link.stream()), claim);
        }
        check(
                claim,
                ports.putIfAbsent(new Port(to.address(), link.port()), claim),
                "port",
                "both listen on port " + link.port() + " of " + to,
                "give one of them another port");
        String key = link.receive().find(ReceiveSettings.NAME) == null ? "stream" : "local_name";
        check(
                claim,
                copies.putIfAbsent(new Copy(to.address(), link.copy()), claim),
                key,
                "both write the stream '" + link.copy() + "' on " + to,
                "give one of them another local_name");
    }

    /**
     * Claims what a publisher or subscription needs. Call after all links have claimed theirs.
     *
     * @throws SiteException if another has claimed it
     */
    void claim(Service service, Section section) {
        Host host = hosts.get(service.on());
        if (host == null) {
            return;
        }
        Placed claim = new Placed(service.name(), section);
        switch (service) {
            case Service.Publish publisher ->
                    check(
                            claim,
                            ports.putIfAbsent(new Port(host.address(), publisher.port()), claim),
                            "port",
                            "both listen on port " + publisher.port() + " of " + host,
                            "give one of them another port");
            case Service.Subscribe subscription -> {
                for (String copy : subscription.copies()) {
                    check(
                            claim,
                            copies.putIfAbsent(new Copy(host.address(), copy), claim),
                            "streams",
                            "both write the stream '" + copy + "' on " + host,
                            "give one of them another name here, as in \"" + copy + "/other\"");
                }
            }
        }
    }

    /**
     * Claims the copy of a wanted stream. Call after all links and services have claimed theirs.
     *
     * @throws SiteException if another has claimed it, or sends the stream of that name
     */
    void claim(SiteWant want, Section section) {
        Host host = hosts.get(want.on());
        if (host == null) {
            return;
        }
        Placed claim = new Placed(want.name(), section);
        Copy copy = new Copy(host.address(), want.settings().copy());
        String key = want.settings().isGiven(WantSettings.LOCAL) ? "local_name" : "stream";
        String remedy = "give the wanted copy another local_name";
        check(
                claim,
                copies.putIfAbsent(copy, claim),
                key,
                "both write the stream '" + copy.stream() + "' on " + host,
                remedy);
        check(
                claim,
                sources.get(copy),
                key,
                "write and send the stream '" + copy.stream() + "' on " + host,
                remedy);
    }

    /**
     * Claims the port of the offer on every host. Call after all others have claimed theirs.
     *
     * @throws SiteException if another has claimed it
     */
    void claim(OfferSettings offer, Section section) {
        Placed claim = new Placed("offer", section);
        for (Host host : hosts.values()) {
            check(
                    claim,
                    ports.putIfAbsent(new Port(host.address(), offer.port()), claim),
                    "port",
                    "both listen on port " + offer.port() + " of " + host,
                    "give one of them another port");
        }
    }

    private static void check(
            Placed claim, @Nullable Placed other, String key, String what, String remedy) {
        Section section = claim.section;
        if (other != null && section != null) {
            String without =
                    other.section == null ? ", or omit the built-in table: replace = true" : "";
            throw section.wrong(
                    key,
                    claim.describe(key)
                            + " and "
                            + other.describe(key)
                            + " "
                            + what
                            + ": "
                            + remedy
                            + without);
        }
    }
}
