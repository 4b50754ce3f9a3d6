package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;

/**
 * The first 384 bytes of a connection: the metadata of the transmitter's image, treated as an
 * untrusted claim.
 */
public final class MilkHead {
    public static final int BYTES = MetadataLayout.BYTES;

    /** Number of bytes that suffice to recognize other protocols. */
    public static final int BEGINNING_BYTES = 8;

    private static final int TLS_HANDSHAKE = 22;
    private static final int TLS_MAJOR_VERSION = 3;

    private MilkHead() {}

    /**
     * True if the first {@link #BEGINNING_BYTES} are those of a TLS client (RFC 8446, section 5.1).
     */
    public static boolean isTls(MemorySegment beginning) {
        return beginning.get(JAVA_BYTE, 0) == TLS_HANDSHAKE
                && beginning.get(JAVA_BYTE, 1) == TLS_MAJOR_VERSION;
    }

    /**
     * True if the first {@link #BEGINNING_BYTES} are those of {@link MilkVariant#MILK3}, which has
     * no head.
     */
    public static boolean isMilk3(MemorySegment beginning) {
        return Milk3Prefix.isMagic(beginning, 0);
    }

    /**
     * Reads a head.
     *
     * @param limits maximum sizes accepted
     * @return the image, its ring cut to the limit
     * @throws WireException if the bytes are not a head, or the image exceeds a limit
     */
    public static ImageSpec parse(MemorySegment head, Limits limits) {
        ImageSpec spec;
        try {
            spec = ImageSpec.parse(head, "the stream offered");
        } catch (ImageException e) {
            throw new WireException(String.valueOf(e.getMessage()));
        }
        if (MetadataLayout.shared(head) != 1) {
            throw new WireException("the stream offered says that it is not in shared memory");
        }
        return limits.apply(spec);
    }
}
