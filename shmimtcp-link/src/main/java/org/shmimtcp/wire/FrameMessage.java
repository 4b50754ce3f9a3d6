package org.shmimtcp.wire;

import java.lang.foreign.MemorySegment;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MemoryChecksum;
import org.shmimtcp.posix.NativeMemory;

/**
 * A frame, or only keywords, in the native protocol, little endian:
 *
 * <pre>
 *    0  header                16   {@link Message}, type FRAME or KEYWORDS
 *   16  zero                   4
 *   20  keyword changes        4   n
 *   24  cnt0                   8   of the source
 *   32  cnt1                   8
 *   40  cnt2                   8
 *   48  acquired               8 + 8   seconds, nanoseconds: the source's atime
 *   64  written                8 + 8   the source's writetime
 *   80  sent                   8   ns of CLOCK_TAI, when the transmitter took up the frame
 *   88  zero                   8
 *   96  pixel bytes            8   0 in KEYWORDS messages
 *  104  slice                  4   -1: the pixels are the whole image
 *  108  encoding               4   0: the pixels as they are; 1: {@link
 *                                  org.shmimtcp.compress.PixelPacker packed}
 *  112  packed bytes           8   of packed pixels; else 0
 *  120  zero                   8
 *  128  pixels                     or packed pixels; padded with zeros to a multiple of 8
 *       keyword changes   n x 136   slot 4, zero 4, keyword 128 as in the file
 *       state                  4   1: complete; 0: withdrawn, because a writer intervened
 *       checksum               4   CRC-32C of everything from the end of the header to here, with
 *                                  the pixels in place of packed ones
 * </pre>
 *
 * State and checksum come last. So the first pieces of a large frame can be sent while the rest is
 * still being copied.
 *
 * <p>If the message is aligned to 64 bytes, so are the pixels. All accessors take the memory of one
 * message, starting at its first byte. Nothing here allocates.
 */
public final class FrameMessage {
    public static final int PIXELS = 128;
    public static final int CHANGE_BYTES = 136;
    public static final int CHANGE_KEYWORD = 8;
    public static final int WHOLE_IMAGE = -1;

    private static final int CHANGES = Message.HEADER_BYTES + Integer.BYTES;
    private static final int CNT0 = CHANGES + Integer.BYTES;
    private static final int CNT1 = CNT0 + Long.BYTES;
    private static final int CNT2 = CNT1 + Long.BYTES;
    private static final int ACQUIRED = CNT2 + Long.BYTES;
    private static final int WRITTEN = ACQUIRED + 2 * Long.BYTES;
    private static final int SENT = WRITTEN + 2 * Long.BYTES;
    private static final int PIXEL_BYTES = SENT + 2 * Long.BYTES;
    private static final int SLICE = PIXEL_BYTES + Long.BYTES;
    private static final int ENCODING = SLICE + Integer.BYTES;
    private static final int PACKED_BYTES = ENCODING + Integer.BYTES;
    private static final int PACKED = 1;

    // Distance from the end of the message.
    private static final int STATE = 2 * Integer.BYTES;
    public static final int CHECKSUM_BYTES = Integer.BYTES;
    private static final int WHOLE = 1;
    private static final int WITHDRAWN = 0;

    private FrameMessage() {}

    /** Returns the number of pixel bytes on the wire, including the zeros behind them. */
    public static long padded(long pixelBytes) {
        return (pixelBytes + 7) & -8L;
    }

    /** Returns the length of a message. */
    public static long bytes(long pixelBytes, int changes) {
        return PIXELS + padded(pixelBytes) + tailBytes(changes);
    }

    /**
     * Returns the length of the longest message of an image: all pixels, and all keywords changed.
     */
    public static long maxBytes(ImageSpec spec) {
        return bytes(spec.pixelBytes(), spec.keywordSlots());
    }

    public static void counters(MemorySegment m, long cnt1, long cnt2) {
        NativeMemory.putLong(m, CNT1, cnt1);
        NativeMemory.putLong(m, CNT2, cnt2);
    }

    public static void cnt0(MemorySegment m, long cnt0) {
        NativeMemory.putLong(m, CNT0, cnt0);
    }

    public static void acquired(MemorySegment m, long seconds, long nanos) {
        NativeMemory.putLong(m, ACQUIRED, seconds);
        NativeMemory.putLong(m, ACQUIRED + 8, nanos);
    }

    public static void written(MemorySegment m, long seconds, long nanos) {
        NativeMemory.putLong(m, WRITTEN, seconds);
        NativeMemory.putLong(m, WRITTEN + 8, nanos);
    }

    /** Writes the rest of the fixed part. Call {@link #seal} last. */
    public static void fill(
            MemorySegment m, int type, long pixelBytes, int slice, int changes, long nowNs) {
        Message.header(m, 0, type, bytes(pixelBytes, changes) - Message.HEADER_BYTES);
        NativeMemory.putInt(m, CHANGES, changes);
        NativeMemory.putLong(m, SENT, nowNs);
        NativeMemory.putLong(m, PIXEL_BYTES, pixelBytes);
        NativeMemory.putInt(m, SLICE, slice);
    }

    public static long cnt0(MemorySegment m) {
        return NativeMemory.getLong(m, CNT0);
    }

    public static long cnt1(MemorySegment m) {
        return NativeMemory.getLong(m, CNT1);
    }

    public static long cnt2(MemorySegment m) {
        return NativeMemory.getLong(m, CNT2);
    }

    public static long acquiredSeconds(MemorySegment m) {
        return NativeMemory.getLong(m, ACQUIRED);
    }

    public static long acquiredNanos(MemorySegment m) {
        return NativeMemory.getLong(m, ACQUIRED + 8);
    }

    public static long writtenSeconds(MemorySegment m) {
        return NativeMemory.getLong(m, WRITTEN);
    }

    public static long writtenNanos(MemorySegment m) {
        return NativeMemory.getLong(m, WRITTEN + 8);
    }

    /**
     * Returns the time at which the source wrote the frame, in ns since 1970; 0 if it is unknown.
     */
    public static long writtenNs(MemorySegment m) {
        return writtenSeconds(m) * 1_000_000_000L + writtenNanos(m);
    }

    public static long sentNs(MemorySegment m) {
        return NativeMemory.getLong(m, SENT);
    }

    public static long pixelBytes(MemorySegment m) {
        return NativeMemory.getLong(m, PIXEL_BYTES);
    }

    /** False if the transmitter withdrew the frame, which must then be ignored. */
    public static boolean isWhole(MemorySegment m, long bytes) {
        return NativeMemory.getInt(m, bytes - STATE) == WHOLE;
    }

    /** Returns the slice that the pixels belong to, or {@link #WHOLE_IMAGE}. */
    public static int slice(MemorySegment m) {
        return NativeMemory.getInt(m, SLICE);
    }

    /** True if the pixels are packed: {@link FrameUnpacker}. */
    public static boolean isPacked(MemorySegment m) {
        return NativeMemory.getInt(m, ENCODING) == PACKED;
    }

    static long packedBytes(MemorySegment m) {
        return NativeMemory.getLong(m, PACKED_BYTES);
    }

    /**
     * States that the pixels are packed into so many bytes.
     *
     * @param bytes 0 for pixels as they are
     */
    static void packedBytes(MemorySegment m, long bytes) {
        NativeMemory.putInt(m, ENCODING, bytes == 0 ? 0 : PACKED);
        NativeMemory.putLong(m, PACKED_BYTES, bytes);
    }

    public static int changes(MemorySegment m) {
        return NativeMemory.getInt(m, CHANGES);
    }

    /** Returns the number of bytes behind the pixels of a message. */
    static long tailBytes(int changes) {
        return (long) CHANGE_BYTES * changes + STATE;
    }

    /** Returns the offset of a keyword change. */
    public static long change(long pixelBytes, int index) {
        return PIXELS + padded(pixelBytes) + (long) CHANGE_BYTES * index;
    }

    public static void changeSlot(MemorySegment m, long change, int slot) {
        NativeMemory.putInt(m, change, slot);
        NativeMemory.putInt(m, change + 4, 0);
    }

    public static int changeSlot(MemorySegment m, long change) {
        return NativeMemory.getInt(m, change);
    }

    /**
     * Checks a complete message, first its checksum, then that it fits the image.
     *
     * @param sum checksum over the same memory
     * @throws WireException if the message was damaged in transit or cannot belong to this image
     */
    public static void check(MemorySegment m, long bytes, int type, ImageSpec spec, Checksum sum) {
        if (bytes < PIXELS + STATE) {
            throw new WireException("a frame truncated");
        }
        if (sum.finish(bytes) != NativeMemory.getInt(m, bytes - CHECKSUM_BYTES)) {
            throw new WireException("a frame was damaged on the way: its checksum is wrong");
        }
        int slice = slice(m);
        int changes = changes(m);
        int state = NativeMemory.getInt(m, bytes - STATE);
        long pixelBytes = pixelBytes(m);
        long expected =
                type == Message.KEYWORDS
                        ? 0
                        : slice == WHOLE_IMAGE ? spec.pixelBytes() : spec.sliceBytes();
        if (pixelBytes != expected
                || slice < WHOLE_IMAGE
                || slice >= spec.shape().slices()
                || changes < 0
                || changes > spec.keywordSlots()
                || bytes != bytes(pixelBytes, changes)
                || (state != WHOLE && state != WITHDRAWN)) {
            throw new WireException(
                    "a frame that does not belong to this stream: slice="
                            + slice
                            + " pixelBytes="
                            + pixelBytes
                            + " changes="
                            + changes
                            + " state="
                            + state);
        }
    }

    /**
     * Writes the last eight bytes. Nothing may change afterwards.
     *
     * @param whole false to withdraw a frame that has been sent in part
     */
    public static void seal(MemorySegment m, long bytes, boolean whole, Checksum sum) {
        NativeMemory.putInt(m, bytes - STATE, whole ? WHOLE : WITHDRAWN);
        NativeMemory.putInt(m, bytes - CHECKSUM_BYTES, sum.finish(bytes));
    }

    /**
     * CRC-32C (RFC 3720) of a message in one buffer, computed at once or piece by piece. Not
     * thread-safe.
     */
    public static final class Checksum {
        private final MemoryChecksum sum;

        /**
         * @param memory the buffer, which may be larger than 2 GiB
         */
        public Checksum(MemorySegment memory) {
            this.sum = new MemoryChecksum(memory);
            restart();
        }

        /** Starts the checksum of another message. */
        public void restart() {
            sum.restart(Message.HEADER_BYTES);
        }

        /**
         * Adds all bytes before {@code end} that were not added yet. They must not change
         * afterwards.
         */
        public void through(long end) {
            sum.through(end);
        }

        /** Returns the checksum of a message of that length, and starts the next one. */
        int finish(long bytes) {
            through(bytes - CHECKSUM_BYTES);
            int value = (int) sum.value();
            restart();
            return value;
        }
    }
}
