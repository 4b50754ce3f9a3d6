package org.shmimtcp.link;

import java.util.Locale;

/** A protocol that a link speaks. */
public enum Protocol {
    /** Between two shmimTCP programs. */
    NATIVE,
    /** The byte stream of C programs; its first record decides on the variant. */
    MILK,
    /** The byte stream of C programs from before 2022. */
    MILK0,
    /** The byte stream of C programs of 2022 to 2024. */
    MILK1,
    /** The byte stream of newer C programs. */
    MILK2,
    /** The byte stream of a development branch of 2026. */
    MILK3,
    /** ZeroMQ messages of milkzmq servers. */
    MILKZMQ;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** Returns the name as it is printed and published. */
    public String text() {
        return text;
    }

    @Override
    public String toString() {
        return text();
    }
}
