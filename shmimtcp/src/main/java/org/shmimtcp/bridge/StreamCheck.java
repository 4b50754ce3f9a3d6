package org.shmimtcp.bridge;

import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;

/**
 * Checks that the existing streams of a link fit, before anything is started. A receiver would
 * replace a copy that does not, under the processes that use it.
 *
 * @param from the sending machine
 * @param to the receiving machine
 * @param session session of the receiver, which will be replaced if it runs on another port
 */
record StreamCheck(Link link, Host from, Facts fromFacts, Host to, Facts toFacts, String session) {
    /** True if another process may be about to finish one of the streams. */
    boolean isUnfinished() {
        return isUnfinished(fromFacts.streams().get(link.stream()))
                || isUnfinished(toFacts.streams().get(link.copy()));
    }

    private static boolean isUnfinished(Facts.@Nullable Stream stream) {
        Facts.Fault fault = stream == null ? null : stream.fault();
        return fault != null && fault.mayPass();
    }

    /**
     * Checks the streams.
     *
     * @throws BridgeException if one does not fit
     */
    void check() {
        Facts.Stream source = fromFacts.streams().get(link.stream());
        Facts.Stream there = toFacts.streams().get(link.copy());
        Facts.Stream copy = there == null || there.isDead() ? null : there; // it will be replaced
        if (source != null) {
            checkUsable(link.stream(), from, source);
            checkSource(source);
        }
        checkWriter();
        if (copy != null) {
            checkUsable(link.copy(), to, copy);
            checkCopy(copy, source);
        }
    }

    private static void checkUsable(String name, Host host, Facts.Stream stream) {
        Facts.Fault fault = stream.fault();
        if (fault != null) {
            throw new BridgeException(
                    "stream '"
                            + name
                            + "' on "
                            + host
                            + " cannot be used: "
                            + fault.reason()
                            + "; nothing was started, because other processes may use it: remove"
                            + " it there (shmim rm "
                            + name
                            + ") if none does");
        }
    }

    private void checkSource(Facts.Stream source) {
        Shape shape = link.shape();
        DataType type = link.type();
        if (shape != null && type != null && !fits(source, shape, type)) {
            throw new BridgeException(
                    is(link.stream(), from, source)
                            + ", not "
                            + shape
                            + " "
                            + type.letters()
                            + ": remove it (shmim rm "
                            + link.stream()
                            + ") if nobody uses it, or correct the table");
        }
    }

    private void checkCopy(Facts.Stream copy, Facts.@Nullable Stream source) {
        Shape shape = link.shape();
        DataType type = link.type();
        String otherwise;
        if (source != null) {
            if (source.describe().equals(copy.describe())) {
                return;
            }
            otherwise = "; on " + from + " it is " + source.describe();
        } else {
            if (shape == null || type == null || fits(copy, shape, type)) {
                return;
            }
            otherwise = ", not " + shape + " " + type.letters();
        }
        throw new BridgeException(
                is(link.copy(), to, copy)
                        + otherwise
                        + ": replacing it would disturb its users; if there are none, remove it on "
                        + to
                        + " (shmim rm "
                        + link.copy()
                        + ")");
    }

    /** A stream with two receivers would contain the frames of both. */
    private void checkWriter() {
        toFacts.links().stream()
                .filter(s -> s.receives() && s.stream().equals(link.copy()))
                .filter(s -> s.port() != link.port() && s.hasConnection())
                .filter(s -> !s.isSilent(toFacts.timeMs()))
                .filter(s -> !session.equals(toFacts.sessionOf(s.pid())))
                .findFirst()
                .ifPresent(other -> {
                    throw new BridgeException(
                            "stream '"
                                    + link.copy()
                                    + "' on "
                                    + to
                                    + " already is the copy of another link, from "
                                    + other.peer()
                                    + " to port "
                                    + other.port()
                                    + ": end that one first");
                });
    }

    private static boolean fits(Facts.Stream stream, Shape shape, DataType type) {
        return shape.equals(stream.shape()) && type == stream.type();
    }

    private static String is(String name, Host host, Facts.Stream stream) {
        return "stream '" + name + "' on " + host + " is " + stream.describe();
    }
}
