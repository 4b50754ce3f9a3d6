package org.shmimtcp.receive;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.transport.AddressRange;
import org.shmimtcp.transport.Listener;
import org.shmimtcp.wire.Limits;

/** The settings of a receiver. */
public final class ReceiveSettings extends LinkSettings<ReceiveSettings> {
    /** The source of the copy's cnt0. */
    public enum CounterOf {
        OWN,
        SOURCE
    }

    private static final long MEGABYTE = 1_000_000;

    public static final Setting<Integer> PORT =
            Setting.whole(1, MAX_PORT).argument("PORT").initially(0).help("TCP port to listen on.");

    public static final Setting<String> BIND =
            Setting.text()
                    .option("--bind", "ADDR")
                    .key("bind")
                    .help(
                            "Listen only on this address of this machine. Default: all IPv4 and"
                                    + " IPv6 addresses.");

    public static final Setting<String> NAME =
            Setting.stream()
                    .option("--name", "LOCAL")
                    .key("local_name")
                    .help("Write to the stream of this name instead of the transmitter's.");

    public static final Setting<Wire> WIRE =
            Setting.word(Wire.class)
                    .option("--wire", "VARIANT")
                    .initially(Wire.AUTO)
                    .help(
                            "Protocols to accept: auto (native, and the byte stream of C programs;"
                                    + " default), native (native only), milk (C programs only), milk1"
                                    + " (C programs of 2022 to 2024 only), milk2 (newer C programs"
                                    + " only), milk3 (a development branch of 2026 only), milk0 (C"
                                    + " programs from before 2022, which send no keywords).");

    public static final Setting<Boolean> ONCE =
            Setting.flag()
                    .option("--once")
                    .help("Exit when the first transmitter that sent a frame disconnects.");

    public static final Setting<OnLoss> ON_LOSS = onLoss("transmitter");

    public static final Setting<CounterOf> COUNTER =
            Setting.word(CounterOf.class)
                    .option("--counter", "WHOSE")
                    .key("counter")
                    .initially(CounterOf.OWN)
                    .help(
                            "cnt0 of the stream: own (default) counts the frames published here,"
                                    + " source copies the source's cnt0 (native protocol only).");

    public static final Setting<Boolean> STATUS_KEYWORDS =
            Setting.flag()
                    .option("--status-keywords")
                    .key("status_keywords")
                    .help(
                            "Publish the state of the link in keyword slots that the source does"
                                    + " not use: SRCHOST, LINKUP, AGEUS, SKIPPED.");

    public static final Setting<List<AddressRange>> ALLOW =
            Setting.list(AddressRange::parse)
                    .option("--allow", "ADDRESS/BITS")
                    .key("allow")
                    .help(
                            "Accept connections only from these addresses, for example"
                                    + " 192.168.2.0/24 or fd00::/8. Can be repeated. Default:"
                                    + " all.");

    public static final Setting<List<String>> ONLY =
            Setting.list(ReceiveSettings::checkPattern)
                    .option("--only", "PATTERN")
                    .help(
                            "Accept only streams with these names, for example 'acc*' (quote it);"
                                    + " the name given by --name must match, too. Can be repeated."
                                    + " Default: all.");

    public static final Setting<Integer> MAX_SIZE =
            Setting.whole(1, Integer.MAX_VALUE)
                    .option("--max-size", "MB")
                    .initially((int) (Limits.DEFAULT.imageBytes() / MEGABYTE))
                    .help("Refuse streams larger than this. Default: ${DEFAULT-VALUE}.");

    public static final Setting<Integer> MAX_KEYWORDS =
            Setting.whole(0, 65535)
                    .option("--max-keywords", "N")
                    .initially(Limits.DEFAULT.keywordSlots())
                    .help(
                            "Refuse streams with more keyword slots than this. Default:"
                                    + " ${DEFAULT-VALUE}.");

    public static final Setting<Integer> MAX_RING =
            Setting.whole(0, Integer.MAX_VALUE)
                    .option("--max-ring", "MB")
                    .initially((int) (Limits.DEFAULT.ringBytes() / MEGABYTE))
                    .help(
                            "Keep at most this much of a stream's history in the copy. Default:"
                                    + " ${DEFAULT-VALUE}.");

    public static final Setting<Integer> MAX_RATE =
            Setting.whole(0, 1_000_000)
                    .option("--max-rate", "N")
                    .initially(100)
                    .help(
                            "Accept at most this many connections per second from one address; 0"
                                    + " for no limit. Default: ${DEFAULT-VALUE}.");

    public static final Setting<Double> HEAD_TIMEOUT =
            Setting.number(0.1, 3600)
                    .option("--head-timeout", "SECONDS")
                    .initially(5.0)
                    .help(
                            "Time within which a transmitter must announce its stream. Default:"
                                    + " ${DEFAULT-VALUE}.");

    private static final List<Setting<?>> ALL =
            Stream.of(
                            LOOP,
                            List.of(
                                    BIND,
                                    NAME,
                                    WIRE,
                                    ONCE,
                                    ON_LOSS,
                                    COUNTER,
                                    STATUS_KEYWORDS,
                                    ALLOW,
                                    ONLY,
                                    MAX_SIZE,
                                    MAX_KEYWORDS,
                                    MAX_RING,
                                    MAX_RATE,
                                    HEAD_TIMEOUT),
                            TLS,
                            List.of(PORT))
                    .<Setting<?>>flatMap(List::stream)
                    .toList();

    /** All defaults, on any free port. */
    public static final ReceiveSettings DEFAULT = new ReceiveSettings(Map.of());

    private ReceiveSettings(Map<Setting<?>, Object> given) {
        super(given);
    }

    /**
     * Returns the setting for what to do when the other end is lost.
     *
     * @param peer what the other end is called
     */
    public static Setting<OnLoss> onLoss(String peer) {
        return Setting.text(OnLoss::parse, OnLoss::toString)
                .option("--on-loss", "WHAT")
                .key("on_loss")
                .initially(OnLoss.HOLD)
                .help(
                        "What to do when the "
                                + peer
                                + " is lost: hold (default) keeps the last frame, zero[:SECONDS]"
                                + " publishes zeros after that time.");
    }

    private static String checkPattern(String text) {
        NamePatterns.of(List.of(text));
        return text;
    }

    /**
     * Returns the settings of a receiver on a port.
     *
     * @param port 0 for any free port
     */
    public static ReceiveSettings of(int port) {
        return port == 0 ? DEFAULT : DEFAULT.with(PORT, port);
    }

    @Override
    public List<Setting<?>> all() {
        return ALL;
    }

    @Override
    protected ReceiveSettings make(Map<Setting<?>, Object> values) {
        return new ReceiveSettings(values);
    }

    /** Also throws ImageException if the copy's name is invalid. */
    @Override
    public void check() {
        super.check();
        String name = find(NAME);
        if (name != null) {
            StreamName.check(name);
            if (!NamePatterns.of(get(ONLY)).matches(name)) {
                throw new IllegalArgumentException(
                        NAME
                                + ": stream '"
                                + name
                                + "' is not among those of "
                                + ONLY
                                + "; name it there, too");
            }
        }
    }

    /**
     * Returns the address to listen on.
     *
     * @throws UnknownHostException if the address is unknown
     */
    InetSocketAddress at() throws UnknownHostException {
        String address = find(BIND);
        return new InetSocketAddress(
                address == null ? Listener.ALL_ADDRESSES : InetAddress.getByName(address),
                get(PORT));
    }

    Limits limits() {
        return new Limits(MEGABYTE * get(MAX_SIZE), get(MAX_KEYWORDS), MEGABYTE * get(MAX_RING));
    }

    long headTimeoutNs() {
        return Math.round(get(HEAD_TIMEOUT) * 1e9);
    }
}
