package org.shmimtcp.synthetic;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.shmimtcp.image.Keywords;

/**
 * Three keywords (type L) that go with each frame, so that a copy of it can be checked by itself:
 * its number, the time when it was meant to be written, and the checksum of its pixels.
 */
public final class FrameStamp {
    /** Frame number, from 1 on. */
    public static final String FRAME = "FRAME";

    /**
     * CLOCK_MONOTONIC in ns when the frame was due: a writer that is late does not hide it. Only
     * processes of the same machine can compare it.
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
     * @throws org.shmimtcp.image.ImageException if it has not so many free
     */
    public FrameStamp(Keywords keywords) {
        this.keywords = keywords;
        this.frameSlot = keywords.put(FRAME, 0L, "frame number of the source");
        this.timeSlot = keywords.put(TIME_NS, 0L, "CLOCK_MONOTONIC when it was due, ns");
        this.crcSlot = keywords.put(CRC32C, 0L, "checksum of the pixels");
    }

    /** Writes them, between {@code begin} and {@code commit}. */
    void write(long n, long dueNs, long crc) {
        keywords.setLong(frameSlot, n);
        keywords.setLong(timeSlot, dueNs);
        keywords.setLong(crcSlot, crc);
    }

    /** Computes the checksum of what one buffer holds, again and again, without allocating. */
    public static final class Checksum {
        /** A ByteBuffer has 2³¹ - 1 bytes at most. */
        private static final long PIECE = 1L << 30;

        private final CRC32C crc = new CRC32C();
        private final ByteBuffer[] pieces;

        /**
         * @param frame native memory, written and read by the thread that asks for the sum
         */
        public Checksum(MemorySegment frame) {
            int count = (int) ((frame.byteSize() + PIECE - 1) / PIECE);
            this.pieces = new ByteBuffer[count];
            for (int i = 0; i < count; i++) {
                long from = i * PIECE;
                long bytes = Math.min(PIECE, frame.byteSize() - from);
                pieces[i] = frame.asSlice(from, bytes).asByteBuffer();
            }
        }

        /** The checksum of what the buffer holds now. */
        public long compute() {
            crc.reset();
            for (ByteBuffer piece : pieces) {
                crc.update(piece.rewind());
            }
            return crc.getValue();
        }
    }
}
