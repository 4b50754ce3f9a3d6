package org.shmimtcp.site;

import org.jspecify.annotations.Nullable;

/**
 * A machine.
 *
 * @param role what {@code $MAGAOX_ROLE} says there
 * @param name what people call it
 * @param address where its receivers are reached
 * @param ssh what to say to ssh
 * @param bin directory of our programs there; null where they are on the PATH of a login shell
 * @param bind the one address that its receivers listen on; null for all
 */
public record Host(
        String role,
        String name,
        String address,
        String ssh,
        @Nullable String bin,
        @Nullable String bind) {
    /** {@code RTC (exao2)}. */
    @Override
    public String toString() {
        return role + " (" + name + ")";
    }
}
