package org.shmimtcp.wire;

import java.lang.foreign.MemorySegment;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageLayout;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;

/**
 * The first 384 bytes of a connection: the transmitter's metadata, taken for nothing but a claim.
 */
public final class MilkHead {
    public static final int BYTES = MetadataLayout.BYTES;

    private MilkHead() {}

    /**
     * Reads a head.
     *
     * @param maxImageBytes the largest image to believe in
     * @throws WireException if it is not one, or asks for too much
     */
    public static ImageSpec parse(MemorySegment head, long maxImageBytes) {
        ImageSpec spec;
        try {
            spec = ImageSpec.parse(head, "the stream offered");
        } catch (ImageException e) {
            throw new WireException(String.valueOf(e.getMessage()));
        }
        if (MetadataLayout.shared(head) != 1) {
            throw new WireException("the stream offered says that it is not in shared memory");
        }
        long imageBytes = ImageLayout.of(spec).fileBytes();
        if (imageBytes > maxImageBytes || spec.pixelBytes() > maxImageBytes) {
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
                            + imageBytes
                            + " bytes; the limit is "
                            + maxImageBytes);
        }
        return spec;
    }
}
