package org.shmimtcp.testing;

import java.util.function.IntFunction;

/** The hosts H1, H2, … of a site file. */
public final class SiteHosts {
    private SiteHosts() {}

    /** Returns the start of a site file with hosts that are addresses of this one. */
    public static String onLoopback(int count) {
        return at(count, n -> "127.0.0." + n);
    }

    /**
     * Returns the start of a site file.
     *
     * @param address returns the address of host n, on which it listens
     */
    public static String at(int count, IntFunction<String> address) {
        StringBuilder text = new StringBuilder("replace = true\n");
        for (int n = 1; n <= count; n++) {
            text.append(
                    """
                    [hosts.H%1$d]
                    address = "%2$s"
                    ssh = "h%1$d"
                    bind = "%2$s"
                    """
                            .formatted(n, address.apply(n)));
        }
        return text.toString();
    }
}
