package org.shmimtcp.image;

import java.util.ArrayList;
import java.util.List;

/** The bits of {@code imagetype}. */
public final class ImageType {
    public static final long CIRCULAR = 0x1;

    /** ImageStreamIO's default for a new image. */
    public static final long MATH_DATA = 0x2;

    public static final long RECEIVED = 0x4;
    public static final long SENT = 0x8;
    public static final long AXIS_SPATIAL = 0x1_0000;
    public static final long AXIS_TEMPORAL = 0x2_0000;
    public static final long AXIS_WAVELENGTH = 0x4_0000;
    public static final long AXIS_MAPPING = 0x8_0000;

    private static final long ARRAYS_MASK = 0xF000F;

    private ImageType() {}

    /**
     * A rolling buffer in time. Only images of exactly this type have time and counter arrays in
     * the file.
     */
    public static final long CIRCULAR_TEMPORAL = CIRCULAR | AXIS_TEMPORAL;

    /** Returns true if the file has times and a counter for each slice. */
    public static boolean hasSliceArrays(long imageType) {
        return (imageType & ARRAYS_MASK) == CIRCULAR_TEMPORAL;
    }

    /** Describes the bits in words. */
    public static String describe(long imageType) {
        List<String> words = new ArrayList<>();
        add(words, imageType, CIRCULAR, "circular");
        add(words, imageType, MATH_DATA, "data");
        add(words, imageType, RECEIVED, "received");
        add(words, imageType, SENT, "sent");
        add(words, imageType, AXIS_SPATIAL, "spatial");
        add(words, imageType, AXIS_TEMPORAL, "temporal");
        add(words, imageType, AXIS_WAVELENGTH, "wavelength");
        add(words, imageType, AXIS_MAPPING, "mapping");
        return words.isEmpty() ? "none" : String.join(", ", words);
    }

    private static void add(List<String> words, long imageType, long bit, String word) {
        if ((imageType & bit) != 0) {
            words.add(word);
        }
    }
}
