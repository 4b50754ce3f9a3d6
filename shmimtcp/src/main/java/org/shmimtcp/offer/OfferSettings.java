package org.shmimtcp.offer;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.receive.AdmissionRules;
import org.shmimtcp.receive.NamePatterns;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.settings.Settings;
import org.shmimtcp.transport.Listener;
import org.shmimtcp.transport.PemFiles;
import org.shmimtcp.transport.Tls;

/** What a machine offers, and to whom; the same on all machines of a site. */
public final class OfferSettings extends Settings<OfferSettings> {
    /** Nothing is offered. */
    public static final OfferSettings NOTHING = new OfferSettings(Map.of());

    public static final Setting<Integer> PORT =
            Setting.whole(1, LinkSettings.MAX_PORT)
                    .key("port")
                    .initially(8890)
                    .help("TCP port to listen on. Default: ${DEFAULT-VALUE}.");

    public static final Setting<List<String>> STREAMS =
            Setting.list(OfferSettings::checkPattern)
                    .key("streams")
                    .help("Names or patterns of the streams to offer. Default: none.");

    private static final List<Setting<?>> ALL =
            Stream.of(
                            List.of(
                                    PORT,
                                    STREAMS,
                                    ReceiveSettings.BIND,
                                    ReceiveSettings.ALLOW,
                                    LinkSettings.PRIORITY),
                            LinkSettings.TLS)
                    .<Setting<?>>flatMap(List::stream)
                    .toList();

    private OfferSettings(Map<Setting<?>, Object> given) {
        super(given);
    }

    private static String checkPattern(String text) {
        NamePatterns.of(List.of(text));
        return text;
    }

    @Override
    public List<Setting<?>> all() {
        return ALL;
    }

    @Override
    protected OfferSettings make(Map<Setting<?>, Object> values) {
        return new OfferSettings(values);
    }

    @Override
    public void check() {
        LinkSettings.checkTls(this);
    }

    /** True if no stream can be offered, so that no port is needed. */
    public boolean isNothing() {
        return get(STREAMS).isEmpty();
    }

    public int port() {
        return get(PORT);
    }

    /** Returns the names of the streams offered. Not for {@link #isNothing}. */
    NamePatterns names() {
        if (isNothing()) {
            throw new IllegalStateException("nothing is offered");
        }
        return NamePatterns.of(get(STREAMS));
    }

    /**
     * Returns the address to listen on.
     *
     * @throws UnknownHostException if the address is unknown
     */
    InetSocketAddress at() throws UnknownHostException {
        String address = find(ReceiveSettings.BIND);
        return new InetSocketAddress(
                address == null ? Listener.ALL_ADDRESSES : InetAddress.getByName(address), port());
    }

    /**
     * Returns who may ask: with the limits of a receiver's port.
     *
     * @throws PemFiles.Unusable if TLS cannot be set up as configured
     */
    AdmissionRules rules() {
        AdmissionRules defaults = AdmissionRules.DEFAULT;
        return new AdmissionRules(
                get(ReceiveSettings.ALLOW),
                names(),
                defaults.limits(),
                defaults.connectionsPerSecond(),
                defaults.headTimeoutNs(),
                loadTls());
    }

    /** Returns the scheduling of the threads that send streams. */
    RealTimeSettings realTime() {
        return RealTimeSettings.of(get(LinkSettings.PRIORITY), System.getenv());
    }

    /**
     * Loads certificates and key, which both ends use; returns null without TLS.
     *
     * @throws PemFiles.Unusable if a file cannot be used
     */
    public @Nullable Tls loadTls() {
        return LinkSettings.loadTls(this);
    }
}
