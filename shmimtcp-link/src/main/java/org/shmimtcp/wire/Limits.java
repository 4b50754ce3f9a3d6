package org.shmimtcp.wire;

import org.shmimtcp.image.ImageLayout;
import org.shmimtcp.image.ImageSpec;

/**
 * Limits for what a head may claim, because a stranger's head decides how much memory is allocated
 * here.
 *
 * @param imageBytes size of the largest image file, in bytes
 * @param keywordSlots maximum number of keyword slots
 * @param ringBytes maximum size of a ring; a longer ring is shortened, because the newest frames
 *     matter most
 */
public record Limits(long imageBytes, int keywordSlots, long ringBytes) {
    /**
     * Larger than any camera's cube in the field. milk used to give every image 6000 keyword slots.
     */
    public static final Limits DEFAULT = new Limits(1_024_000_000L, 10_000, 256_000_000L);

    /**
     * Returns the image with its ring cut to the limit.
     *
     * @throws WireException if the image exceeds another limit
     */
    ImageSpec apply(ImageSpec spec) {
        if (spec.keywordSlots() > keywordSlots) {
            throw new WireException(
                    "stream '"
                            + spec.name()
                            + "' has "
                            + spec.keywordSlots()
                            + " keywords; the limit is "
                            + keywordSlots
                            + " (set at the receiver)");
        }
        long bytes = ImageLayout.of(spec).fileBytes();
        if (bytes > imageBytes || spec.pixelBytes() > imageBytes) {
            throw new WireException(
                    "stream '"
                            + spec.name()
                            + "' of "
                            + spec.describe()
                            + " with "
                            + spec.keywordSlots()
                            + " keywords and a ring of "
                            + spec.ringSize()
                            + " needs "
                            + bytes
                            + " bytes; the limit is "
                            + imageBytes
                            + " (set at the receiver)");
        }
        int ring = (int) Math.min(spec.ringSize(), ringBytes / spec.pixelBytes());
        return ring == spec.ringSize() ? spec : spec.withRing(ring);
    }
}
