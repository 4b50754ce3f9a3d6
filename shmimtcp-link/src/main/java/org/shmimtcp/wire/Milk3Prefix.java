package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.posix.NativeMemory;

/**
 * The prefix of each milk3 frame, before the pixels, little endian. The connection has no other
 * head.
 *
 * <pre>
 *    0  magic              8   0x12341234ff
 *    8  cnt0               8   of the source
 *   16  slice              8   that the pixels belong to
 *   24  keyword slots      8   that follow the pixels
 *   32  metadata         384   of the source, as {@link MilkHead} reads it
 * </pre>
 *
 * All accessors take the memory of one frame, starting at its first byte. Nothing here allocates.
 */
public final class Milk3Prefix {
    private static final int MAGIC = 0;
    static final int CNT0 = MAGIC + Long.BYTES;
    private static final int SLICE = CNT0 + Long.BYTES;
    private static final int SLOTS = SLICE + Long.BYTES;
    public static final int METADATA = SLOTS + Long.BYTES;
    public static final int BYTES = METADATA + MetadataLayout.BYTES;

    /** Length of acquisition time and write time, each in seconds and nanoseconds. */
    private static final long TIMES_BYTES = 4 * Long.BYTES;

    private static final ValueLayout.OfLong LONG =
            JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Parts of the metadata that do not change during the life of an image: from, to. */
    private static final int[][] FIXED = {
        {0, 168}, // version, name, shape, type, creation time
        {224, 225}, // shared
        {232, 241}, // inode, location
        {258, 262}, // semaphores, process traces
        {290, 296}, // keywords, ring
        {312, 320}, // pixel bytes
    };

    private Milk3Prefix() {}

    /** True if a frame begins at {@code at}. */
    public static boolean isMagic(MemorySegment memory, long at) {
        return memory.get(LONG, at + MAGIC) == MilkRecord.MAGIC;
    }

    /** Writes a prefix except for its counters and times. */
    public static void put(MemorySegment frame, MemorySegment head, int slots) {
        frame.set(LONG, MAGIC, MilkRecord.MAGIC);
        frame.set(LONG, SLOTS, slots);
        NativeMemory.copy(head, 0, frame, METADATA, MetadataLayout.BYTES);
        MetadataLayout.idle(frame.asSlice(METADATA, MetadataLayout.BYTES));
    }

    /** Writes the counters into the prefix and into the metadata. */
    static void putCounters(MemorySegment frame, long cnt0, int slice) {
        frame.set(LONG, CNT0, cnt0);
        frame.set(LONG, SLICE, slice);
        frame.set(LONG, METADATA + MetadataLayout.CNT0, cnt0);
        frame.set(LONG, METADATA + MetadataLayout.CNT1, slice);
    }

    /** Copies the acquisition and write time of the newest frame. */
    public static void copyTimes(MemorySegment frame, MemorySegment head) {
        long times = MetadataLayout.ATIME;
        NativeMemory.copy(head, times, frame, METADATA + times, TIMES_BYTES);
    }

    /** Returns the number of keyword slots that follow the pixels, as claimed by the frame. */
    public static long slots(MemorySegment frame) {
        return frame.get(LONG, SLOTS);
    }

    /** Returns the seconds of the acquisition time. */
    public static long acquiredSeconds(MemorySegment frame) {
        return frame.get(LONG, METADATA + MetadataLayout.ATIME);
    }

    /** Returns the nanoseconds of the acquisition time, within the second. */
    public static long acquiredNanos(MemorySegment frame) {
        return frame.get(LONG, METADATA + MetadataLayout.ATIME + Long.BYTES);
    }

    /** True if both frames have the same length and come from the same image. */
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
