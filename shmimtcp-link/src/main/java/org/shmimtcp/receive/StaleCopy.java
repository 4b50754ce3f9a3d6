package org.shmimtcp.receive;

import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.posix.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A copy whose transmitter is gone. After a time, an old correction may be worse than none. */
final class StaleCopy {
    private static final Logger LOG = LoggerFactory.getLogger(StaleCopy.class);

    /** The counter for zeros if the source had one frame or none. */
    private static final long FAR_AHEAD = 1000;

    private final ImageDirectory directory;
    private final String name;
    private final OnLoss policy;
    private final boolean sameCounter;
    private final long sinceNs = Clock.monotonicNs();

    /**
     * @param sameCounter true if cnt0 of the copy is the source's
     */
    StaleCopy(ImageDirectory directory, String name, OnLoss policy, boolean sameCounter) {
        this.directory = directory;
        this.name = name;
        this.policy = policy;
        this.sameCounter = sameCounter;
    }

    boolean isOf(String stream) {
        return name.equals(stream);
    }

    /** Publishes zeros when the time has come; returns true if it did. */
    boolean zeroIfDue() {
        boolean due = Clock.monotonicNs() - sinceNs >= policy.zeroAfterNs();
        if (due) {
            expire();
        }
        return due;
    }

    /** Publishes zeros, unless the last frame must stay. */
    void expire() {
        if (policy.isHold()) {
            return;
        }
        try (Image image = open()) {
            FrameWriter writer = image.newWriter();
            writer.begin();
            writer.zero();
            if (sameCounter) {
                writer.commit(0, noFrame(image), true);
            } else {
                writer.commit(0);
            }
            LOG.warn("stream '{}' set to zero: its source is gone", name);
        } catch (ImageException e) {
            LOG.warn("stream '{}' could not be set to zero: {}", name, e.getMessage());
        }
    }

    /**
     * Returns counters for zeros. Their cnt0 differs from the last frame's and from those that the
     * source will send next. It is not 0, which readers take for an unwritten image.
     */
    private static FrameWriter.Origin noFrame(Image image) {
        Clock.Wall now = new Clock.Wall().read();
        var origin = new FrameWriter.Origin();
        long cnt0 = image.cnt0();
        origin.cnt0 = cnt0 > 1 ? cnt0 - 1 : FAR_AHEAD;
        origin.acquiredSeconds = now.seconds();
        origin.acquiredNanos = now.nanos();
        origin.startSeconds = now.seconds();
        origin.startNanos = now.nanos();
        return origin;
    }

    private Image open() {
        directory.checkInside(name);
        return Image.openInside(directory, name);
    }
}
