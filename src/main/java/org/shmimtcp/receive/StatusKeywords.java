package org.shmimtcp.receive;

import java.util.List;
import org.shmimtcp.image.GuestKeyword;
import org.shmimtcp.image.Image;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HostName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of the link in keywords of the copy, for who reads nothing but the copy. They live in
 * slots that the source does not use, and give way to it.
 */
final class StatusKeywords {
    private static final Logger LOG = LoggerFactory.getLogger(StatusKeywords.class);
    private static final long PERIOD_NS = 1_000_000_000L;

    private final GuestKeyword host;
    private final GuestKeyword up;
    private final GuestKeyword age;
    private final GuestKeyword skipped;
    private final List<GuestKeyword> all;
    private final Tally tally;
    private final int firstSlot;
    private long nextNs = Clock.monotonicNs();
    private boolean warned;

    /**
     * @param source where frames come from
     * @param firstSlot slots before it are the source's even where they are free
     */
    StatusKeywords(String source, Tally tally, int firstSlot) {
        // The comment tells them from those of another receiver that this copy's source is.
        String here = "of the link to " + HostName.get();
        this.host = GuestKeyword.ofText("SRCHOST", "source " + here);
        this.up = GuestKeyword.ofLong("LINKUP", "1 while there is a transmitter, " + here);
        this.age = GuestKeyword.ofLong("AGEUS", "us, newest frame on arrival, -1 unknown, " + here);
        this.skipped = GuestKeyword.ofLong("SKIPPED", "frames not received in all, " + here);
        this.all = List.of(host, up, age, skipped);
        this.tally = tally;
        this.firstSlot = firstSlot;
        host.set(source);
        up.set(1);
    }

    /** The source has said what it calls itself. */
    void sourceHost(String name) {
        host.set(name);
        nextNs = Clock.monotonicNs();
    }

    /** Brings them up to date once a second. To be called often, by who writes the frames. */
    void look(Image image) {
        long nowNs = Clock.monotonicNs();
        if (nowNs - nextNs >= 0) {
            nextNs = nowNs + PERIOD_NS;
            write(image);
        }
    }

    /** Another image has taken the place of the one before. */
    void moved() {
        nextNs = Clock.monotonicNs();
    }

    /** The link is lost. */
    void down(Image image) {
        up.set(0);
        write(image);
    }

    private void write(Image image) {
        long ageNs = tally.lastAgeNs();
        age.set(ageNs < 0 ? -1 : ageNs / 1000);
        skipped.set(tally.skipped.get());
        boolean room = true;
        for (int i = 0; i < all.size(); i++) {
            room &= all.get(i).write(image, firstSlot);
        }
        if (!room && !warned) {
            warned = true;
            LOG.warn(
                    "stream '{}' has no {} keyword slots that its source leaves free: not all of"
                            + " SRCHOST, LINKUP, AGEUS, SKIPPED are kept there",
                    image.name(),
                    all.size());
        }
    }
}
