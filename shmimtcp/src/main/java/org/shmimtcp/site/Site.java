package org.shmimtcp.site;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.NearestNames;
import org.shmimtcp.offer.OfferSettings;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.settings.AlertSettings;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.transmit.TransmitSettings;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.want.OfferingHosts;
import org.shmimtcp.want.Want;
import org.shmimtcp.want.WantSettings;

/**
 * The hosts and links of a site.
 *
 * @param origin the file's name, for messages
 * @param hosts hosts by role
 * @param families families of channels, by name
 * @param streams single streams, by name: a link to each receiving machine
 * @param serve names of what runs if none are given; empty for all single streams
 * @param services publishers and subscriptions of all machines
 * @param wants streams that machines want from others
 * @param offer what each host offers
 * @param alerts when the web page raises an alert
 */
public record Site(
        String origin,
        Map<String, Host> hosts,
        Map<String, Family> families,
        Map<String, List<Link>> streams,
        List<String> serve,
        List<Service> services,
        List<SiteWant> wants,
        OfferSettings offer,
        AlertSettings alerts) {

    /** {@code dm00disp00-05}: the last digits of the name start a range. */
    private static final Pattern RANGE = Pattern.compile("(.*?)(\\d+)-(\\d+)");

    private static final int NAMES_SHOWN = 4;

    public Site {
        hosts = Map.copyOf(hosts);
        serve = List.copyOf(serve);
        services = List.copyOf(services);
        wants = List.copyOf(wants);
    }

    /** Returns a site of two machines with one link, which no file describes. */
    public static Site of(Host here, Host other, Link link) {
        return new Site(
                "the command line",
                Map.of(here.role(), here, other.role(), other),
                Map.of(),
                Map.of(link.name(), List.of(link)),
                List.of(),
                List.of(),
                List.of(),
                OfferSettings.NOTHING,
                AlertSettings.DEFAULT);
    }

    /** The chosen links, and notices to show about the choice. */
    public record Choice(List<Link> links, List<String> notices) {}

    /**
     * Returns the host with a role.
     *
     * @throws SiteException if there is none, or no role is given
     */
    public Host host(@Nullable String role) {
        String roles = String.join(" or ", hosts.keySet().stream().sorted().toList());
        if (role == null || role.isBlank()) {
            throw new SiteException(
                    "this machine has no role: set $"
                            + Environment.ROLE.variable()
                            + " to "
                            + roles);
        }
        Host host = hosts.get(role);
        if (host == null) {
            throw new SiteException(
                    "$"
                            + Environment.ROLE.variable()
                            + " is '"
                            + role
                            + "', which "
                            + origin
                            + " does not know: "
                            + roles
                            + " was expected");
        }
        return host;
    }

    /** Returns the address that a link's receiver listens on; null for all addresses. */
    public @Nullable String bind(Link link) {
        String own = link.receive().find(ReceiveSettings.BIND);
        return own == null ? host(link.to()).bind() : own;
    }

    /**
     * Finds links by names, ranges, and names of families.
     *
     * @param here this machine; the meaning of older names depends on its role
     * @throws SiteException if there is no such link
     */
    public Choice choose(List<String> names, Host here) {
        Set<Link> links = new LinkedHashSet<>();
        List<String> notices = new ArrayList<>();
        for (String name : names) {
            for (String single : expand(name)) {
                links.addAll(find(single, here, notices));
            }
        }
        return new Choice(List.copyOf(links), notices);
    }

    /** Returns the links that run if none are named. */
    public Choice chooseServed(Host here) {
        return choose(serve.isEmpty() ? List.copyOf(streams.keySet()) : serve, here);
    }

    /**
     * True if a link of this end leaves out frames because its rate is limited.
     *
     * @param transmits true for the sending end, false for the receiving one
     * @param stream its stream on its machine
     * @param port the receiver's port
     */
    public boolean limitsRate(boolean transmits, String stream, int port) {
        return links().filter(link -> link.port() == port)
                .filter(link -> stream.equals(transmits ? link.stream() : link.copy()))
                .anyMatch(link -> link.transmit().get(TransmitSettings.FPS) > 0);
    }

    private Stream<Link> links() {
        return Stream.concat(
                streams.values().stream().flatMap(List::stream),
                families.values().stream().flatMap(f -> f.links().stream()));
    }

    /** Returns what a machine offers, at the address that it listens on. */
    public OfferSettings offer(Host here) {
        String bind = here.bind();
        return bind == null || offer.isGiven(ReceiveSettings.BIND)
                ? offer
                : offer.with(ReceiveSettings.BIND, bind);
    }

    /**
     * Returns what a machine wants from another one.
     *
     * @throws IllegalArgumentException if the settings name a host that is not another one of the
     *     site, or contradict each other
     * @throws SiteException if the site offers nothing
     */
    public Want want(WantSettings settings, Host here) {
        return new Want(settings, offeringHosts(settings, here));
    }

    /**
     * Returns the other hosts, to be asked what they offer.
     *
     * @param settings with the certificates of this end, if they are not those of the offer
     * @throws SiteException if the site offers nothing
     */
    public OfferingHosts offeringHosts(WantSettings settings, Host here) {
        settings.check();
        if (offer.isNothing()) {
            throw new SiteException(
                    origin
                            + " offers no streams: add [offer] with 'streams', as in streams ="
                            + " [\"*\"]");
        }
        Map<String, Endpoint> others = new LinkedHashMap<>();
        hosts.values().stream()
                .filter(host -> !host.role().equals(here.role()))
                .sorted(Comparator.comparing(Host::role))
                .forEach(host ->
                        others.put(host.role(), new Endpoint(host.address(), offer.port())));
        return new OfferingHosts(
                others, offer.port(), settings.usesTls() ? settings.loadTls() : offer.loadTls());
    }

    /** Returns what a machine wants. */
    public List<SiteWant> wants(Host here) {
        return wants.stream().filter(one -> one.on().equals(here.role())).toList();
    }

    /**
     * Checks that a copy that a machine wants is none of the streams that it has by the site's
     * file.
     *
     * @throws SiteException if it is
     */
    public void checkCopy(String copy, Host here) {
        links().filter(link -> usesHere(link, copy, here.role()))
                .findFirst()
                .ifPresent(link -> {
                    throw new SiteException(
                            "'"
                                    + copy
                                    + "' here is a stream of the link '"
                                    + link.name()
                                    + "': give the copy another name");
                });
    }

    private static boolean usesHere(Link link, String stream, String role) {
        return (link.from().equals(role) && link.stream().equals(stream))
                || (link.to().equals(role) && link.copy().equals(stream));
    }

    /** Returns the publishers and subscriptions of a machine. */
    public List<Service> services(Host here) {
        return services.stream().filter(one -> one.on().equals(here.role())).toList();
    }

    private List<String> expand(String name) {
        Matcher range = RANGE.matcher(name);
        if (streams.containsKey(name) || families.containsKey(name) || !range.matches()) {
            return List.of(name);
        }
        NumberedName names;
        try {
            names =
                    NumberedName.parse(
                            range.group(1) + "[" + range.group(2) + "-" + range.group(3) + "]");
        } catch (IllegalArgumentException e) {
            throw new SiteException(
                    "'"
                            + name
                            + "' is not a range: both numbers need the same number of digits, the"
                            + " smaller first, as in dm00disp00-05");
        }
        List<String> all = new ArrayList<>();
        for (int n = names.first(); n <= names.last(); n++) {
            all.add(names.of(n));
        }
        return all;
    }

    private List<Link> find(String name, Host here, List<String> notices) {
        List<Link> single = streams.get(name);
        if (single != null) {
            return single;
        }
        Family family = families.get(name);
        if (family != null) {
            return family.links();
        }
        Optional<List<Link>> older =
                families.values().stream()
                        .filter(f -> f.from().equals(here.role()))
                        .map(f -> f.findOlder(name))
                        .filter(links -> !links.isEmpty())
                        .findFirst();
        if (older.isPresent()) {
            String now = older.get().getFirst().name();
            notices.add(
                    name
                            + " is the older name of "
                            + now
                            + " on "
                            + here.role()
                            + ": using "
                            + now);
            return older.get();
        }
        return families.values().stream()
                .map(f -> f.find(name))
                .filter(links -> !links.isEmpty())
                .findFirst()
                .orElseThrow(() -> unknown(name, here));
    }

    private SiteException unknown(String name, Host here) {
        List<String> all = new ArrayList<>();
        families.values().stream()
                .filter(f -> f.from().equals(here.role()))
                .forEach(f -> f.links().forEach(link -> all.add(link.name())));
        families.values().stream()
                .filter(f -> !f.from().equals(here.role()))
                .forEach(f -> f.links().forEach(link -> all.add(link.name())));
        all.addAll(streams.keySet());
        List<String> nearest = NearestNames.of(name, all);
        Map<String, String> known = new LinkedHashMap<>();
        families.forEach((key, f) -> known.put(key, f.streams() + " (" + key + ")"));
        streams.keySet().forEach(key -> known.put(key, key));
        return new SiteException(
                "no channel '"
                        + name
                        + "'; nearest: "
                        + String.join(
                                ", ", nearest.subList(0, Math.min(NAMES_SHOWN, nearest.size())))
                        + "; there are "
                        + String.join(", ", known.values()));
    }
}
