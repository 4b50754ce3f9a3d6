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
 * Who may connect, and with which streams.
 *
 * @param allowed addresses to accept; empty for all
 * @param only streams to accept, by the transmitter's name and by the local name
 * @param limits limits for what a head may claim
 * @param connectionsPerSecond limit per address, also for a burst; 0 for no limit
 * @param headTimeoutNs time for a visitor to send its whole head
 * @param tls accepts only peers with a valid certificate; null for unencrypted connections
 */
public record AdmissionRules(
        List<AddressRange> allowed,
        NamePatterns only,
        Limits limits,
        int connectionsPerSecond,
        long headTimeoutNs,
        @Nullable Tls tls) {
    /** Accepts everyone, within the default limits. */
    public static final AdmissionRules DEFAULT = of(ReceiveSettings.DEFAULT);

    public AdmissionRules {
        allowed = List.copyOf(allowed);
    }

    /**
     * Returns the rules for settings.
     *
     * @throws PemFiles.Unusable if TLS cannot be set up as configured
     */
    public static AdmissionRules of(ReceiveSettings settings) {
        return new AdmissionRules(
                settings.get(ReceiveSettings.ALLOW),
                NamePatterns.of(settings.get(ReceiveSettings.ONLY)),
                settings.limits(),
                settings.get(ReceiveSettings.MAX_RATE),
                settings.headTimeoutNs(),
                settings.loadTls());
    }

    /** Returns the same rules for other streams. */
    public AdmissionRules withOnly(NamePatterns value) {
        return new AdmissionRules(allowed, value, limits, connectionsPerSecond, headTimeoutNs, tls);
    }

    /** True if anyone who reaches the port may write to any stream. */
    boolean isOpenToAll() {
        return allowed.isEmpty() && only.isAny() && tls == null;
    }

    /** Throws WireException if a source stream of that name must be refused. */
    void checkStream(String name) {
        if (!only.matches(name)) {
            throw new WireException("stream '" + name + "' is not among the names accepted here");
        }
    }

    boolean allows(InetAddress address) {
        return AddressRange.allow(allowed, address);
    }
}
