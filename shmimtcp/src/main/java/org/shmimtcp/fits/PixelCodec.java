package org.shmimtcp.fits;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageException;

/**
 * Stores pixels of one type in a FITS image, in big-endian order. Unsigned integers (and signed
 * bytes) use the standard's BZERO offset, which amounts to inverting the sign bit. Half floats,
 * which FITS lacks, are stored as floats, without loss.
 *
 * <p>Converts in place; allocates nothing.
 */
public final class PixelCodec {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    /** All pixel types that FITS can store exactly. */
    private static final List<PixelCodec> EXACT =
            List.of(
                    exact(DataType.UINT8, 8, "0"),
                    exact(DataType.INT8, 8, "-128"),
                    exact(DataType.UINT16, 16, "32768"),
                    exact(DataType.INT16, 16, "0"),
                    exact(DataType.UINT32, 32, "2147483648"),
                    exact(DataType.INT32, 32, "0"),
                    exact(DataType.UINT64, 64, "9223372036854775808"),
                    exact(DataType.INT64, 64, "0"),
                    exact(DataType.FLOAT, -32, "0"),
                    exact(DataType.DOUBLE, -64, "0"),
                    exact(DataType.HALF, -32, "0"));

    private final DataType type;
    private final int bitpix;
    private final BigDecimal zero;
    private final double scale;
    private final boolean exact;
    private final OptionalLong blank;

    private PixelCodec(
            DataType type,
            int bitpix,
            BigDecimal zero,
            double scale,
            boolean exact,
            OptionalLong blank) {
        this.type = type;
        this.bitpix = bitpix;
        this.zero = zero;
        this.scale = scale;
        this.exact = exact;
        this.blank = blank;
    }

    private static PixelCodec exact(DataType type, int bitpix, String zero) {
        return new PixelCodec(type, bitpix, new BigDecimal(zero), 1, true, OptionalLong.empty());
    }

    /**
     * Returns the codec for a stream's pixels.
     *
     * @throws ImageException for complex pixels, which no FITS image can hold
     */
    public static PixelCodec of(DataType type) {
        return EXACT.stream()
                .filter(codec -> codec.type == type)
                .findFirst()
                .orElseThrow(() ->
                        new ImageException(
                                "pixels of type "
                                        + type.letters()
                                        + " (complex) cannot be saved: a FITS image has none"));
    }

    /**
     * Returns the codec for stored pixels. They become the type that they were saved from or, if
     * they are scaled, floats (8 and 16 bits) or doubles.
     *
     * @param bitpix a valid BITPIX
     * @param scale finite, and not 0
     * @param half true if the file states that its floats were half floats
     * @param blank the stored integer of a pixel without a value; it becomes NaN if pixels are
     *     scaled, and is kept otherwise
     */
    static PixelCodec of(
            int bitpix, BigDecimal zero, double scale, boolean half, OptionalLong blank) {
        Optional<PixelCodec> same =
                EXACT.stream()
                        .filter(codec -> codec.bitpix == bitpix && scale == 1)
                        .filter(codec -> codec.zero.compareTo(zero) == 0)
                        .filter(codec -> (codec.type == DataType.HALF) == half)
                        .findFirst();
        boolean small = bitpix == 8 || bitpix == 16 || bitpix == -32;
        DataType scaled = small ? DataType.FLOAT : DataType.DOUBLE;
        return same.orElseGet(() -> new PixelCodec(scaled, bitpix, zero, scale, false, blank));
    }

    /** The pixel type in a stream. */
    public DataType type() {
        return type;
    }

    int bitpix() {
        return bitpix;
    }

    /** BZERO; 0 for types that need none. */
    BigInteger zero() {
        return zero.toBigInteger();
    }

    /** Bytes per pixel in the file. */
    public int fileBytes() {
        return Math.abs(bitpix) / 8;
    }

    /** Bytes that a pixel needs while it is converted. */
    public int bytes() {
        return Math.max(fileBytes(), type.bytes());
    }

    /** Converts pixels of a stream to those of a file. */
    public void toFile(MemorySegment m, long offset, long pixels) {
        if (type == DataType.HALF) { // from the end backwards, because pixels grow
            for (long i = pixels - 1; i >= 0; i--) {
                float value = Float.float16ToFloat(m.get(SHORT, offset + 2 * i));
                int bits = Float.floatToRawIntBits(value);
                m.set(INT, offset + 4 * i, Integer.reverseBytes(bits));
            }
            return;
        }
        long sign = signFlip();
        switch (fileBytes()) {
            case 1 -> flip(m, offset, pixels, (byte) sign);
            case 2 -> swap(m, offset, pixels, Short.reverseBytes((short) sign));
            case 4 -> swap(m, offset, pixels, Integer.reverseBytes((int) sign));
            default -> swap(m, offset, pixels, Long.reverseBytes(sign));
        }
    }

    /** Converts pixels of a file to those of a stream. */
    public void fromFile(MemorySegment m, long offset, long pixels) {
        if (!exact) {
            scaleAll(m, offset, pixels);
        } else if (type == DataType.HALF) {
            for (long i = 0; i < pixels; i++) {
                float value =
                        Float.intBitsToFloat(Integer.reverseBytes(m.get(INT, offset + 4 * i)));
                m.set(SHORT, offset + 2 * i, Float.floatToFloat16(value));
            }
        } else {
            long sign = signFlip();
            switch (fileBytes()) {
                case 1 -> flip(m, offset, pixels, (byte) sign);
                case 2 -> swap(m, offset, pixels, (short) sign);
                case 4 -> swap(m, offset, pixels, (int) sign);
                default -> swap(m, offset, pixels, sign);
            }
        }
    }

    private long signFlip() {
        return zero.signum() == 0 ? 0 : 1L << (Math.abs(bitpix) - 1);
    }

    private static void flip(MemorySegment m, long offset, long pixels, byte mask) {
        if (mask != 0) {
            for (long at = offset; at < offset + pixels; at++) {
                byte value = m.get(ValueLayout.JAVA_BYTE, at);
                m.set(ValueLayout.JAVA_BYTE, at, (byte) (value ^ mask));
            }
        }
    }

    private static void swap(MemorySegment m, long offset, long pixels, short mask) {
        for (long at = offset; at < offset + 2 * pixels; at += 2) {
            m.set(SHORT, at, (short) (Short.reverseBytes(m.get(SHORT, at)) ^ mask));
        }
    }

    private static void swap(MemorySegment m, long offset, long pixels, int mask) {
        for (long at = offset; at < offset + 4 * pixels; at += 4) {
            m.set(INT, at, Integer.reverseBytes(m.get(INT, at)) ^ mask);
        }
    }

    private static void swap(MemorySegment m, long offset, long pixels, long mask) {
        for (long at = offset; at < offset + 8 * pixels; at += 8) {
            m.set(LONG, at, Long.reverseBytes(m.get(LONG, at)) ^ mask);
        }
    }

    /**
     * Computes the standard's {@code BZERO + BSCALE × stored}, from the end backwards, because
     * pixels may grow.
     */
    private void scaleAll(MemorySegment m, long offset, long pixels) {
        double shift = zero.doubleValue();
        boolean toFloat = type == DataType.FLOAT;
        boolean whole = bitpix > 0;
        for (long i = pixels - 1; i >= 0; i--) {
            long at = offset + i * fileBytes();
            double value;
            if (whole) {
                long stored = storedInteger(m, at);
                boolean none = blank.isPresent() && stored == blank.getAsLong();
                value = none ? Double.NaN : shift + scale * stored;
            } else {
                value = shift + scale * storedFloat(m, at);
            }
            if (toFloat) {
                m.set(FLOAT, offset + 4 * i, (float) value);
            } else {
                m.set(DOUBLE, offset + 8 * i, value);
            }
        }
    }

    private long storedInteger(MemorySegment m, long at) {
        return switch (bitpix) {
            case 8 -> Byte.toUnsignedInt(m.get(ValueLayout.JAVA_BYTE, at));
            case 16 -> Short.reverseBytes(m.get(SHORT, at));
            case 32 -> Integer.reverseBytes(m.get(INT, at));
            default -> Long.reverseBytes(m.get(LONG, at));
        };
    }

    private double storedFloat(MemorySegment m, long at) {
        return bitpix == -32
                ? Float.intBitsToFloat(Integer.reverseBytes(m.get(INT, at)))
                : Double.longBitsToDouble(Long.reverseBytes(m.get(LONG, at)));
    }

    @Override
    public String toString() {
        return type.letters() + " " + Arrays.asList(bitpix, zero, scale);
    }
}
