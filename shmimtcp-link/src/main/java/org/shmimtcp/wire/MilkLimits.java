package org.shmimtcp.wire;

import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageSpec;

/** Properties of images that the C programs' byte stream cannot carry, and the remedies. */
public final class MilkLimits {
    private static final String CARRIER = "the C programs' byte stream";
    private static final String REMEDY = "run shmimTCP at both ends";

    private MilkLimits() {}

    /** Returns why the byte stream cannot carry such an image at all; null if it can. */
    public static @Nullable String refusal(ImageSpec spec) {
        return spec.type().isComplex()
                ? "has complex pixels ("
                        + spec.type().letters()
                        + "), which "
                        + CARRIER
                        + " does not carry: send two real streams, or "
                        + REMEDY
                : null;
    }

    /** Returns what the byte stream omits from such an image; null if it carries everything. */
    public static @Nullable String omission(ImageSpec spec) {
        if (spec.shape().naxis() == 1) {
            return "is one-dimensional: "
                    + CARRIER
                    + " carries its counter and keywords, no pixels; make it "
                    + spec.shape().nx()
                    + "x1, or "
                    + REMEDY;
        }
        if (spec.shape().slices() > 1 && !spec.isCircular()) {
            return "is a cube of "
                    + spec.shape().slices()
                    + " slices without the circular flag: "
                    + CARRIER
                    + " carries one slice a frame, which is slice 0 unless its writer sets cnt1;"
                    + " send the slices as streams of their own, or "
                    + REMEDY;
        }
        return null;
    }
}
