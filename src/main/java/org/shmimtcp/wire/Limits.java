package org.shmimtcp.wire;

import org.shmimtcp.image.ImageLayout;
import org.shmimtcp.image.ImageSpec;

/**
 * What a head is believed: a stranger says how much memory is to be used here.
 *
 * @param imageBytes the largest image, in bytes of its file
 * @param keywords the most keyword slots
 * @param ringBytes the most history; a longer ring is cut, as the newest frames matter more
 */
public record Limits(long imageBytes, int keywords, long ringBytes) {
    /** Larger than any camera's cube in the field; 6000 slots are what milk gave every image. */
    public static final Limits DEFAULT = new Limits(1_024_000_000L, 10_000, 256_000_000L);

    /**
     * An image within the limits.
     *
     * @throws WireException if it asks for more
     */
    ImageSpec apply(ImageSpec spec) {
        if (spec.keywords() > keywords) {
            throw new WireException(
                    "stream '"
                            + spec.name()
                            + "' has "
                            + spec.keywords()
                            + " keywords; the limit is "
                            + keywords
                            + " (the receiver's --max-keywords)");
        }
        long bytes = ImageLayout.of(spec).fileBytes();
        if (bytes > imageBytes || spec.pixelBytes() > imageBytes) {
            throw new WireException(
                    "stream '"
                            + spec.name()
                            + "' of "
                            + spec.describe()
                            + " with "
                            + spec.keywords()
                            + " keywords and a ring of "
                            + spec.ringSize()
                            + " needs "
                            + bytes
                            + " bytes; the limit is "
                            + imageBytes
                            + " (the receiver's --max-size)");
        }
        int ring = (int) Math.min(spec.ringSize(), ringBytes / spec.pixelBytes());
        return ring == spec.ringSize() ? spec : spec.withRing(ring);
    }
}
