package org.shmimtcp.synthetic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import org.shmimtcp.image.DataType;

/**
 * Turns values into pixels of a data type.
 *
 * <p>Floating-point types hold the value {@code v} itself, complex ones as their real part. Integer
 * types hold {@code offset + scale · v}, rounded, with {@code v} limited to the source's range.
 * They use 8 bits or 16, like a detector; wider types hold the same numbers as the 16-bit ones:
 *
 * <pre>
 *                 v from 0 to 1          v from -1 to 1
 *                 offset  scale          offset   scale
 *   ui8                0    255             128     127
 *   si8                0    127               0     127
 *   ui16 ui32 ui64     0  65535           32768   32767
 *   si16 si32 si64     0  32767               0   32767
 * </pre>
 */
final class PixelEncoder {
    private final DataType type;
    private final double low;
    private final double offset;
    private final double scale;

    private PixelEncoder(DataType type, double low, double offset, double scale) {
        this.type = type;
        this.low = low;
        this.offset = offset;
        this.scale = scale;
    }

    /** An encoder for values from 0 to 1. */
    static PixelEncoder ofUnit(DataType type) {
        return new PixelEncoder(type, 0, 0, largest(type));
    }

    /** An encoder for values around 0 that are seldom outside -1 to 1. */
    static PixelEncoder ofSigned(DataType type) {
        double half = Math.ceil(largest(type) / 2);
        return isUnsigned(type)
                ? new PixelEncoder(type, -1, half, half - 1)
                : new PixelEncoder(type, -1, 0, largest(type));
    }

    private static boolean isUnsigned(DataType type) {
        return switch (type) {
            case UINT8, UINT16, UINT32, UINT64 -> true;
            default -> false;
        };
    }

    private static double largest(DataType type) {
        int bits = type.bytes() == 1 ? 8 : 16;
        return (1 << (isUnsigned(type) ? bits : bits - 1)) - 1.0;
    }

    /**
     * Writes the first {@code count} values.
     *
     * @param firstPixel index in the frame of the first pixel to write
     */
    void write(double[] values, int count, MemorySegment frame, long firstPixel) {
        switch (type) {
            case UINT8, INT8 -> {
                for (int i = 0; i < count; i++) {
                    frame.set(JAVA_BYTE, firstPixel + i, (byte) integer(values[i]));
                }
            }
            case UINT16, INT16 -> {
                for (int i = 0; i < count; i++) {
                    frame.setAtIndex(JAVA_SHORT, firstPixel + i, (short) integer(values[i]));
                }
            }
            case UINT32, INT32 -> {
                for (int i = 0; i < count; i++) {
                    frame.setAtIndex(JAVA_INT, firstPixel + i, integer(values[i]));
                }
            }
            case UINT64, INT64 -> {
                for (int i = 0; i < count; i++) {
                    frame.setAtIndex(JAVA_LONG, firstPixel + i, integer(values[i]));
                }
            }
            default -> writeReal(values, count, frame, firstPixel);
        }
    }

    private void writeReal(double[] values, int count, MemorySegment frame, long firstPixel) {
        boolean isComplex = type.isComplex();
        for (int i = 0; i < count; i++) {
            long at = isComplex ? 2 * (firstPixel + i) : firstPixel + i;
            switch (type) {
                case FLOAT -> frame.setAtIndex(JAVA_FLOAT, at, (float) values[i]);
                case DOUBLE -> frame.setAtIndex(JAVA_DOUBLE, at, values[i]);
                case COMPLEX_FLOAT -> {
                    frame.setAtIndex(JAVA_FLOAT, at, (float) values[i]);
                    frame.setAtIndex(JAVA_FLOAT, at + 1, 0);
                }
                case COMPLEX_DOUBLE -> {
                    frame.setAtIndex(JAVA_DOUBLE, at, values[i]);
                    frame.setAtIndex(JAVA_DOUBLE, at + 1, 0);
                }
                case HALF ->
                        frame.setAtIndex(JAVA_SHORT, at, Float.floatToFloat16((float) values[i]));
                default -> throw new IllegalStateException("type=" + type);
            }
        }
    }

    private int integer(double value) {
        return (int) Math.rint(offset + scale * Math.clamp(value, low, 1.0));
    }
}
