package org.shmimtcp.site;

import java.net.InetAddress;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A machine.
 *
 * @param role value of {@code $MAGAOX_ROLE} on that machine
 * @param name name used by people
 * @param address address at which its receivers are reached
 * @param ssh destination for ssh
 * @param bin directory of the shmimTCP programs; null if they are on the PATH of a login shell
 * @param bind the only address that its receivers listen on; null for all
 */
public record Host(
        String role,
        String name,
        String address,
        String ssh,
        @Nullable String bin,
        @Nullable String bind) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})");
    private static final int IPV4_PARTS = 4;

    private static final Pattern SSH =
            Pattern.compile(
                    "([^-@\\s\\p{Cntrl}][^\\s\\p{Cntrl}]*@)?[^-@\\s\\p{Cntrl}][^@\\s\\p{Cntrl}]*");

    /**
     * Checks an address: IPv4, IPv6 or a host name.
     *
     * @throws IllegalArgumentException if it cannot be one
     */
    public static String checkAddress(String text) {
        boolean name = NAME.matcher(text).matches() && !text.matches("[0-9.]+");
        if (!name && !isLiteral(text)) {
            throw new IllegalArgumentException(
                    "expected an IP address or a host name, not \"" + text + "\"");
        }
        return text;
    }

    private static boolean isLiteral(String text) {
        if (text.matches("[0-9.]+") && text.split("\\.", -1).length != IPV4_PARTS) {
            return false; // Java takes 192.168.2 for 192.168.0.2
        }
        try {
            InetAddress.ofLiteral(text.replaceFirst("%[A-Za-z0-9_.-]+$", ""));
            return !text.startsWith("[");
        } catch (IllegalArgumentException none) {
            return false;
        }
    }

    /**
     * Checks a destination for ssh: a host, or user@host.
     *
     * @throws IllegalArgumentException if it cannot be one
     */
    public static String checkSsh(String text) {
        if (!SSH.matcher(text).matches()) {
            throw new IllegalArgumentException("expected HOST or USER@HOST, not \"" + text + "\"");
        }
        return text;
    }

    /** Returns, for example, {@code RTC (exao2)}. */
    @Override
    public String toString() {
        return role + " (" + name + ")";
    }
}
