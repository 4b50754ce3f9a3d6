package org.shmimtcp.transport;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A range of addresses with the same leading bits, such as {@code 192.168.2.0/24} or {@code
 * fd00::/8}; {@code fe80::%eth1/64} is limited to one interface. An IPv4-mapped IPv6 address counts
 * as IPv4.
 */
public record AddressRange(InetAddress address, int bits) {
    /** Number of bits before the IPv4 address in an IPv4-mapped IPv6 address. */
    private static final int MAPPED_BITS = 96;

    private static final Pattern DOTTED = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+");

    /** True if one of the ranges contains the address, or if there are no ranges. */
    public static boolean allow(List<AddressRange> ranges, InetAddress address) {
        return ranges.isEmpty() || ranges.stream().anyMatch(range -> range.contains(address));
    }

    /** Throws IllegalArgumentException if the address has fewer than {@code bits} bits. */
    public AddressRange {
        int all = 8 * address.getAddress().length;
        if (bits < 0 || bits > all) {
            throw new IllegalArgumentException("/" + bits + ": must be 0 to " + all);
        }
    }

    /**
     * Parses {@code ADDRESS/BITS}, or a single address. Host names are refused, so nothing is
     * looked up.
     *
     * @throws IllegalArgumentException if the text is neither; its message is the reason
     */
    public static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = literal(slash < 0 ? text : text.substring(0, slash));
        int bits = 8 * address.getAddress().length;
        if (slash >= 0) {
            try {
                bits = Integer.parseInt(text.substring(slash + 1));
                if (bits > 32 && address instanceof Inet4Address && text.contains(":")) {
                    bits = Math.max(0, bits - MAPPED_BITS); // ::ffff:10.0.0.0/104 is 10.0.0.0/8
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "'" + text.substring(slash) + "': a number of bits is expected", e);
            }
        }
        return new AddressRange(address, bits);
    }

    private static InetAddress literal(String text) {
        boolean v6 = text.contains(":");
        try {
            if (v6) {
                return Inet6Address.ofLiteral(text);
            }
            if (DOTTED.matcher(text).matches()) { // ofLiteral would read "10.1" as 10.0.0.1
                return Inet4Address.ofLiteral(text);
            }
        } catch (IllegalArgumentException e) {
            throw wrong(text, e);
        }
        throw wrong(text, null);
    }

    private static IllegalArgumentException wrong(
            String text, @org.jspecify.annotations.Nullable Exception cause) {
        return new IllegalArgumentException(
                "'" + text + "': an IPv4 or IPv6 address is expected", cause);
    }

    /** True if an address is in this range. */
    public boolean contains(InetAddress other) {
        byte[] ours = address.getAddress();
        byte[] theirs = other.getAddress();
        if (ours.length != theirs.length) {
            return false;
        }
        if (address instanceof Inet6Address range
                && range.getScopeId() != 0
                && !(other instanceof Inet6Address v6 && v6.getScopeId() == range.getScopeId())) {
            return false; // the same link-local address on another interface is another machine
        }
        int whole = bits / 8;
        for (int i = 0; i < whole; i++) {
            if (ours[i] != theirs[i]) {
                return false;
            }
        }
        int rest = bits % 8;
        return rest == 0 || ((ours[whole] ^ theirs[whole]) & 0xff) >>> (8 - rest) == 0;
    }

    /** Returns the form that {@link #parse} accepts. */
    @Override
    public String toString() {
        return address.getHostAddress() + "/" + bits;
    }
}
