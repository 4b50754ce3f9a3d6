package org.shmimtcp.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.Security;

/**
 * The host and port to connect to, as given by the user. The name is looked up at each attempt,
 * because a machine may return with another address.
 */
public record Endpoint(String host, int port) {
    /**
     * Shortens the JDK's name cache: 30 s for a name and 10 s for a failed look-up would delay
     * recovery.
     */
    private static final class Names {
        private static final String TTL_S = "1";

        static {
            Security.setProperty("networkaddress.cache.ttl", TTL_S);
            Security.setProperty("networkaddress.cache.negative.ttl", TTL_S);
        }

        static InetAddress lookUp(String name) throws UnknownHostException {
            return InetAddress.getByName(name);
        }
    }

    /** Looks up the name. A numeric address needs no look-up. */
    public InetSocketAddress resolve() throws UnknownHostException {
        return new InetSocketAddress(address(), port);
    }

    private InetAddress address() throws UnknownHostException {
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException aName) {
            return Names.lookUp(host);
        }
    }

    /** Returns an address and port, for example {@code 192.168.2.2:8886}. */
    public static String describe(InetSocketAddress address) {
        String ip = address.getAddress().getHostAddress();
        return (ip.contains(":") ? "[" + ip + "]" : ip) + ":" + address.getPort();
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
