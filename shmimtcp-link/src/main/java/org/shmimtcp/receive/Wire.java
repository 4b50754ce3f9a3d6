package org.shmimtcp.receive;

import org.jspecify.annotations.Nullable;
import org.shmimtcp.wire.MilkVariant;

/** Which protocols a receiver accepts. */
public enum Wire {
    /** The native protocol from shmimTCP transmitters; milk1, milk2 or milk3 from C programs. */
    AUTO,
    /** The native protocol only. */
    NATIVE,
    /** Only the protocols of C programs, also from shmimTCP transmitters. */
    MILK,
    /** Only C programs from before 2022, which send no keywords and cannot be recognized. */
    MILK0,
    /** Only C programs of 2022 to 2024. */
    MILK1,
    /** Only newer C programs. */
    MILK2,
    /** Only a development branch of 2026. */
    MILK3;

    boolean allowsNative() {
        return this == AUTO || this == NATIVE;
    }

    /** True if a C program is accepted that starts with a head, or, as milk3 does, without one. */
    boolean allows(boolean milk3) {
        return switch (this) {
            case AUTO, MILK -> true;
            case NATIVE -> false;
            case MILK0, MILK1, MILK2 -> !milk3;
            case MILK3 -> milk3;
        };
    }

    /**
     * Returns the only variant accepted of the C programs' byte stream; null if the first record
     * decides.
     */
    @Nullable MilkVariant variant() {
        return switch (this) {
            case AUTO, NATIVE, MILK -> null;
            case MILK0 -> MilkVariant.MILK0;
            case MILK1 -> MilkVariant.MILK1;
            case MILK2 -> MilkVariant.MILK2;
            case MILK3 -> MilkVariant.MILK3;
        };
    }
}
