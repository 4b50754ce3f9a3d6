package org.shmimtcp.xrif;

import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.shmimtcp.compress.CompressException;
import org.shmimtcp.compress.Differences;
import org.shmimtcp.compress.Lz4;

/**
 * Compresses and expands one 16-bit image of a fixed number of pixels.
 *
 * <p>The pixels become {@link Differences}, followed by zeros up to 4 bytes for each of the n
 * pixels.
 *
 * <p>All of these 4 n bytes are one LZ4 block without a frame. Nothing is allocated after
 * construction. One thread at a time.
 */
public final class Xrif {
    /** The numbers that identify the three steps in a message. */
    public static final int DIFFERENCE = 300;

    public static final int REORDER = 200;
    public static final int COMPRESS = 100;

    /** Limit that lets the sorted bytes fit into an array. */
    public static final int MAX_PIXELS = (Integer.MAX_VALUE - 16) / 8;

    private static final int SORTED_BYTES_PER_PIXEL = 4;

    private static final ValueLayout.OfShort SHORT =
            JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int pixels;
    private final short[] values;
    private final byte[] sorted;

    /**
     * Allocates buffers for images of one size.
     *
     * @param pixels 1 to {@link #MAX_PIXELS}
     */
    public Xrif(int pixels) {
        if (pixels < 1 || pixels > MAX_PIXELS) {
            throw new IllegalArgumentException(pixels + " pixels: must be 1 to " + MAX_PIXELS);
        }
        this.pixels = pixels;
        this.values = new short[pixels];
        this.sorted = new byte[SORTED_BYTES_PER_PIXEL * pixels];
    }

    /** Returns the maximum compressed size in bytes; an image may grow. */
    public static int maxCompressedBytes(int pixels) {
        Objects.checkIndex(pixels, MAX_PIXELS + 1);
        return Lz4.maxBytes(SORTED_BYTES_PER_PIXEL * pixels);
    }

    /** Returns the number of pixels of an image. */
    public int pixels() {
        return pixels;
    }

    /**
     * Compresses an image.
     *
     * @param image two bytes a pixel from its beginning, little endian
     * @param to has {@link #maxCompressedBytes} bytes from the offset on
     * @return the number of bytes written there
     */
    public int compress(MemorySegment image, byte[] to, int offset) {
        Objects.checkFromIndexSize(offset, maxCompressedBytes(pixels), to.length);
        MemorySegment.copy(image, SHORT, 0, values, 0, pixels);
        Differences.sort(values, pixels, sorted);
        Arrays.fill(sorted, Differences.bytes(pixels), sorted.length, (byte) 0);
        return Lz4.compress(sorted, sorted.length, to, offset);
    }

    /**
     * Expands an image.
     *
     * @param from untrusted data
     * @param image receives two bytes for each pixel, from its beginning; unchanged on failure
     * @throws XrifException if the data is not an image of that size
     */
    public void expand(byte[] from, int offset, int bytes, MemorySegment image) {
        Objects.checkFromIndexSize(offset, bytes, from.length);
        try {
            Lz4.expand(from, offset, bytes, sorted, sorted.length);
        } catch (CompressException e) {
            throw new XrifException("the compressed image is damaged: " + e.getMessage(), e);
        }
        Differences.restore(sorted, pixels, values);
        MemorySegment.copy(values, 0, image, SHORT, 0, pixels);
    }
}
