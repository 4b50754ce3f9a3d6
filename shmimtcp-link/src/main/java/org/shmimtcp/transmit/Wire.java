package org.shmimtcp.transmit;

import org.shmimtcp.wire.MilkVariant;

/** The protocol that a transmitter uses. */
public enum Wire {
    /** The native protocol if the receiver answers, otherwise milk1. */
    AUTO(MilkVariant.MILK1),
    /** The native protocol only. */
    NATIVE(MilkVariant.MILK1),
    MILK1(MilkVariant.MILK1),
    MILK2(MilkVariant.MILK2),
    MILK3(MilkVariant.MILK3);

    private final MilkVariant variant;

    Wire(MilkVariant variant) {
        this.variant = variant;
    }

    /** Returns the variant for a receiver that does not answer. */
    MilkVariant variant() {
        return variant;
    }

    /** True if metadata precede the first frame. */
    boolean hasHead() {
        return variant != MilkVariant.MILK3;
    }

    boolean allowsNative() {
        return this == AUTO || this == NATIVE;
    }

    boolean allowsMilk() {
        return this != NATIVE;
    }
}
