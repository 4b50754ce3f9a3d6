package org.shmimtcp.compress;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Compresses and expands the pixels of frames of one size, in blocks of {@link #BLOCK_BYTES} of
 * pixels. So its buffers stay small, however large a frame is. Each block starts anew:
 *
 * <pre>
 *   0  length   4   of what follows, little endian
 *   4  block        LZ4 of the arranged pixels
 * </pre>
 *
 * <p>16-bit integers are arranged as {@link Differences}, bytes not at all, other pixels as {@link
 * BytePlanes}. This class allocates nothing after construction; the library allocates 16 KiB for
 * each block that it compresses. One thread at a time.
 */
public final class PixelPacker {
    /** Pixel bytes of each block but the last. */
    public static final int BLOCK_BYTES = 1 << 20;

    private static final ValueLayout.OfInt INT =
            JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final ValueLayout.OfShort SHORT =
            JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final long pixelBytes;
    private final int size;
    private final boolean differences;

    // A block's pixels, of which one is used. Loops over arrays are fast soon after the start of
    // the program; those over a MemorySegment only when the last compiler has seen them.
    private final short[] shorts;
    private final byte[] bytes;

    private final byte[] arranged;
    private final byte[] packed;

    /**
     * Allocates the buffers.
     *
     * @param pixelBytes size of a frame, a multiple of {@code size}
     * @param size bytes of a pixel, a power of two up to 16
     * @param integers true for integers, false for floating point
     */
    public PixelPacker(long pixelBytes, int size, boolean integers) {
        this.pixelBytes = pixelBytes;
        this.size = size;
        this.differences = integers && size == Short.BYTES;
        int block = (int) Math.min(BLOCK_BYTES, pixelBytes);
        this.shorts = new short[differences ? block / Short.BYTES : 0];
        this.bytes = new byte[differences || size == 1 ? 0 : block];
        this.arranged = new byte[arrangedBytes(block)];
        this.packed = new byte[Lz4.maxBytes(arranged.length)];
    }

    private int arrangedBytes(int bytes) {
        return differences ? Differences.bytes(bytes / Short.BYTES) : bytes;
    }

    /**
     * Compresses a frame.
     *
     * @param from the pixels, from an offset on
     * @param to receives fewer bytes than the frame has, from an offset on
     * @return the number of bytes written; 0 if they would not be fewer than the frame's
     */
    public long pack(MemorySegment from, long fromOffset, MemorySegment to, long toOffset) {
        long written = 0;
        for (long done = 0; done < pixelBytes; ) {
            int block = (int) Math.min(BLOCK_BYTES, pixelBytes - done);
            arrange(from, fromOffset + done, block);
            int length = Lz4.compress(arranged, arrangedBytes(block), packed, 0);
            if (written + Integer.BYTES + length >= pixelBytes) {
                return 0;
            }
            to.set(INT, toOffset + written, length);
            written += Integer.BYTES;
            MemorySegment.copy(packed, 0, to, JAVA_BYTE, toOffset + written, length);
            written += length;
            done += block;
        }
        return written;
    }

    private void arrange(MemorySegment from, long offset, int block) {
        if (differences) {
            int pixels = block / Short.BYTES;
            MemorySegment.copy(from, SHORT, offset, shorts, 0, pixels);
            Differences.sort(shorts, pixels, arranged);
        } else if (size == 1) {
            MemorySegment.copy(from, JAVA_BYTE, offset, arranged, 0, block);
        } else {
            MemorySegment.copy(from, JAVA_BYTE, offset, bytes, 0, block);
            BytePlanes.split(bytes, block / size, size, arranged);
        }
    }

    /**
     * Expands a frame. Writes nothing outside of it, whatever the data.
     *
     * @param from untrusted data: {@code count} bytes from an offset on
     * @param to receives the pixels, from an offset on; of no meaning on failure
     * @throws CompressException if the data is not a frame of this size
     */
    public void expand(
            MemorySegment from, long fromOffset, long count, MemorySegment to, long toOffset) {
        long read = 0;
        for (long done = 0; done < pixelBytes; ) {
            int block = (int) Math.min(BLOCK_BYTES, pixelBytes - done);
            long left = count - read - Integer.BYTES;
            int length = left < 0 ? -1 : from.get(INT, fromOffset + read);
            if (length < 0 || length > left || length > packed.length) {
                throw new CompressException("the compressed pixels are truncated", null);
            }
            read += Integer.BYTES;
            MemorySegment.copy(from, JAVA_BYTE, fromOffset + read, packed, 0, length);
            read += length;
            Lz4.expand(packed, 0, length, arranged, arrangedBytes(block));
            restore(to, toOffset + done, block);
            done += block;
        }
        if (read != count) {
            throw new CompressException(
                    count - read + " bytes after the last block of compressed pixels", null);
        }
    }

    private void restore(MemorySegment to, long offset, int block) {
        if (differences) {
            int pixels = block / Short.BYTES;
            Differences.restore(arranged, pixels, shorts);
            MemorySegment.copy(shorts, 0, to, SHORT, offset, pixels);
        } else if (size == 1) {
            MemorySegment.copy(arranged, 0, to, JAVA_BYTE, offset, block);
        } else {
            BytePlanes.join(arranged, block / size, size, bytes);
            MemorySegment.copy(bytes, 0, to, JAVA_BYTE, offset, block);
        }
    }
}
