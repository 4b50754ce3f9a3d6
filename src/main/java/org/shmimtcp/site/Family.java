package org.shmimtcp.site;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Streams that differ in a number only, such as the channels of a mirror.
 *
 * @param name what the family is called, {@code tweeter}
 * @param streams their names
 * @param older what the sending machine called them once; null for nothing else
 * @param link the first one: the others have other streams and ports only
 */
record Family(String name, NumberedName streams, @Nullable NumberedName older, Link link) {
    /** All of them. */
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

    /** The one that had that name once; its number is the same. */
    Optional<Link> findOlder(String stream) {
        return older == null
                ? Optional.empty()
                : older.numberIn(stream).stream().mapToObj(this::link).findFirst();
    }
}
