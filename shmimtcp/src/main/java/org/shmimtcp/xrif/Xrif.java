package org.shmimtcp.xrif;

import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * Compresses and expands one 16-bit image of a fixed number of pixels.
 *
 * <p>The pixels become differences to the pixel before, modulo 65536; the first stays. A difference
 * d becomes {@code u = |d| << 1 | (d < 0)}; -32768, whose magnitude has no room there, becomes 1.
 * The values are then split, so that equal bytes come together:
 *
 * <pre>
 *    0               low bytes of u     n bytes
 *    n               bits 8 to 11       ceil(n/2): two pixels a byte, the even one in the high half
 *    n + ceil(n/2)   bits 12 to 15      likewise
 *    up to 4 n       zeros
 * </pre>
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
    private static final int MOST_NEGATIVE = 1;

    private static final ValueLayout.OfShort SHORT =
            JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    // The implementation without sun.misc.Unsafe, which checks bounds: blocks may be hostile.
    private static final LZ4Compressor COMPRESSOR = LZ4Factory.safeInstance().fastCompressor();
    private static final LZ4SafeDecompressor DECOMPRESSOR =
            LZ4Factory.safeInstance().safeDecompressor();

    private final int pixels;
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
        this.sorted = new byte[SORTED_BYTES_PER_PIXEL * pixels];
    }

    /** Returns the maximum compressed size in bytes; an image may grow. */
    public static int maxCompressedBytes(int pixels) {
        Objects.checkIndex(pixels, MAX_PIXELS + 1);
        return COMPRESSOR.maxCompressedLength(SORTED_BYTES_PER_PIXEL * pixels);
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
        int high = pixels;
        int highest = high + (pixels + 1) / 2;
        int before = 0;
        for (int i = 0; i < pixels; i++) {
            int pixel = image.get(SHORT, 2L * i);
            int difference = (short) (pixel - before);
            before = pixel;
            int u = (short) difference == Short.MIN_VALUE ? MOST_NEGATIVE : folded(difference);
            sorted[i] = (byte) u;
            int half = i >> 1;
            if ((i & 1) == 0) { // the other half becomes 0
                sorted[high + half] = (byte) (u >>> 8 << 4);
                sorted[highest + half] = (byte) (u >>> 12 << 4);
            } else {
                sorted[high + half] |= (byte) (u >>> 8 & 0xf);
                sorted[highest + half] |= (byte) (u >>> 12 & 0xf);
            }
        }
        Arrays.fill(sorted, highest + (pixels + 1) / 2, sorted.length, (byte) 0);
        return COMPRESSOR.compress(
                sorted, 0, sorted.length, to, offset, maxCompressedBytes(pixels));
    }

    private static int folded(int difference) {
        return Math.abs(difference) << 1 | difference >>> 31;
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
        int expanded;
        try {
            expanded = DECOMPRESSOR.decompress(from, offset, bytes, sorted, 0, sorted.length);
        } catch (LZ4Exception e) {
            throw new XrifException("the compressed image is damaged: " + e.getMessage(), e);
        }
        if (expanded != sorted.length) {
            throw new XrifException(
                    "the compressed image has " + expanded + " bytes, not " + sorted.length, null);
        }
        int high = pixels;
        int highest = high + (pixels + 1) / 2;
        int pixel = 0;
        for (int i = 0; i < pixels; i++) {
            int shift = (i & 1) == 0 ? 4 : 0;
            int half = i >> 1;
            int u =
                    (sorted[i] & 0xff)
                            | ((sorted[high + half] >>> shift & 0xf) << 8)
                            | ((sorted[highest + half] >>> shift & 0xf) << 12);
            int magnitude = u >>> 1;
            int difference = (u & 1) == 0 ? magnitude : -magnitude;
            pixel += u == MOST_NEGATIVE ? Short.MIN_VALUE : difference;
            image.set(SHORT, 2L * i, (short) pixel);
        }
    }
}
