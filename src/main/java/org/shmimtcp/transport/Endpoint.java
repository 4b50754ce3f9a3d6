package org.shmimtcp.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * Where to connect to, as the user wrote it. The name is looked up at each attempt: a machine may
 * come back under another address.
 */
public record Endpoint(String host, int port) {
    /** Looks the name up; a numeric address needs no look-up. */
    public InetSocketAddress resolve() throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName(host), port);
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
