package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.shmimtcp.image.MetadataLayout;

/**
 * What stands before the pixels of each milk3 frame, little endian. A connection has no other head.
 *
 * <pre>
 *    0  magic              8   0x12341234ff
 *    8  cnt0               8   of the source
 *   16  slice              8   that the pixels belong to
 *   24  keyword slots      8   that follow the pixels
 *   32  metadata         384   of the source, as {@link MilkHead} reads it
 * </pre>
 *
 * All accessors take the memory of one frame, from its first byte on. Nothing here allocates.
 */
public final class Milk3Prefix {
    private static final int MAGIC = 0;
    static final int CNT0 = MAGIC + Long.BYTES;
    private static final int SLICE = CNT0 + Long.BYTES;
    private static final int SLOTS = SLICE + Long.BYTES;
    public static final int METADATA = SLOTS + Long.BYTES;
    public static final int BYTES = METADATA + MetadataLayout.BYTES;

    /** Acquisition time and write time, each seconds and nanoseconds. */
    private static final long TIMES_BYTES = 4 * Long.BYTES;

    private static final ValueLayout.OfLong LONG =
            JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Parts of the metadata that stay while it is the same image: from, to. */
    private static final int[][] FIXED = {
        {0, 168}, // version, name, shape, type, creation time
        {224, 225}, // shared
        {232, 241}, // inode, location
        {258, 262}, // semaphores, process traces
        {290, 296}, // keywords, ring
        {312, 320}, // pixel bytes
    };

    private Milk3Prefix() {}

    /** True if a frame begins there. */
    public static boolean isMagic(MemorySegment memory, long at) {
        return memory.get(LONG, at + MAGIC) == MilkRecord.MAGIC;
    }

    /** Writes all of a prefix but its counters and times. */
    public static void put(MemorySegment frame, MemorySegment head, int slots) {
        frame.set(LONG, MAGIC, MilkRecord.MAGIC);
        frame.set(LONG, SLOTS, slots);
        MemorySegment.copy(head, 0, frame, METADATA, MetadataLayout.BYTES);
        MetadataLayout.idle(frame.asSlice(METADATA, MetadataLayout.BYTES));
    }

    /** Writes the counters, in both places. */
    static void putCounters(MemorySegment frame, long cnt0, int slice) {
        frame.set(LONG, CNT0, cnt0);
        frame.set(LONG, SLICE, slice);
        frame.set(LONG, METADATA + MetadataLayout.CNT0, cnt0);
        frame.set(LONG, METADATA + MetadataLayout.CNT1, slice);
    }

    /** Copies the times at which the newest data were acquired and written. */
    public static void copyTimes(MemorySegment frame, MemorySegment head) {
        long times = MetadataLayout.ATIME;
        MemorySegment.copy(head, times, frame, METADATA + times, TIMES_BYTES);
    }

    /** The number of keyword slots that follow the pixels, as the frame claims. */
    public static long slots(MemorySegment frame) {
        return frame.get(LONG, SLOTS);
    }

    /** When the data were acquired, seconds. */
    public static long acquiredSeconds(MemorySegment frame) {
        return frame.get(LONG, METADATA + MetadataLayout.ATIME);
    }

    /** When the data were acquired, nanoseconds of the second. */
    public static long acquiredNanos(MemorySegment frame) {
        return frame.get(LONG, METADATA + MetadataLayout.ATIME + Long.BYTES);
    }

    /** True if both frames are of the very same image, and have the same length. */
    public static boolean isSameImage(MemorySegment a, MemorySegment b) {
        if (slots(a) != slots(b)) {
            return false;
        }
        for (int[] part : FIXED) {
            long from = (long) METADATA + part[0];
            long to = (long) METADATA + part[1];
            if (MemorySegment.mismatch(a, from, to, b, from, to) != -1) {
                return false;
            }
        }
        return true;
    }
}
