package org.shmimtcp.synthetic;

import org.shmimtcp.image.Keywords;

/**
 * Three keywords (type L) of each frame: its number, its intended time of writing, and the checksum
 * of its pixels. They allow each copy to be checked by itself.
 */
public final class FrameStamp {
    /** Frame number, from 1. */
    public static final String FRAME = "FRAME";

    /**
     * The time at which the frame was due, CLOCK_MONOTONIC in ns, so that a late writer does not
     * hide its delay. Only processes of the same machine can compare it.
     */
    public static final String TIME_NS = "TIME_NS";

    /** CRC-32C (RFC 3720) of the frame's pixel bytes. */
    public static final String CRC32C = "CRC32C";

    private final Keywords keywords;
    private final int frameSlot;
    private final int timeSlot;
    private final int crcSlot;

    /**
     * Takes three slots of a keyword table.
     *
     * @throws org.shmimtcp.image.ImageException if fewer are free
     */
    public FrameStamp(Keywords keywords) {
        this.keywords = keywords;
        this.frameSlot = keywords.put(FRAME, 0L, "frame number of the source");
        this.timeSlot = keywords.put(TIME_NS, 0L, "CLOCK_MONOTONIC when it was due, ns");
        this.crcSlot = keywords.put(CRC32C, 0L, "checksum of the pixels");
    }

    /** Writes the keywords, between {@code begin} and {@code commit}. */
    void write(long n, long dueNs, long crc) {
        keywords.setLong(frameSlot, n);
        keywords.setLong(timeSlot, dueNs);
        keywords.setLong(crcSlot, crc);
    }
}
