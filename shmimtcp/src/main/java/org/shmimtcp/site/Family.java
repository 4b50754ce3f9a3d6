package org.shmimtcp.site;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Streams whose names differ only in a number, such as the channels of a mirror.
 *
 * @param name name of the family, for example {@code tweeter}
 * @param streams names of the streams
 * @param older former names on the sending machine; null if there are none
 * @param first the links of the first stream, one to each receiving machine; those of the others
 *     differ only in stream and port
 */
record Family(String name, NumberedName streams, @Nullable NumberedName older, List<Link> first) {
    Family {
        first = List.copyOf(first);
    }

    /** Returns the role of the sending machine. */
    String from() {
        return first.getFirst().from();
    }

    /** Returns all links of the family. */
    List<Link> links() {
        List<Link> links = new ArrayList<>();
        for (int n = streams.first(); n <= streams.last(); n++) {
            links.addAll(links(n));
        }
        return links;
    }

    private List<Link> links(int number) {
        String stream = streams.of(number);
        return first.stream()
                .map(link -> link.named(stream, stream, link.port() + number - streams.first()))
                .toList();
    }

    /** Returns the links of a stream; empty if it is none of the family. */
    List<Link> find(String stream) {
        return streams.numberIn(stream).stream()
                .mapToObj(this::links)
                .flatMap(List::stream)
                .toList();
    }

    /** Returns the links of the stream with that former name, which has the same number. */
    List<Link> findOlder(String stream) {
        return older == null
                ? List.of()
                : older.numberIn(stream).stream()
                        .mapToObj(this::links)
                        .flatMap(List::stream)
                        .toList();
    }
}
