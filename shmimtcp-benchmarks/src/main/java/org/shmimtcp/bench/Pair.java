package org.shmimtcp.bench;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.testing.CCompiler;
import org.shmimtcp.testing.Peer;

/**
 * A transmitter and a receiver.
 *
 * @param options of both ends, where they are ours: {@code --wait spin}
 * @param source source text of the C program at its C ends; null for the project's own
 */
record Pair(
        String name, End transmitter, End receiver, List<String> options, @Nullable Path source) {
    static final Pair C = new Pair("C", End.C, End.C, List.of(), null);

    /** The floor: the reader looks at the source itself. */
    static final Pair NO_LINK = new Pair("no link", End.NONE, End.NONE, List.of(), null);

    /** The C pair of another version of {@code shmpeer.c}. */
    static Pair otherC(Path source) {
        return new Pair("C of another source", End.C, End.C, List.of(), source);
    }

    static Pair ours(List<String> options) {
        String name = options.isEmpty() ? "ours" : "ours " + String.join(" ", options);
        return new Pair(name, End.OURS, End.OURS, options, null);
    }

    static Pair mixed(End transmitter, End receiver) {
        return new Pair(
                (transmitter == End.C ? "C" : "ours") + "->" + (receiver == End.C ? "C" : "ours"),
                transmitter,
                receiver,
                List.of(),
                null);
    }

    /** True if both ends are ours. */
    boolean isOurs() {
        return transmitter == End.OURS && receiver == End.OURS;
    }

    /** Returns the program of its C ends, which is compiled at the first call. */
    Path programOfC() {
        return source == null ? Peer.program() : CCompiler.compile(source, "shmpeer-other");
    }

    boolean isLink() {
        return transmitter != End.NONE;
    }
}
