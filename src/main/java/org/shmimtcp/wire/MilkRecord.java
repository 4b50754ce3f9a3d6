package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.shmimtcp.image.ImageSpec;

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
 * <p>milk3, whose prefix is that of {@link Milk3Prefix}:
 *
 * <pre>
 *   +--------------+-----------------+------------------+
 *   | prefix       | pixels          | keywords         |
 *   | 416          | of one slice    | 128 x slots      |
 *   +--------------+-----------------+------------------+
 * </pre>
 *
 * cnt0 is the source's counter, cnt1 the slice that the pixels belong to, NBkw the source's number
 * of keyword slots. A 1D image has no pixels here: the C programs multiply by its size along y,
 * which is 0.
 *
 * @param pixelBytes bytes of one slice on the wire
 * @param slices slices of the image; cnt1 must be below
 * @param keywordSlots NBkw of the source; in milk3 what the prefix says
 */
public record MilkRecord(MilkVariant variant, long pixelBytes, int slices, int keywordSlots) {
    /** Behind the pixels in {@link MilkVariant#MILK2}. */
    static final long MAGIC = 0x12341234ffL;

    /** Bytes after the pixels that tell the variants apart. */
    public static final int PROBE_BYTES = 16;

    private static final int KEYWORD_BYTES = 128;

    private static final java.lang.foreign.ValueLayout.OfLong LONG =
            JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The records of an image. */
    public static MilkRecord of(MilkVariant variant, ImageSpec source) {
        long pixelBytes = source.shape().naxis() == 1 ? 0 : source.sliceBytes();
        return new MilkRecord(variant, pixelBytes, source.shape().slices(), source.keywords());
    }

    /**
     * The milk3 frames of an image.
     *
     * @param prefix of one of them
     * @throws WireException if it claims more keyword slots than the image has
     */
    public static MilkRecord milk3(ImageSpec source, MemorySegment prefix) {
        long slots = Milk3Prefix.slots(prefix);
        if (slots < 0 || slots > source.keywords()) {
            throw new WireException(
                    "a frame with " + slots + " keywords of a stream with " + source.keywords());
        }
        MilkRecord frame = of(MilkVariant.MILK3, source);
        return new MilkRecord(frame.variant, frame.pixelBytes, frame.slices, (int) slots);
    }

    /** The same records in another variant. */
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

    /** Bytes of a whole record. */
    public long bytes() {
        return keywordsOffset() + keywordBytes();
    }

    /** Room for a record of milk0, milk1 or milk2. */
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

    /** The source's counter. */
    public long cnt0(MemorySegment record) {
        return record.get(LONG, countersOffset());
    }

    /**
     * True if all pixels are zero and nothing was counted: an image that nobody has written yet.
     */
    public boolean isOfUnwrittenImage(MemorySegment record) {
        long pixels = pixelsOffset();
        long end = pixels + pixelBytes;
        return cnt0(record) == 0
                && pixelBytes > 0
                && record.get(JAVA_BYTE, pixels) == 0
                && MemorySegment.mismatch(record, pixels, end - 1, record, pixels + 1, end) == -1;
    }

    /** The slice that the pixels belong to. Valid after {@link #check}. */
    public int slice(MemorySegment record) {
        return slices == 1 ? 0 : (int) cnt1(record);
    }

    /**
     * Looks for what no transmitter sends.
     *
     * @throws WireException if the record is out of step or not of this protocol
     */
    public void check(MemorySegment record) {
        if (variant == MilkVariant.MILK2 && record.get(LONG, pixelBytes) != MAGIC) {
            throw new WireException("a record without milk2's magic number: out of step");
        }
        if (isInStep(record)) {
            return;
        }
        long cnt0 = cnt0(record);
        throw new WireException(
                cnt0 < 0
                        ? "a record with cnt0 " + cnt0 + ": out of step, or no milk"
                        : "a record for slice "
                                + cnt1(record)
                                + " of "
                                + slices
                                + ": out of step, or no milk");
    }

    /** True if its counters can be those of a frame. */
    public boolean isInStep(MemorySegment record) {
        long cnt1 = cnt1(record);
        return cnt0(record) >= 0 && (slices == 1 || (cnt1 >= 0 && cnt1 < slices));
    }

    private long cnt1(MemorySegment record) {
        return record.get(LONG, countersOffset() + Long.BYTES);
    }

    /**
     * Tells milk1 from milk2 by the first record, once the pixels and {@link #PROBE_BYTES} more are
     * there: behind the pixels is either the magic number or a counter.
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
