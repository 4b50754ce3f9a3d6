package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;

/**
 * The first 384 bytes of a connection: the transmitter's metadata, taken for nothing but a claim.
 */
public final class MilkHead {
    public static final int BYTES = MetadataLayout.BYTES;

    /** Enough to see that it is none. */
    public static final int BEGINNING_BYTES = 8;

    private static final int TLS_HANDSHAKE = 22;
    private static final int TLS_MAJOR_VERSION = 3;

    private static final ValueLayout.OfLong BEGINNING =
            JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private MilkHead() {}

    /** True if its {@link #BEGINNING_BYTES} are those of a TLS client (RFC 8446, section 5.1). */
    public static boolean isTls(MemorySegment beginning) {
        return beginning.get(JAVA_BYTE, 0) == TLS_HANDSHAKE
                && beginning.get(JAVA_BYTE, 1) == TLS_MAJOR_VERSION;
    }

    /**
     * True if its {@link #BEGINNING_BYTES} are those of milk3, a byte stream of a development
     * branch of milk that has no head: each frame begins with this number.
     */
    private static boolean isMilk3(MemorySegment beginning) {
        return beginning.get(BEGINNING, 0) == MilkRecord.MAGIC;
    }

    /**
     * Reads a head.
     *
     * @param limits what to believe
     * @return the image, with no longer a ring than the limit
     * @throws WireException if it is not one, or asks for too much
     */
    public static ImageSpec parse(MemorySegment head, Limits limits) {
        if (isMilk3(head)) {
            throw new WireException(
                    "it speaks milk3, the byte stream of a development branch of milk, which is not"
                            + " supported: start shmimTCPtransmit there, or the transmitter of a"
                            + " milk release");
        }
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
