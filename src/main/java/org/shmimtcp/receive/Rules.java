package org.shmimtcp.receive;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.transport.AddressRange;
import org.shmimtcp.transport.PemFiles;
import org.shmimtcp.transport.Tls;
import org.shmimtcp.wire.Limits;
import org.shmimtcp.wire.WireException;

/**
 * Who may come in, with what.
 *
 * @param allowed addresses to talk to; empty for all
 * @param only streams to take, by the name that the transmitter says and by the one here
 * @param limits what a head is believed
 * @param connectionsPerSecond from one address, as many at once; 0 for no limit
 * @param headTimeoutNs time for a visitor to say all of its head
 * @param tls to talk to peers with the right certificate only; null to talk in plain
 */
public record Rules(
        List<AddressRange> allowed,
        NamePatterns only,
        Limits limits,
        int connectionsPerSecond,
        long headTimeoutNs,
        @Nullable Tls tls) {
    /** Open to all, within limits. */
    public static final Rules DEFAULT = of(ReceiveSettings.DEFAULT);

    public Rules {
        allowed = List.copyOf(allowed);
    }

    /**
     * The rules that settings make.
     *
     * @throws PemFiles.Unusable if TLS cannot be set up as they say
     */
    public static Rules of(ReceiveSettings settings) {
        return new Rules(
                settings.get(ReceiveSettings.ALLOW),
                NamePatterns.of(settings.get(ReceiveSettings.ONLY)),
                settings.limits(),
                settings.get(ReceiveSettings.MAX_RATE),
                settings.headTimeoutNs(),
                settings.loadTls());
    }

    /** The same for other streams. */
    public Rules withOnly(NamePatterns value) {
        return new Rules(allowed, value, limits, connectionsPerSecond, headTimeoutNs, tls);
    }

    /** True if anybody who can reach the port may write into any stream. */
    boolean isOpenToAll() {
        return allowed.isEmpty() && only.isAny() && tls == null;
    }

    /** Throws WireException if a stream of that name, at its source, is not to be taken. */
    void checkStream(String name) {
        if (!only.matches(name)) {
            throw new WireException("stream '" + name + "' is not among those of --only");
        }
    }

    boolean allows(InetAddress address) {
        return allowed.isEmpty() || allowed.stream().anyMatch(range -> range.contains(address));
    }
}
