package org.shmimtcp.subscribe;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.wire.MilkzmqHead;
import org.shmimtcp.wire.WireException;
import org.shmimtcp.xrif.Xrif;
import org.shmimtcp.xrif.XrifException;

/**
 * Expands compressed frames for all subscriptions of a process, one after the other. Its buffers
 * are six times as large as a frame, which a small message can ask for.
 */
final class Expander {
    /** Limit for the pixels of a compressed frame, as {@code shmim publish} has it. */
    private static final long MAX_PIXEL_BYTES = 32L << 20;

    private @Nullable Xrif xrif;
    private byte[] pixels = new byte[0];

    /** Takes the pixels, which are valid until it returns. */
    interface Publisher {
        void publish(MemorySegment pixels);
    }

    /**
     * Passes on the pixels of a compressed frame.
     *
     * @throws WireException if they would be too large
     * @throws XrifException if they are damaged
     */
    synchronized void expand(MilkzmqHead head, byte[] message, Publisher publisher) {
        if (head.pixelBytes() > MAX_PIXEL_BYTES) {
            throw new WireException(
                    "a compressed frame of "
                            + head.pixelBytes()
                            + " bytes, more than "
                            + MAX_PIXEL_BYTES);
        }
        int count = head.nx() * head.ny();
        Xrif codec = xrif;
        if (codec == null || codec.pixels() != count) {
            xrif = null; // the memory of the last one may be needed for the next
            pixels = new byte[0];
            codec = new Xrif(count);
            pixels = new byte[(int) head.pixelBytes()];
            xrif = codec;
        }
        MemorySegment expanded = MemorySegment.ofArray(pixels);
        codec.expand(message, MilkzmqHead.BYTES, head.payloadBytes(), expanded);
        publisher.publish(expanded);
    }
}
