package org.shmimtcp.receive;

/** Which protocols a receiver accepts. */
public enum Wire {
    /** Our own from transmitters of ours, milk1 or milk2 from C programs. */
    AUTO,
    /** Our own only. */
    NATIVE,
    /** Only what C programs speak, also from transmitters of ours. */
    MILK,
    /** C programs from before 2022, which send no keywords and cannot be told apart. */
    MILK0;

    boolean allowsNative() {
        return this == AUTO || this == NATIVE;
    }

    boolean allowsMilk() {
        return this != NATIVE;
    }
}
