package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/**
 * Reads pixels of any type as doubles; complex ones as their magnitude. Allocates nothing.
 *
 * <p>Integers of 64 bits beyond 2⁵³ are rounded.
 */
public final class PixelReader {
    private PixelReader() {}

    /**
     * Reads pixels that are next to each other.
     *
     * @param type of the pixels
     * @param frame one frame, as {@link FrameReader} copies it; or an image's own memory, whose
     *     pixels may be changing
     * @param first index of the first pixel in the frame: (y · nx + x) for column x of row y
     * @param to receives the values, from index 0
     * @param count the number of pixels
     * @throws IndexOutOfBoundsException if the frame or {@code to} is too small
     * @throws ImageException.Truncated if the frame is an image's own memory, and its file was
     *     truncated
     */
    public static void read(
            DataType type, MemorySegment frame, long first, double[] to, int count) {
        try {
            readAny(type, frame, first, to, count);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated("", e);
        }
    }

    private static void readAny(
            DataType type, MemorySegment frame, long first, double[] to, int count) {
        switch (type) {
            case UINT8 -> {
                for (int i = 0; i < count; i++) {
                    to[i] = Byte.toUnsignedInt(frame.get(JAVA_BYTE, first + i));
                }
            }
            case INT8 -> {
                for (int i = 0; i < count; i++) {
                    to[i] = frame.get(JAVA_BYTE, first + i);
                }
            }
            case UINT16 -> {
                for (int i = 0; i < count; i++) {
                    to[i] = Short.toUnsignedInt(frame.getAtIndex(JAVA_SHORT, first + i));
                }
            }
            case INT16 -> {
                for (int i = 0; i < count; i++) {
                    to[i] = frame.getAtIndex(JAVA_SHORT, first + i);
                }
            }
            case UINT32 -> {
                for (int i = 0; i < count; i++) {
                    to[i] = Integer.toUnsignedLong(frame.getAtIndex(JAVA_INT, first + i));
                }
            }
            case INT32 -> {
                for (int i = 0; i < count; i++) {
                    to[i] = frame.getAtIndex(JAVA_INT, first + i);
                }
            }
            case FLOAT -> {
                for (int i = 0; i < count; i++) {
                    to[i] = frame.getAtIndex(JAVA_FLOAT, first + i);
                }
            }
            case DOUBLE ->
                    MemorySegment.copy(frame, JAVA_DOUBLE, first * Double.BYTES, to, 0, count);
            default -> readRare(type, frame, first, to, count);
        }
    }

    private static void readRare(
            DataType type, MemorySegment frame, long first, double[] to, int count) {
        for (int i = 0; i < count; i++) {
            long at = first + i;
            to[i] =
                    switch (type) {
                        case UINT64 -> unsigned(frame.getAtIndex(JAVA_LONG, at));
                        case INT64 -> frame.getAtIndex(JAVA_LONG, at);
                        case HALF -> Float.float16ToFloat(frame.getAtIndex(JAVA_SHORT, at));
                        case COMPLEX_FLOAT ->
                                Math.hypot(
                                        frame.getAtIndex(JAVA_FLOAT, 2 * at),
                                        frame.getAtIndex(JAVA_FLOAT, 2 * at + 1));
                        case COMPLEX_DOUBLE ->
                                Math.hypot(
                                        frame.getAtIndex(JAVA_DOUBLE, 2 * at),
                                        frame.getAtIndex(JAVA_DOUBLE, 2 * at + 1));
                        default -> throw new IllegalStateException("type=" + type);
                    };
        }
    }

    private static double unsigned(long value) {
        return value >= 0 ? value : 2.0 * ((value >>> 1) | (value & 1));
    }
}
