package org.shmimtcp.want;

import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.offer.Survey;
import org.shmimtcp.receive.WantedStream;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.wire.Catalogue;

/** Finds the host that offers a stream. Once found, the stream stays with that host. */
final class StreamFinder implements WantedStream.Where {
    private final OfferingHosts hosts;
    private final String stream;
    private volatile @Nullable String host;

    /**
     * @param host role of the host; null to take the one that offers the stream
     */
    StreamFinder(OfferingHosts hosts, String stream, @Nullable String host) {
        this.hosts = hosts;
        this.stream = stream;
        this.host = host;
    }

    /** Several hosts offer the stream. */
    static final class AmbiguousException extends IOException {
        private static final long serialVersionUID = 1L;

        AmbiguousException(String message) {
            super(message);
        }
    }

    @Override
    public Endpoint find(BooleanSupplier stopped) throws IOException {
        String known = host;
        if (known == null) {
            known = choose(hosts.ask(stopped));
            host = known;
        }
        return hosts.of(known);
    }

    private String choose(List<Survey.Answer<Catalogue>> answers) throws IOException {
        List<String> found =
                answers.stream().filter(this::offers).map(Survey.Answer::host).toList();
        if (found.size() > 1) {
            throw new AmbiguousException(
                    String.join(" and ", found)
                            + " offer '"
                            + stream
                            + "': say which one, as in "
                            + found.getFirst()
                            + ":"
                            + stream);
        }
        if (found.isEmpty()) {
            List<String> silent =
                    answers.stream()
                            .filter(answer -> answer.content() == null)
                            .map(Survey.Answer::host)
                            .toList();
            throw new IOException(
                    "no other host offers '"
                            + stream
                            + "' now"
                            + (silent.isEmpty()
                                    ? ""
                                    : "; no answer from " + String.join(", ", silent)));
        }
        return found.getFirst();
    }

    private boolean offers(Survey.Answer<Catalogue> answer) {
        Catalogue catalogue = answer.content();
        return catalogue != null
                && catalogue.streams().stream().anyMatch(s -> s.name().equals(stream));
    }

    @Override
    public String describe() {
        String known = host;
        return known == null ? "another host" : known;
    }
}
