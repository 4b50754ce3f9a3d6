package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.shmimtcp.compress.PixelPacker;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.posix.NativeMemory;

/**
 * Makes packed FRAME messages of those with plain pixels, in a buffer of its own. One thread at a
 * time.
 */
public final class FramePacker {
    private final long pixelBytes;
    private final PixelPacker packer;
    private final MemorySegment packed;

    /**
     * @param changes maximum number of keyword changes in a message
     */
    public FramePacker(ImageSpec spec, int changes, Arena arena) {
        this.pixelBytes = spec.frameBytes();
        this.packer = packer(spec.type(), pixelBytes);
        this.packed = arena.allocate(FrameMessage.bytes(pixelBytes, changes), 64);
    }

    static PixelPacker packer(DataType type, long pixelBytes) {
        boolean integers =
                switch (type) {
                    case FLOAT, DOUBLE, COMPLEX_FLOAT, COMPLEX_DOUBLE, HALF -> false;
                    default -> true;
                };
        return new PixelPacker(pixelBytes, type.bytes(), integers);
    }

    /**
     * Packs a frame into {@link #message}, complete and with its checksum.
     *
     * @param plain a FRAME message that {@link FrameMessage#fill} has completed, but not sealed; it
     *     stays as it is up to its last eight bytes
     * @param sum checksum over the memory of {@code plain}
     * @return the length of the packed message; 0 if packing would not make the pixels shorter
     */
    public long pack(MemorySegment plain, FrameMessage.Checksum sum) {
        long bytes = packer.pack(plain, FrameMessage.PIXELS, packed, FrameMessage.PIXELS);
        if (bytes == 0) {
            return 0;
        }
        int changes = FrameMessage.changes(plain);
        FrameMessage.packedBytes(plain, bytes);
        FrameMessage.seal(plain, FrameMessage.bytes(pixelBytes, changes), true, sum);
        NativeMemory.copy(plain, 0, packed, 0, FrameMessage.PIXELS);
        FrameMessage.packedBytes(plain, 0);
        long padded = FrameMessage.change(bytes, 0);
        for (long at = FrameMessage.PIXELS + bytes; at < padded; at++) {
            packed.set(JAVA_BYTE, at, (byte) 0);
        }
        long tail = FrameMessage.change(pixelBytes, 0);
        NativeMemory.copy(plain, tail, packed, padded, FrameMessage.tailBytes(changes));
        long length = FrameMessage.bytes(bytes, changes);
        Message.header(packed, 0, Message.FRAME, length - Message.HEADER_BYTES);
        return length;
    }

    /** Returns the buffer of the message packed last. */
    public MemorySegment message() {
        return packed;
    }
}
