package org.shmimtcp.transmit;

import java.lang.foreign.MemorySegment;
import org.shmimtcp.wire.FrameMessage;

/**
 * A buffer with one FRAME message, from which several connections send. It is reused once nobody
 * needs it any more. Used by the distributor's thread only.
 */
final class SharedFrame {
    final MemorySegment message;
    final FrameMessage.Checksum checksum;

    /** Length of the message. */
    long bytes;

    /** The source's counter. */
    long cnt0;

    /** Counts the frames copied, from 1: a later frame has a higher number, whatever its cnt0. */
    long number;

    /** Number of the newest keyword changes before this frame. */
    long changesBefore;

    /** Number of the newest keyword changes including those in this frame. */
    long changes;

    /** False if it was withdrawn, because a writer intervened while part of it was sent. */
    boolean whole;

    /** Connections that are sending it, and the distributor while it is the newest frame. */
    int users;

    SharedFrame(MemorySegment message) {
        this.message = message;
        this.checksum = new FrameMessage.Checksum(message);
    }

    /** Completes the message. Nothing in it may change afterwards. */
    void seal(boolean isWhole, long length) {
        bytes = length;
        whole = isWhole;
        FrameMessage.seal(message, length, isWhole, checksum);
    }
}
