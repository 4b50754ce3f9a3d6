package org.shmimtcp.site;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Streams whose names differ only in a number, such as the channels of a mirror.
 *
 * @param name name of the family, for example {@code tweeter}
 * @param streams names of the streams
 * @param older former names on the sending machine; null if there are none
 * @param link the first link; the others differ only in stream and port
 */
record Family(String name, NumberedName streams, @Nullable NumberedName older, Link link) {
    /** Returns all links of the family. */
    List<Link> links() {
        List<Link> links = new ArrayList<>();
        for (int n = streams.first(); n <= streams.last(); n++) {
            links.add(link(n));
        }
        return links;
    }

    private Link link(int number) {
        String stream = streams.of(number);
        return link.named(stream, stream, link.port() + number - streams.first());
    }

    Optional<Link> find(String stream) {
        return streams.numberIn(stream).stream().mapToObj(this::link).findFirst();
    }

    /** Returns the link with that former name, which has the same number. */
    Optional<Link> findOlder(String stream) {
        return older == null
                ? Optional.empty()
                : older.numberIn(stream).stream().mapToObj(this::link).findFirst();
    }
}
