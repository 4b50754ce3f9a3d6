package org.shmimtcp.image;

import java.util.ArrayList;
import java.util.List;

/**
 * The bits of {@code imagetype}, as ImageStreamIO 2.00 defines them. Bits 16 to 19 are one number,
 * which says what the last axis means.
 */
public final class ImageType {
    /** The slices are a rolling buffer, written one after the other. */
    public static final long CIRCULAR = 0x1;

    /** Data of any kind: ImageStreamIO's default for a new image. */
    public static final long MATH_DATA = 0x2;

    /** The image is a copy that a TCP receiver keeps. */
    public static final long RECEIVED = 0x4;

    /** The image is sent over TCP. */
    public static final long SENT = 0x8;

    /** The last axis is a direction in space. */
    public static final long AXIS_SPATIAL = 0x1_0000;

    /** The last axis is time. */
    public static final long AXIS_TEMPORAL = 0x2_0000;

    /** The last axis is wavelength. */
    public static final long AXIS_WAVELENGTH = 0x3_0000;

    /** The last axis is an index without a unit, as of modes. */
    public static final long AXIS_MAPPING = 0x4_0000;

    private static final long AXIS_MASK = 0xF_0000;
    private static final long ARRAYS_MASK = 0xF_000F;

    private ImageType() {}

    /**
     * A rolling buffer in time. Only images of exactly this type have time and counter arrays in
     * the file.
     */
    public static final long CIRCULAR_TEMPORAL = CIRCULAR | AXIS_TEMPORAL;

    /**
     * Checks whether the file has times and a counter for each slice.
     *
     * @param imageType bits of this class
     * @return true for {@link #CIRCULAR_TEMPORAL}; bits other than 0 to 3 and 16 to 19 do not
     *     matter
     */
    public static boolean hasSliceArrays(long imageType) {
        return (imageType & ARRAYS_MASK) == CIRCULAR_TEMPORAL;
    }

    /**
     * Describes the bits in words.
     *
     * @param imageType bits of this class; unknown ones are left out
     * @return {@code circular, temporal}; {@code none} if no known bit is set
     */
    public static String describe(long imageType) {
        List<String> words = new ArrayList<>();
        add(words, imageType, CIRCULAR, "circular");
        add(words, imageType, MATH_DATA, "data");
        add(words, imageType, RECEIVED, "received");
        add(words, imageType, SENT, "sent");
        long axis = imageType & AXIS_MASK;
        addAxis(words, axis, AXIS_SPATIAL, "spatial");
        addAxis(words, axis, AXIS_TEMPORAL, "temporal");
        addAxis(words, axis, AXIS_WAVELENGTH, "wavelength");
        addAxis(words, axis, AXIS_MAPPING, "mapping");
        return words.isEmpty() ? "none" : String.join(", ", words);
    }

    private static void addAxis(List<String> words, long axis, long wanted, String word) {
        if (axis == wanted) {
            words.add(word);
        }
    }

    private static void add(List<String> words, long imageType, long bit, String word) {
        if ((imageType & bit) != 0) {
            words.add(word);
        }
    }
}
