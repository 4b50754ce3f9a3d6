package org.shmimtcp.receive;

import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.posix.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A copy whose transmitter is gone: after a time, an old correction may be worse than none. */
final class Orphan {
    private static final Logger LOG = LoggerFactory.getLogger(Orphan.class);

    private final ImageDirectory directory;
    private final String name;
    private final OnLoss policy;
    private final long sinceNs = Clock.monotonicNs();

    Orphan(ImageDirectory directory, String name, OnLoss policy) {
        this.directory = directory;
        this.name = name;
        this.policy = policy;
    }

    boolean isOf(String stream) {
        return name.equals(stream);
    }

    /** Publishes zeros when the time has come; true if it did. */
    boolean look() {
        boolean due = Clock.monotonicNs() - sinceNs >= policy.zeroAfterNs();
        if (due) {
            expire();
        }
        return due;
    }

    /** Publishes zeros, unless the last frame is to stay. */
    void expire() {
        if (policy.isHold()) {
            return;
        }
        try (Image image = open()) {
            FrameWriter writer = image.newWriter();
            writer.begin();
            writer.zero();
            writer.commit(0);
            LOG.warn("stream '{}' set to zero: no transmitter", name);
        } catch (ImageException e) {
            LOG.warn("stream '{}' could not be set to zero: {}", name, e.getMessage());
        }
    }

    private Image open() {
        directory.checkInside(name);
        return Image.open(directory, name);
    }
}
