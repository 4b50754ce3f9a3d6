package org.shmimtcp.receive;

import java.util.List;
import org.shmimtcp.image.GuestKeyword;
import org.shmimtcp.image.Image;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HostName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the link state as keywords of the copied image, for readers that open only the copy.
 * They use slots that the source leaves free, and yield them to the source.
 */
final class StatusKeywords {
    private static final Logger LOG = LoggerFactory.getLogger(StatusKeywords.class);
    private static final long PERIOD_NS = 1_000_000_000L;

    private final GuestKeyword host;
    private final GuestKeyword up;
    private final GuestKeyword age;
    private final GuestKeyword skipped;
    private final List<GuestKeyword> all;
    private final ReceiverCounts counts;
    private final int firstSlot;
    private long nextNs = Clock.monotonicNs();
    private boolean warned;

    /**
     * @param source the address of the source
     * @param firstSlot first slot that may be used; earlier ones belong to the source even if free
     */
    StatusKeywords(String source, ReceiverCounts counts, int firstSlot) {
        // The comment distinguishes them from the status keywords of another receiver, whose copy
        // may be this link's source.
        String here = "of the link to " + HostName.get();
        this.host = GuestKeyword.ofText("SRCHOST", "source " + here);
        this.up = GuestKeyword.ofLong("LINKUP", "1 while there is a transmitter, " + here);
        this.age = GuestKeyword.ofLong("AGEUS", "us, newest frame on arrival, -1 unknown, " + here);
        this.skipped = GuestKeyword.ofLong("SKIPPED", "frames not received in all, " + here);
        this.all = List.of(host, up, age, skipped);
        this.counts = counts;
        this.firstSlot = firstSlot;
        host.set(source);
        up.set(1);
    }

    /** Sets the host name of the source. */
    void sourceHost(String name) {
        host.set(name);
        nextNs = Clock.monotonicNs();
    }

    /** Updates the keywords once a second. Call often, on the thread that publishes frames. */
    void refreshIfDue(Image image) {
        long nowNs = Clock.monotonicNs();
        if (nowNs - nextNs >= 0) {
            nextNs = nowNs + PERIOD_NS;
            write(image);
        }
    }

    /** Writes the keywords into a new image at the next call of {@link #refreshIfDue}. */
    void moved() {
        nextNs = Clock.monotonicNs();
    }

    /** Marks the link as lost. */
    void down(Image image) {
        up.set(0);
        write(image);
    }

    private void write(Image image) {
        long ageNs = counts.lastAgeNs();
        age.set(ageNs < 0 ? -1 : ageNs / 1000);
        skipped.set(counts.skipped.get());
        boolean room = true;
        for (int i = 0; i < all.size(); i++) {
            room &= all.get(i).write(image, firstSlot);
        }
        if (!room && !warned) {
            warned = true;
            LOG.warn(
                    "stream '{}' has no {} keyword slots unused by its source: not all of SRCHOST,"
                            + " LINKUP, AGEUS, SKIPPED are published",
                    image.name(),
                    all.size());
        }
    }
}
