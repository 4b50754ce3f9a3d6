package org.shmimtcp.receive;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.shmimtcp.loop.RateLimit;

/**
 * Limits the connections per second from each address; IPv6 addresses of one customer count
 * together. Not thread-safe.
 */
public final class ConnectionRates {
    /**
     * Maximum number of addresses whose rate is tracked; beyond it, the least recently seen is
     * dropped.
     */
    private static final int MAX_ADDRESSES = 4096;

    /** Length of the IPv6 prefix that belongs to one customer. */
    private static final int IPV6_PREFIX_BYTES = 8;

    private final int perSecond;

    private final Map<InetAddress, RateLimit> rates =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<InetAddress, RateLimit> eldest) {
                    return size() > MAX_ADDRESSES;
                }
            };

    /**
     * @param perSecond connections per second from one address; 0 for no limit
     */
    public ConnectionRates(int perSecond) {
        this.perSecond = perSecond;
    }

    /** Returns true, and counts the connection, if it is permitted now. */
    public boolean tryPass(InetAddress from, long nowNs) {
        return perSecond == 0
                || rates.computeIfAbsent(
                                network(from), n -> new RateLimit(perSecond, perSecond, nowNs))
                        .tryPass(nowNs);
    }

    private static InetAddress network(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        byte[] bytes = address.getAddress();
        Arrays.fill(bytes, IPV6_PREFIX_BYTES, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (java.net.UnknownHostException impossible) { // the length is valid
            throw new AssertionError(impossible);
        }
    }
}
