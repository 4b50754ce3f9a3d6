package org.shmimtcp.compress;

import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * LZ4 blocks, without a frame around them. Use it only if {@link Compression#isAvailable}: the
 * library is optional.
 */
public final class Lz4 {
    // The implementation without sun.misc.Unsafe, which checks bounds: blocks may be hostile. It
    // allocates a hash table of 16 KiB for each block that it compresses, and nothing else.
    private static final LZ4Compressor COMPRESSOR = LZ4Factory.safeInstance().fastCompressor();
    private static final LZ4SafeDecompressor DECOMPRESSOR =
            LZ4Factory.safeInstance().safeDecompressor();

    private Lz4() {}

    /** Returns the maximum compressed size of so many bytes, which may grow. */
    public static int maxBytes(int bytes) {
        return COMPRESSOR.maxCompressedLength(bytes);
    }

    /**
     * Compresses the first bytes of an array.
     *
     * @param to has {@link #maxBytes} bytes from the offset on
     * @return the number of bytes written there
     */
    public static int compress(byte[] from, int bytes, byte[] to, int offset) {
        return COMPRESSOR.compress(from, 0, bytes, to, offset, maxBytes(bytes));
    }

    /**
     * Expands a block to the beginning of an array.
     *
     * @param from untrusted data
     * @param expanded the number of bytes that must come out
     * @throws CompressException if the data is not a block of so many bytes
     */
    public static void expand(byte[] from, int offset, int bytes, byte[] to, int expanded) {
        int found;
        try {
            found = DECOMPRESSOR.decompress(from, offset, bytes, to, 0, expanded);
        } catch (LZ4Exception e) {
            throw new CompressException("the LZ4 block is damaged", e);
        }
        if (found != expanded) {
            throw new CompressException(
                    "the LZ4 block has " + found + " bytes, not " + expanded, null);
        }
    }
}
