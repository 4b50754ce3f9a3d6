package org.shmimtcp.receive;

import org.jspecify.annotations.Nullable;
import org.shmimtcp.wire.MilkVariant;

/** Which protocols a receiver accepts. */
public enum Wire {
    /** Our own from transmitters of ours, milk1, milk2 or milk3 from C programs. */
    AUTO,
    /** Our own only. */
    NATIVE,
    /** Only what C programs speak, also from transmitters of ours. */
    MILK,
    /** C programs from before 2022, which send no keywords and cannot be told apart. */
    MILK0,
    /** C programs of 2022 to 2024 only. */
    MILK1,
    /** Newer C programs only. */
    MILK2,
    /** A development branch of 2026 only. */
    MILK3;

    boolean allowsNative() {
        return this == AUTO || this == NATIVE;
    }

    /** True if a C program may begin with a head, or without one as milk3 does. */
    boolean allows(boolean milk3) {
        return switch (this) {
            case AUTO, MILK -> true;
            case NATIVE -> false;
            case MILK0, MILK1, MILK2 -> !milk3;
            case MILK3 -> milk3;
        };
    }

    /** The one variant of the C programs' byte stream; null if the first record tells it. */
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
