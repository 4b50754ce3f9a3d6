package org.shmimtcp.offer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.IoReason;
import org.shmimtcp.receive.NamePatterns;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.wire.LinksMessage;

/**
 * The links of this machine that copy offered streams, read at most four times a second, and only
 * when somebody asks. Publishers are not among them: their clients are nobody else's concern.
 */
final class OfferedLinks {
    private static final long SAMPLE_NS = 250_000_000L;

    private final ImageDirectory directory;
    private final NamePatterns names;
    private @Nullable Sample newest;
    private long sampledNs;

    OfferedLinks(ImageDirectory directory, NamePatterns names) {
        this.directory = directory;
        this.names = names;
    }

    /** The links at a time. */
    static final class Sample {
        private final long timeMs;
        private final byte[] json;

        private Sample(long timeMs, byte[] json) {
            this.timeMs = timeMs;
            this.json = json;
        }

        /** Returns the Unix time. */
        long timeMs() {
            return timeMs;
        }

        /** Returns a JSON array, not to be changed. */
        byte[] json() {
            return json;
        }
    }

    /**
     * Returns the links as they were at most a quarter of a second ago.
     *
     * @throws ImageException if they cannot be read
     */
    synchronized Sample read() {
        long nowNs = Clock.monotonicNs();
        Sample there = newest;
        if (there != null && nowNs - sampledNs < SAMPLE_NS) {
            return there;
        }
        sampledNs = nowNs;
        Sample made = new Sample(System.currentTimeMillis(), json());
        newest = made;
        return made;
    }

    private byte[] json() {
        List<LinkStatus> links;
        try {
            links = LinkStatuses.read(directory);
        } catch (IOException e) {
            throw new ImageException("its links cannot be read: " + IoReason.of(e));
        }
        byte[] json =
                LinkStatuses.toShortJson(
                                links.stream()
                                        .filter(s -> !s.publishes() && names.matches(s.stream()))
                                        .toList())
                        .getBytes(StandardCharsets.UTF_8);
        if (json.length > LinksMessage.MAX_TEXT_BYTES) {
            throw new ImageException("it has more links than a message can hold");
        }
        return json;
    }
}
