package org.shmimtcp.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What docs/protocol.md says about packed pixels, written from the page alone: no class of the
 * product is used here, and no library. Slow, and trusts its input.
 */
public final class PackedPixels {
    private static final int BLOCK = 1048576;

    private PackedPixels() {}

    /** Packs the pixels of a frame of that pixel type, whose pixels have so many bytes. */
    public static byte[] pack(byte[] pixels, int type, int size) {
        var out = new ByteArrayOutputStream();
        for (int from = 0; from < pixels.length; from += BLOCK) {
            byte[] block = Arrays.copyOfRange(pixels, from, Math.min(pixels.length, from + BLOCK));
            byte[] packed = PlainLz4.runs(arranged(block, type, size));
            out.writeBytes(
                    ByteBuffer.allocate(4)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putInt(packed.length)
                            .array());
            out.writeBytes(packed);
        }
        return out.toByteArray();
    }

    /** Returns the pixels of a frame that has so many bytes. */
    public static byte[] unpack(byte[] packed, int pixelBytes, int type, int size) {
        ByteBuffer in = ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN);
        var out = new ByteArrayOutputStream();
        while (out.size() < pixelBytes) {
            byte[] block = new byte[in.getInt()];
            in.get(block);
            int bytes = Math.min(BLOCK, pixelBytes - out.size());
            int most = bytes + 1; // two halves of a byte for the last of an odd number of pixels
            out.writeBytes(restored(PlainLz4.expanded(block, most), bytes, type, size));
        }
        if (in.hasRemaining()) {
            throw new AssertionError(in.remaining() + " bytes too many");
        }
        return out.toByteArray();
    }

    private static boolean isDifferenced(int type) {
        return type == 3 || type == 4;
    }

    private static byte[] arranged(byte[] pixels, int type, int size) {
        int n = pixels.length / size;
        if (!isDifferenced(type)) {
            byte[] planes = new byte[pixels.length];
            for (int at = 0; at < pixels.length; at++) {
                planes[(at % size) * n + at / size] = pixels[at];
            }
            return planes;
        }
        ByteBuffer in = ByteBuffer.wrap(pixels).order(ByteOrder.LITTLE_ENDIAN);
        int half = (n + 1) / 2;
        byte[] sorted = new byte[n + 2 * half];
        for (int i = 0; i < n; i++) {
            int step = in.getShort(2 * i) - (i == 0 ? 0 : in.getShort(2 * i - 2));
            int signed = step - Math.floorDiv(step + 32768, 65536) * 65536;
            int u = signed == -32768 ? 1 : signed < 0 ? 1 - 2 * signed : 2 * signed;
            int shift = i % 2 == 0 ? 16 : 1;
            sorted[i] = (byte) (u % 256);
            sorted[n + i / 2] += (byte) (u / 256 % 16 * shift);
            sorted[n + half + i / 2] += (byte) (u / 4096 * shift);
        }
        return sorted;
    }

    private static byte[] restored(byte[] arranged, int bytes, int type, int size) {
        int n = bytes / size;
        byte[] pixels = new byte[bytes];
        if (!isDifferenced(type)) {
            if (arranged.length != bytes) {
                throw new AssertionError(arranged.length + " bytes for " + bytes);
            }
            for (int at = 0; at < bytes; at++) {
                pixels[at] = arranged[(at % size) * n + at / size];
            }
            return pixels;
        }
        int half = (n + 1) / 2;
        if (arranged.length != n + 2 * half) {
            throw new AssertionError(arranged.length + " bytes for " + n + " pixels");
        }
        ByteBuffer out = ByteBuffer.wrap(pixels).order(ByteOrder.LITTLE_ENDIAN);
        int value = 0;
        for (int i = 0; i < n; i++) {
            int divisor = i % 2 == 0 ? 16 : 1;
            int u =
                    Byte.toUnsignedInt(arranged[i])
                            + Byte.toUnsignedInt(arranged[n + i / 2]) / divisor % 16 * 256
                            + Byte.toUnsignedInt(arranged[n + half + i / 2]) / divisor % 16 * 4096;
            value += u == 1 ? -32768 : u % 2 == 1 ? -(u / 2) : u / 2;
            out.putShort(2 * i, (short) value);
        }
        return pixels;
    }
}
