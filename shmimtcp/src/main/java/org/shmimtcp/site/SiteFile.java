package org.shmimtcp.site;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.Shape;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.offer.OfferSettings;
import org.shmimtcp.posix.IoReason;
import org.shmimtcp.posix.SmallFile;
import org.shmimtcp.publish.PublishOptions;
import org.shmimtcp.receive.NamePatterns;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.settings.AlertSettings;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.settings.Settings;
import org.shmimtcp.subscribe.NamedCopy;
import org.shmimtcp.subscribe.SubscribeOptions;
import org.shmimtcp.transmit.TransmitSettings;
import org.shmimtcp.transport.AddressRange;
import org.shmimtcp.want.WantSettings;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;

/** Reads a site's file, which docs/bridges.md describes. */
public final class SiteFile {
    private static final String BUILT_IN = "channels.toml";
    private static final Path BUILT_IN_PATH = Path.of("(built in)");
    private static final String TLS_PREFIX = "tls.";
    private static final int MAX_BYTES = 4 << 20;

    private SiteFile() {}

    /**
     * Returns the site's file: the one that the environment names, otherwise the first that exists
     * of the user's and the one in /etc; empty if there is none.
     */
    public static Optional<Path> find(Map<String, String> environment) {
        String named = environment.getOrDefault(Environment.CONFIG.variable(), "");
        if (!named.isEmpty()) {
            return Optional.of(Path.of(named));
        }
        String home = environment.getOrDefault("HOME", "");
        String xdg = environment.getOrDefault("XDG_CONFIG_HOME", "");
        Path own = xdg.isEmpty() ? Path.of(home, ".config") : Path.of(xdg);
        return List.of(own, Path.of("/etc")).stream()
                .map(place -> place.resolve("shmimtcp/config.toml"))
                .filter(Files::exists)
                .findFirst();
    }

    /**
     * Reads the file selected by the environment, on top of the built-in table.
     *
     * @throws SiteException if the file has an error
     */
    public static Site read(Map<String, String> environment) {
        Optional<Path> file = find(environment);
        return file.isEmpty() ? builtIn() : read(file.get());
    }

    /** Returns the built-in table. */
    public static Site builtIn() {
        try (InputStream in = SiteFile.class.getResourceAsStream(BUILT_IN)) {
            if (in == null) {
                throw new IllegalStateException(BUILT_IN + " is not in the jar");
            }
            String text = new String(in.readAllBytes(), UTF_8);
            Site nothing =
                    new Site(
                            "the built-in table",
                            Map.of(),
                            Map.of(),
                            Map.of(),
                            List.of(),
                            List.of(),
                            List.of(),
                            OfferSettings.NOTHING,
                            AlertSettings.DEFAULT);
            return parse(BUILT_IN_PATH, text, nothing);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Site read(Path file) {
        try {
            return parse(file, new String(SmallFile.read(file, MAX_BYTES), UTF_8), builtIn());
        } catch (java.nio.file.NoSuchFileException e) {
            throw new SiteException(
                    file + ": it does not exist ($" + Environment.CONFIG.variable() + " names it)");
        } catch (IOException e) {
            throw new SiteException(file + ": cannot be read: " + IoReason.of(e));
        }
    }

    static Site parse(Path file, String text, Site before) {
        TomlParseResult toml = Toml.parse(text);
        toml.errors().stream()
                .findFirst()
                .ifPresent(e -> {
                    TomlPosition at = e.position();
                    throw new SiteException(
                            file, at.line(), at.column(), String.valueOf(e.getMessage()));
                });
        Section all = new Section(file, "the file", toml, TomlPosition.positionAt(1, 1));
        boolean alone = all.flag("replace");
        Map<String, Host> hosts = new LinkedHashMap<>(alone ? Map.of() : before.hosts());
        Map<String, Family> families = new LinkedHashMap<>(alone ? Map.of() : before.families());
        Map<String, List<Link>> streams = new LinkedHashMap<>(alone ? Map.of() : before.streams());
        all.sections("hosts").forEach(s -> hosts.put(s.title(), host(s)));
        Map<String, Section> channelSections = new LinkedHashMap<>();
        Map<String, Section> streamSections = new LinkedHashMap<>();
        all.sections("channels")
                .forEach(s -> {
                    channelSections.put(s.title(), s);
                    families.put(s.title(), family(s, hosts));
                });
        all.sections("streams")
                .forEach(s -> {
                    streamSections.put(s.title(), s);
                    streams.put(s.title(), stream(s, hosts));
                });
        Map<Service, Section> services = new LinkedHashMap<>();
        all.sections("publish").forEach(s -> services.put(publisher(s, hosts), s));
        all.sections("subscribe").forEach(s -> services.put(subscription(s, hosts), s));
        Map<SiteWant, Section> wants = new LinkedHashMap<>();
        all.sections("want").forEach(s -> wants.put(want(s, hosts), s));
        @Nullable Section offerSection = all.section("offer", "[offer]");
        OfferSettings offer = offer(offerSection);
        AlertSettings alerts = alerts(all.section("alerts", "[alerts]"));
        List<String> serve = all.strings("serve");
        all.finish();
        SharedResources resources = new SharedResources(hosts);
        for (boolean builtIn : new boolean[] {true, false}) {
            families.forEach((title, family) -> {
                Section section = channelSections.get(title);
                if (builtIn == (section == null)) {
                    family.links().forEach(link -> resources.claim(link, section));
                }
            });
            streams.forEach((title, links) -> {
                Section section = streamSections.get(title);
                if (builtIn == (section == null)) {
                    links.forEach(link -> resources.claim(link, section));
                }
            });
        }
        services.forEach(resources::claim);
        wants.forEach((want, section) -> {
            if (offer.isNothing()) {
                throw section.wrong(
                        "on",
                        "'"
                                + want.name()
                                + "' needs [offer] with 'streams', which say what hosts offer");
            }
            resources.claim(want, section);
        });
        if (offerSection != null && !offer.isNothing()) {
            resources.claim(offer, offerSection);
        }
        String origin = file.equals(BUILT_IN_PATH) ? before.origin() : file.toString();
        return new Site(
                origin,
                hosts,
                families,
                streams,
                serve,
                List.copyOf(services.keySet()),
                List.copyOf(wants.keySet()),
                offer,
                alerts);
    }

    private static OfferSettings offer(@Nullable Section section) {
        if (section == null) {
            return OfferSettings.NOTHING;
        }
        bind(section);
        OfferSettings offer = settings(OfferSettings.NOTHING, section);
        section.finish();
        return offer;
    }

    private static AlertSettings alerts(@Nullable Section section) {
        if (section == null) {
            return AlertSettings.DEFAULT;
        }
        AlertSettings alerts = filled(AlertSettings.DEFAULT, section);
        section.finish();
        return alerts;
    }

    private static Host host(Section section) {
        Host host =
                new Host(
                        section.title(),
                        section.string("name", section.title()),
                        section.parsedString("address", Host::checkAddress),
                        section.parsedString("ssh", Host::checkSsh),
                        section.optionalString("bin"),
                        bind(section));
        section.finish();
        return host;
    }

    private static Family family(Section section, Map<String, Host> hosts) {
        NumberedName names = section.parsed("stream", NumberedName::parse);
        if (names == null) {
            section.string("stream"); // reports a missing key
            throw new IllegalStateException();
        }
        checkName(section, "stream", names.of(names.last()));
        NumberedName older = section.parsed("older", NumberedName::parse);
        int count = names.last() - names.first();
        List<Link> first =
                links(section, names.of(names.first()), LinkSettings.MAX_PORT - count, hosts);
        section.finish();
        return new Family(section.title(), names, older, first);
    }

    private static List<Link> stream(Section section, Map<String, Host> hosts) {
        String stream = section.string("stream", section.title());
        checkName(section, "stream", stream);
        List<Link> links = links(section, stream, LinkSettings.MAX_PORT, hosts);
        section.finish();
        return links.stream()
                .map(link -> link.named(section.title(), stream, link.port()))
                .toList();
    }

    /** Returns a link to each receiving machine. */
    private static List<Link> links(
            Section section, String stream, int maxPort, Map<String, Host> hosts) {
        String from = role(section, "from", hosts);
        List<String> targets = targets(section, from, hosts);
        int port = section.integer("port", 1, maxPort);
        Shape shape = shape(section);
        String letters = section.optionalString("type");
        if (letters != null && shape == null) {
            throw section.wrong("type", "'type' needs 'size', as in [50, 50]");
        }
        DataType type = shape == null ? null : type(section, letters);
        String localName = section.optionalString("local_name");
        if (localName != null) {
            checkName(section, "local_name", localName);
        }
        bind(section);
        TransmitSettings transmit = settings(TransmitSettings.DEFAULT, section);
        ReceiveSettings receive = settings(ReceiveSettings.DEFAULT, section);
        boolean several = targets.size() > 1;
        return targets.stream()
                .map(to ->
                        new Link(
                                stream, stream, from, to, several, port, shape, type, transmit,
                                receive))
                .toList();
    }

    /** Returns the roles of the receiving machines. */
    private static List<String> targets(Section section, String from, Map<String, Host> hosts) {
        List<String> targets = section.stringOrStrings("to", "[\"RTC\", \"AOC\"]");
        Set<String> seen = new HashSet<>();
        for (String to : targets) {
            checkRole(section, "to", to, hosts);
            if (from.equals(to)) {
                throw section.wrong("to", "'to' is the same machine as 'from': " + to);
            }
            if (!seen.add(to)) {
                throw section.wrong("to", "'to' names " + to + " twice");
            }
        }
        return targets;
    }

    private static Service publisher(Section section, Map<String, Host> hosts) {
        String on = role(section, "on", hosts);
        List<String> streams = names(section, "[\"cam*\"]");
        checked(section, () -> NamePatterns.of(streams));
        bind(section);
        PublishOptions options = filled(PublishOptions.DEFAULT, section);
        if (options.get(PublishOptions.PORT) == 0) {
            throw section.wrong("port", "'port': expected 1 to " + LinkSettings.MAX_PORT);
        }
        section.finish();
        return new Service.Publish(section.title(), on, streams, options);
    }

    private static Service subscription(Section section, Map<String, Host> hosts) {
        String on = role(section, "on", hosts);
        String host = section.string("host");
        if (host.isBlank()) {
            throw section.wrong("host", "'host': expected the name or address of a server");
        }
        List<String> streams = names(section, "[\"camwfs\", \"camtip/camtip_rtc\"]");
        checked(section, () -> NamedCopy.parse(streams));
        SubscribeOptions options = filled(SubscribeOptions.DEFAULT, section);
        section.finish();
        return new Service.Subscribe(section.title(), on, host, streams, options);
    }

    private static SiteWant want(Section section, Map<String, Host> hosts) {
        String on = role(section, "on", hosts);
        String from = section.optionalString("from");
        if (from != null) {
            from = role(section, "from", hosts);
        }
        if (on.equals(from)) {
            throw section.wrong("from", "'from' is the same machine as 'on': " + on);
        }
        String stream = section.string("stream", section.title());
        checkName(section, "stream", stream);
        if (from == null && stream.contains(":")) {
            throw section.wrong("stream", "'" + stream + "' needs the key 'from'");
        }
        WantSettings settings = settings(WantSettings.DEFAULT.of(from, stream), section);
        checkName(section, "local_name", settings.copy());
        section.finish();
        return new SiteWant(section.title(), on, settings);
    }

    private static List<String> names(Section section, String example) {
        List<String> names = section.strings("streams");
        if (names.isEmpty()) {
            throw section.wrong(
                    "streams",
                    "'" + section.title() + "' needs the key 'streams', as in " + example);
        }
        return names;
    }

    private static void checked(Section section, Runnable check) {
        try {
            check.run();
        } catch (IllegalArgumentException e) {
            throw section.wrong("streams", String.valueOf(e.getMessage()));
        }
    }

    /** Returns settings without TLS, filled with the values in the file. */
    private static <S extends Settings<S>> S filled(S defaults, Section section) {
        S settings = defaults;
        for (Setting<?> setting : defaults.all()) {
            String key = setting.key();
            if (key != null) {
                settings = section.fill(settings, setting, key);
            }
        }
        return settings;
    }

    private static String role(Section section, String key, Map<String, Host> hosts) {
        String role = section.string(key);
        checkRole(section, key, role, hosts);
        return role;
    }

    private static void checkRole(
            Section section, String key, String role, Map<String, Host> hosts) {
        if (!hosts.containsKey(role)) {
            throw section.wrong(
                    key, "no host '" + role + "'; there are " + String.join(", ", hosts.keySet()));
        }
    }

    private static @Nullable Shape shape(Section section) {
        List<Long> size = section.integers("size");
        if (!section.has("size")) {
            return null;
        }
        boolean possible =
                size.size() >= 1
                        && size.size() <= 3
                        && size.stream().allMatch(n -> n > 0 && n < 1 << 20);
        if (!possible) {
            throw section.wrong("size", "expected one to three sizes above 0, as in [50, 50]");
        }
        int nx = size.getFirst().intValue();
        return switch (size.size()) {
            case 1 -> Shape.of(nx);
            case 2 -> Shape.of(nx, size.get(1).intValue());
            default -> Shape.of(nx, size.get(1).intValue(), size.get(2).intValue());
        };
    }

    private static DataType type(Section section, @Nullable String letters) {
        return letters == null
                ? DataType.FLOAT
                : DataType.ofName(letters)
                        .orElseThrow(() ->
                                section.wrong(
                                        "type",
                                        "expected one of "
                                                + DataType.allLetters()
                                                + ", not \""
                                                + letters
                                                + "\""));
    }

    /** Returns the settings of one end, filled with the values in the file. */
    private static <S extends Settings<S>> S settings(S defaults, Section section) {
        Section tls = section.section("tls", "{ cert = \"…\" }");
        S settings = defaults;
        for (Setting<?> setting : defaults.all()) {
            String key = setting.key();
            if (key == null) {
                continue;
            }
            boolean ofTls = key.startsWith(TLS_PREFIX);
            if (!ofTls || tls != null) {
                settings =
                        ofTls && tls != null
                                ? tls.fill(settings, setting, key.substring(TLS_PREFIX.length()))
                                : section.fill(settings, setting, key);
            }
        }
        if (tls != null) {
            for (String needed : List.of("cert", "key", "ca")) {
                tls.string(needed); // reports a missing key
            }
            tls.finish();
        }
        return settings;
    }

    /**
     * Returns the address to listen on. An interface after '%' is one of the receiving machine,
     * which need not be this one.
     */
    private static @Nullable String bind(Section section) {
        String bind = section.optionalString("bind");
        if (bind != null) {
            try {
                AddressRange.parse(bind.replaceFirst("%[^%/]+$", ""));
            } catch (IllegalArgumentException e) {
                throw section.wrong("bind", String.valueOf(e.getMessage()));
            }
            if (bind.contains("/")) {
                throw section.wrong("bind", "'" + bind + "': one address is expected");
            }
        }
        return bind;
    }

    private static void checkName(Section section, String key, String name) {
        try {
            StreamName.check(name);
        } catch (ImageException e) {
            throw section.wrong(key, String.valueOf(e.getMessage()));
        }
    }
}
