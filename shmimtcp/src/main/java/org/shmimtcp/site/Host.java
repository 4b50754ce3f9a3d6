package org.shmimtcp.site;

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
    /** Returns, for example, {@code RTC (exao2)}. */
    @Override
    public String toString() {
        return role + " (" + name + ")";
    }
}
