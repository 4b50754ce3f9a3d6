package org.shmimtcp.bench;

import java.util.List;

/**
 * A transmitter and a receiver.
 *
 * @param options of both ends, where they are ours: {@code --wait spin}
 */
record Pair(String name, End transmitter, End receiver, List<String> options) {
    static final Pair C = new Pair("C", End.C, End.C, List.of());

    /** The floor: the reader looks at the source itself. */
    static final Pair NO_LINK = new Pair("no link", End.NONE, End.NONE, List.of());

    static Pair ours(List<String> options) {
        String name = options.isEmpty() ? "ours" : "ours " + String.join(" ", options);
        return new Pair(name, End.OURS, End.OURS, options);
    }

    static Pair mixed(End transmitter, End receiver) {
        return new Pair(
                (transmitter == End.C ? "C" : "ours") + "->" + (receiver == End.C ? "C" : "ours"),
                transmitter,
                receiver,
                List.of());
    }

    /** True if both ends are ours. */
    boolean isOurs() {
        return transmitter == End.OURS && receiver == End.OURS;
    }

    boolean isLink() {
        return transmitter != End.NONE;
    }
}
