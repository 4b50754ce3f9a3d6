package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.posix.NativeMemory;

/**
 * One frame of the C programs' byte stream, little endian. milk0 to milk2:
 *
 * <pre>
 *   +-----------------+----------------+------+------+------------------+
 *   | pixels          | magic          | cnt0 | cnt1 | keywords         |
 *   | of one slice    | 8, milk2 only  | 8    | 8    | 128 x NBkw       |
 *   +-----------------+----------------+------+------+------------------+
 *                     ^ trailer
 * </pre>
 *
 * <p>milk3, with the prefix described in {@link Milk3Prefix}:
 *
 * <pre>
 *   +--------------+-----------------+------------------+
 *   | prefix       | pixels          | keywords         |
 *   | 416          | of one slice    | 128 x slots      |
 *   +--------------+-----------------+------------------+
 * </pre>
 *
 * cnt0 is the source's counter, cnt1 the slice that the pixels belong to, NBkw the source's number
 * of keyword slots. The record of a 1D image has no pixels, because the C programs multiply by the
 * size along y, which is 0.
 *
 * @param pixelBytes bytes of one slice on the wire
 * @param slices number of slices of the image; cnt1 must be smaller
 * @param keywordSlots NBkw of the source; in milk3, the number in the prefix
 */
public record MilkRecord(MilkVariant variant, long pixelBytes, int slices, int keywordSlots) {
    /** Magic number behind the pixels in {@link MilkVariant#MILK2}. */
    static final long MAGIC = 0x12341234ffL;

    /** Number of bytes after the pixels that suffice to tell the variants apart. */
    public static final int PROBE_BYTES = 16;

    private static final int KEYWORD_BYTES = 128;

    /** More frames than any source writes during a connection: three years at 10 kHz. */
    private static final long MOST_AHEAD = 1_000_000_000_000L;

    private static final java.lang.foreign.ValueLayout.OfLong LONG =
            JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Returns the record format of an image. */
    public static MilkRecord of(MilkVariant variant, ImageSpec source) {
        long pixelBytes = source.shape().naxis() == 1 ? 0 : source.sliceBytes();
        return new MilkRecord(variant, pixelBytes, source.shape().slices(), source.keywordSlots());
    }

    /**
     * Returns the milk3 record format of an image.
     *
     * @param prefix the prefix of one of its frames
     * @throws WireException if the prefix claims more keyword slots than the image has
     */
    public static MilkRecord milk3(ImageSpec source, MemorySegment prefix) {
        long slots = Milk3Prefix.slots(prefix);
        if (slots < 0 || slots > source.keywordSlots()) {
            throw new WireException(
                    "a frame with "
                            + slots
                            + " keywords of a stream with "
                            + source.keywordSlots());
        }
        MilkRecord frame = of(MilkVariant.MILK3, source);
        return new MilkRecord(frame.variant, frame.pixelBytes, frame.slices, (int) slots);
    }

    /** Returns this format in another variant. */
    public MilkRecord as(MilkVariant other) {
        return new MilkRecord(other, pixelBytes, slices, keywordSlots);
    }

    public long pixelsOffset() {
        return variant.prefixBytes();
    }

    public long keywordsOffset() {
        return pixelsOffset() + pixelBytes + variant.trailerBytes();
    }

    public long keywordBytes() {
        return variant.hasKeywords() ? (long) KEYWORD_BYTES * keywordSlots : 0;
    }

    /** Returns the length of a whole record. */
    public long bytes() {
        return keywordsOffset() + keywordBytes();
    }

    /** Returns the maximum length of a record of milk0, milk1 or milk2. */
    public long maxBytes() {
        return pixelBytes + MilkVariant.MILK2.trailerBytes() + (long) KEYWORD_BYTES * keywordSlots;
    }

    /** Writes the counters of a record whose pixels and keywords are in place. */
    public void putCounters(MemorySegment record, long cnt0, int slice) {
        if (variant == MilkVariant.MILK3) {
            Milk3Prefix.putCounters(record, cnt0, slice);
            return;
        }
        long counters = countersOffset();
        if (variant == MilkVariant.MILK2) {
            record.set(LONG, pixelBytes, MAGIC);
        }
        record.set(LONG, counters, cnt0);
        record.set(LONG, counters + Long.BYTES, slice);
    }

    /** Returns the source's counter. */
    public long cnt0(MemorySegment record) {
        return record.get(LONG, countersOffset());
    }

    /** True if all pixels and cnt0 are zero: no frame has been written to the image yet. */
    public boolean isOfUnwrittenImage(MemorySegment record) {
        long pixels = pixelsOffset();
        long end = pixels + pixelBytes;
        return cnt0(record) == 0
                && pixelBytes > 0
                && NativeMemory.getByte(record, pixels) == 0
                && MemorySegment.mismatch(record, pixels, end - 1, record, pixels + 1, end) == -1;
    }

    /** Returns the slice that the pixels belong to. Valid after {@link #check}. */
    public int slice(MemorySegment record) {
        return slices == 1 ? 0 : (int) cnt1(record);
    }

    /**
     * Checks for contents that no transmitter sends. Pixels in place of a counter are noticed, as
     * if the head was longer than ours: a float is a large number, and no frame has the counter 0.
     *
     * @param headCnt0 the counter in the connection's head
     * @throws WireException if the record is out of step or not of this protocol
     */
    public void check(MemorySegment record, long headCnt0) {
        if (variant == MilkVariant.MILK2 && record.get(LONG, pixelBytes) != MAGIC) {
            throw new WireException("a record without milk2's magic number: out of sync");
        }
        long counted = cnt0(record);
        if (counted - headCnt0 > MOST_AHEAD
                || (counted == 0 && headCnt0 > 0 && !isOfUnwrittenImage(record))) {
            throw new WireException(
                    "a record with cnt0 "
                            + counted
                            + " after a head with "
                            + headCnt0
                            + ": out of sync, or its milk was built with DAO_COMPAT");
        }
        if (isInStep(record)) {
            return;
        }
        long cnt0 = cnt0(record);
        throw new WireException(
                cnt0 < 0
                        ? "a record with cnt0 " + cnt0 + ": out of sync, or not a milk program"
                        : "a record for slice "
                                + cnt1(record)
                                + " of "
                                + slices
                                + ": out of sync, or not a milk program");
    }

    /** True if the counters are possible for a frame. */
    public boolean isInStep(MemorySegment record) {
        long cnt1 = cnt1(record);
        return cnt0(record) >= 0 && (slices == 1 || (cnt1 >= 0 && cnt1 < slices));
    }

    private long cnt1(MemorySegment record) {
        return record.get(LONG, countersOffset() + Long.BYTES);
    }

    /**
     * Distinguishes milk1 from milk2 by the first record: behind the pixels is either the magic
     * number or a counter. Call when the pixels and {@link #PROBE_BYTES} more have arrived.
     */
    public static MilkVariant detect(MemorySegment record, long pixelBytes) {
        return record.get(LONG, pixelBytes) == MAGIC ? MilkVariant.MILK2 : MilkVariant.MILK1;
    }

    private long countersOffset() {
        return variant == MilkVariant.MILK3
                ? Milk3Prefix.CNT0
                : pixelBytes + variant.trailerBytes() - 2 * Long.BYTES;
    }
}
