package org.shmimtcp.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.Security;

/**
 * Where to connect to, as the user wrote it. The name is looked up at each attempt: a machine may
 * come back under another address.
 */
public record Endpoint(String host, int port) {
    /** The JDK remembers a name for 30 s, and for 10 s that there is none: too long at night. */
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

    /** Looks the name up; a numeric address needs no look-up. */
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

    /** {@code 192.168.2.2:8886}. */
    public static String describe(InetSocketAddress address) {
        String ip = address.getAddress().getHostAddress();
        return (ip.contains(":") ? "[" + ip + "]" : ip) + ":" + address.getPort();
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
