package org.shmimtcp.transmit;

import java.lang.foreign.MemorySegment;
import org.shmimtcp.wire.FrameMessage;

/**
 * When each keyword of an image changed last, so that a connection that skipped frames can be sent
 * the changes that it missed. Changes that were found together have one number, and numbers rise.
 * Allocates nothing after construction.
 */
final class KeywordHistory {
    /** The number before all changes: a connection to be sent every keyword has this one. */
    static final long NOTHING = 0;

    private final FrameEncoder encoder;
    private final int maxChanges;
    private final long[] changedAt;
    private long newest = NOTHING;
    private int next;

    /**
     * @param slots keyword slots of the image
     * @param maxChanges how many changes fit into a message
     */
    KeywordHistory(FrameEncoder encoder, int slots, int maxChanges) {
        this.encoder = encoder;
        this.maxChanges = maxChanges;
        this.changedAt = new long[slots];
    }

    /** Returns the number of the newest changes. */
    long newest() {
        return newest;
    }

    /**
     * Records changes with the next number.
     *
     * @param message a message with these changes
     * @param pixels number of its pixel bytes
     */
    void record(MemorySegment message, long pixels, int changes) {
        if (changes == 0) {
            return;
        }
        newest++;
        for (int i = 0; i < changes; i++) {
            int slot = FrameMessage.changeSlot(message, FrameMessage.change(pixels, i));
            changedAt[slot] = newest;
        }
    }

    /**
     * Writes a KEYWORDS message, not sealed, with the keywords whose last change has a number above
     * {@code after}, up to {@code through}. Continue at {@link #next} for those that do not fit.
     *
     * @param from the first slot to look at
     * @return the number of keywords; 0 if there are no more
     */
    int put(MemorySegment message, int from, long after, long through) {
        int count = 0;
        int slot = from;
        for (; slot < changedAt.length && count < maxChanges; slot++) {
            if (changedAt[slot] > after && changedAt[slot] <= through) {
                long change = FrameMessage.change(0, count++);
                FrameMessage.changeSlot(message, change, slot);
                encoder.copyAccepted(slot, message, change + FrameMessage.CHANGE_KEYWORD);
            }
        }
        next = slot;
        if (count > 0) {
            encoder.fillKeywords(message, count);
        }
        return count;
    }

    /** Returns the slot after the last one that {@link #put} has looked at. */
    int next() {
        return next;
    }
}
