package org.shmimtcp.wire;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.shmimtcp.compress.CompressException;
import org.shmimtcp.compress.PixelPacker;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.posix.NativeMemory;

/**
 * Makes FRAME messages with plain pixels of packed ones, in a buffer of its own, of a size that
 * depends on the stream alone. One thread at a time.
 */
public final class FrameUnpacker {
    private final ImageSpec spec;
    private final long pixelBytes;
    private final PixelPacker packer;
    private final MemorySegment plain;
    private final FrameMessage.Checksum sum;

    public FrameUnpacker(ImageSpec spec, Arena arena) {
        this.spec = spec;
        this.pixelBytes = spec.frameBytes();
        this.packer = FramePacker.packer(spec.type(), pixelBytes);
        this.plain = arena.allocate(FrameMessage.bytes(pixelBytes, spec.keywordSlots()), 64);
        this.sum = new FrameMessage.Checksum(plain);
    }

    /**
     * Expands a packed FRAME into {@link #message} and checks it like any other. Trusts nothing in
     * it.
     *
     * @param packed a whole message with {@link FrameMessage#isPacked}
     * @param bytes its length
     * @return the length of the message with plain pixels
     * @throws WireException if it was damaged in transit or cannot belong to this image
     */
    public long unpack(MemorySegment packed, long bytes) {
        int changes = FrameMessage.changes(packed);
        long packedBytes = FrameMessage.packedBytes(packed);
        if (FrameMessage.pixelBytes(packed) != pixelBytes
                || packedBytes < 1
                || packedBytes >= pixelBytes
                || changes < 0
                || changes > spec.keywordSlots()
                || bytes != FrameMessage.bytes(packedBytes, changes)) {
            throw new WireException(
                    "a packed frame that does not belong to this stream: pixelBytes="
                            + FrameMessage.pixelBytes(packed)
                            + " packedBytes="
                            + packedBytes
                            + " changes="
                            + changes);
        }
        try {
            packer.expand(packed, FrameMessage.PIXELS, packedBytes, plain, FrameMessage.PIXELS);
        } catch (CompressException e) {
            throw new WireException("a frame was damaged on the way: " + e.getMessage());
        }
        NativeMemory.copy(packed, 0, plain, 0, FrameMessage.PIXELS);
        long tail = FrameMessage.change(packedBytes, 0);
        long to = FrameMessage.change(pixelBytes, 0);
        NativeMemory.copy(packed, tail, plain, to, FrameMessage.tailBytes(changes));
        long length = FrameMessage.bytes(pixelBytes, changes);
        FrameMessage.check(plain, length, Message.FRAME, spec, sum);
        return length;
    }

    /** Returns the buffer of the message expanded last. */
    public MemorySegment message() {
        return plain;
    }
}
